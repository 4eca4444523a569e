import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { qualified } from '../../src/api/common.ts';
import type { CertificationCriterion } from '../../src/api/criterion.ts';
import { type Result, runEvaluate } from '../../src/cli/evaluate/index.ts';
import { lintFiles } from '../../src/cli/lint/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { eventually, openWorld, type TestOperator, type World } from '../cluster/operator-world.ts';
import { criteriaIn, documentsIn, hastened } from './hastened.ts';
import { EXAMPLES, type Surroundings } from './surroundings/index.ts';

// Each folder of examples/ does what its readme says: it is free of mistakes, an API server takes it, and with the monitoring that it
// asks for it passes while all is well, and fails when it is not.

const root = join(import.meta.dirname, '../../examples');
/** Files for other programs: tried in test/other-programs.test.ts. */
const OTHER_PROGRAMS = ['botkube', 'hubot'];
const FETCH_WITHIN_MS = 10 * 60_000;
const WITHIN_MS = 90_000;

let world: World;
let operator: TestOperator | undefined;

beforeAll(async () => {
  world = await openWorld();
}, 60_000);

afterAll(() => world.close(), 60_000);

test('every example is tried here', () => {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual([...Object.keys(EXAMPLES), ...OTHER_PROGRAMS].sort());
});

describe.each(Object.entries(EXAMPLES))('%s', (name, setUp) => {
  const folder = join(root, name);

  test('has no mistake, and gives no warning', async () => {
    expect(await lintFiles([folder])).toEqual([]);
  });

  test('is taken by an API server, and a second time changes nothing', async () => {
    // An operator that is there already writes statuses meanwhile.
    const applied = async (): Promise<unknown[]> => {
      await world.kubectl('apply', '--validate=strict', '-f', folder);
      const { items } = JSON.parse(await world.kubectl('get', '-f', folder, '-o', 'json')) as { items: Manifest[] };
      return items.map((object) => ({
        ...{ ...object, status: undefined },
        metadata: { ...object.metadata, resourceVersion: undefined },
      }));
    };
    expect(await applied()).toEqual(await applied());
  }, 30_000);

  test(
    'passes while all is well, and fails when it is not',
    async () => {
      const surroundings = await setUp(world, folder);
      const names = criteriaIn(folder).map(({ metadata }) => metadata.name);
      const { verdicts, operatorUrl } =
        surroundings.judge === 'operator'
          ? await judgedByOperator(folder, surroundings)
          : { verdicts: evaluated(folder, surroundings), operatorUrl: '' };
      const all = (verdict: (criterion: string) => string): Verdicts =>
        Object.fromEntries(names.map((each) => [each, verdict(each)]));
      await eventually(async () => expect(await verdicts()).toEqual(all(() => 'Pass')), WITHIN_MS);
      await surroundings.breakIt(operatorUrl);
      const { failing = names } = surroundings;
      await eventually(
        async () => expect(await verdicts()).toEqual(all((each) => (failing.includes(each) ? 'Fail' : 'Pass'))),
        WITHIN_MS,
      );
    },
    FETCH_WITHIN_MS,
  );
});

type Verdicts = Readonly<Record<string, string>>;

/** What `assay evaluate` says of the example now. */
function evaluated(folder: string, { sources }: Surroundings): () => Promise<Verdicts> {
  return async () => {
    const written: string[] = [];
    await runEvaluate(
      { paths: [folder], sources, at: 'now', output: 'json' },
      {
        write: (text) => void written.push(text),
        warn: () => undefined,
        clock: systemClock,
        signal: world.session.signal,
      },
    );
    const results = JSON.parse(written.join('\n')) as Result[];
    return Object.fromEntries(results.map(({ criterion, verdict }) => [criterion.split('/').at(-1) ?? '', verdict]));
  };
}

/** What an operator says of the example, with times of seconds and the addresses of these surroundings. */
async function judgedByOperator(
  folder: string,
  { sources }: Surroundings,
): Promise<{ readonly verdicts: () => Promise<Verdicts>; readonly operatorUrl: string }> {
  operator ??= await world.startOperator();
  const criteria = criteriaIn(folder);
  for (const object of documentsIn(folder)) {
    // What kubectl wrote of a source would stay beside what is written here.
    if (object.kind === 'EvidenceSource') await world.api.remove('EvidenceSource', object.metadata.name);
    await world.api.apply(hastened(object, sources));
  }
  const verdicts = async (): Promise<Verdicts> => {
    const shown = await Promise.all(
      criteria.map(({ metadata }) => world.api.get('CertificationCriterion', qualified(metadata.namespace ?? '', metadata.name))),
    );
    return Object.fromEntries(shown.map(({ metadata, status }) => [metadata.name, seen(status)]));
  };
  return { verdicts, operatorUrl: operator.url };
}

/** The verdict, and why where nobody can tell. */
const seen = (status: CertificationCriterion['status']): string =>
  status?.verdict === 'Inconclusive' ? `Inconclusive: ${status.observation?.message ?? ''}` : (status?.verdict ?? '');
