import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromMaven, type MavenBuild } from './from-maven.ts';
import { type Bench, newBench } from './stand-ins.ts';

const build: MavenBuild = {
  folder: 'opensearch',
  mainClass: 'LogStore',
  javaOptions: ['-Xmx512m'],
  leastJava: 17,
  takes: 'a while',
};

let bench: Bench;
beforeEach(async () => {
  bench = await newBench({ program: 'opensearch', version: '2.19.6' });
});
afterEach(() => bench.clear());

const standInForJava = (version: string): Promise<string> => bench.standIn('java', `echo 'openjdk version "${version}"' >&2`);

/** Stands in for Maven: notes how it was called and where, and leaves a class and a jar. */
function standInForMaven(): Promise<string> {
  return bench.standIn(
    'mvn',
    `[ "$1" = -v ] && exit 0
    echo "$(ls pom.xml src/main/java) $@" | tr '\\n' ' ' >> ${bench.dir}/calls
    mkdir -p target/classes && echo class > target/classes/LogStore.class
    for each in "$@"; do case $each in -DoutputDirectory=*) echo jar > "\${each#*=}/a.jar";; esac; done`,
  );
}

const calls = (): Promise<string> => readFile(join(bench.dir, 'calls'), 'utf8');
const cached = (): string => join(bench.dir, 'cache/assay/bin/opensearch-2.19.6-linux-amd64');

test('builds a copy of the sources, and caches jars, classes and a script that starts them', async () => {
  await standInForJava('17.0.15');
  await standInForMaven();
  expect(await fromMaven(bench.getting, build)).toEqual({ kind: 'Got', path: join(cached(), 'opensearch') });
  expect(await calls()).toMatch(/^pom\.xml\s+src\/main\/java:\s+LogStore\.java -q -B compile dependency:copy-dependencies /);
  expect(await readFile(join(cached(), 'lib/a.jar'), 'utf8')).toBe('jar\n');
  expect(await readFile(join(cached(), 'lib/LogStore.class'), 'utf8')).toBe('class\n');
  expect(await readFile(join(cached(), 'opensearch'), 'utf8')).toContain(
    'exec java -Xmx512m -cp "$here/lib:$here/lib/*" LogStore "$@"',
  );
  expect(bench.said).toEqual(['building opensearch 2.19.6 with Maven: a while, once']);
});

test('of two builds at once the second takes what the first made', async () => {
  await standInForJava('21');
  await standInForMaven();
  const [first, second] = await Promise.all([fromMaven(bench.getting, build), fromMaven(bench.getting, build)]);
  expect(second).toEqual(first);
  expect((await calls()).match(/-q -B/g)).toHaveLength(1);
});

test('a build that fails gives its last line as the reason', async () => {
  await standInForJava('17.0.1');
  await bench.standIn('mvn', '[ "$1" = -v ] && exit 0; echo "no such artifact"; exit 1');
  expect(await fromMaven(bench.getting, build)).toMatchObject({
    kind: 'Not',
    why: expect.stringMatching(/^the Maven build failed: /) as string,
  });
});

test.each<[string, string | undefined, boolean, string]>([
  ['without Java', undefined, true, 'Java is not on the PATH'],
  ['with an old Java', '11.0.2', true, 'Java on the PATH is version 11'],
  ['with a Java that says nothing', 'x', true, 'Java on the PATH is of unknown version'],
  ['without Maven', '17.0.15', false, 'Maven is not on the PATH'],
])('a machine %s is told what is missing', async (_, java, maven, why) => {
  if (java !== undefined) await standInForJava(java);
  if (maven) await standInForMaven();
  expect(await fromMaven(bench.getting, build)).toEqual({ kind: 'Not', why });
});
