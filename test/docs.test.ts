import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

import { EVENT_REASONS } from '../src/api/conditions.ts';
import { ERRORS } from '../src/platform/errors.ts';
import { Metrics } from '../src/platform/metrics.ts';

/* What the pages say is what the program does: tables, commands, flags, make targets, paths and links. */

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
// Files that are not committed yet count too; deleted ones don't.
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true);
const pages = files.filter((path) => path.endsWith('.md'));

/** The rows of the tables of a page whose first cell is one word in code, as their cells. */
function rowsOf(page: string): string[][] {
  return [...read(page).matchAll(/^\| `(\w+)` +\|(.*)\|$/gm)].map(([, word = '', rest = '']) => [
    word,
    ...rest.split('|').map((cell) => cell.trim()),
  ]);
}

test('docs/errors.md holds the table of errors, and no other', () => {
  const rows = rowsOf('docs/errors.md').map(([code, meaning, next = '']) => [
    code,
    meaning,
    next.split(' ')[0]?.replace(/\W/g, ''),
  ]);
  expect(rows).toEqual(Object.entries(ERRORS).map(([code, { text, next }]) => [code, text, next]));
});

test('docs/events.md holds every reason of an Event, and no other', () => {
  const rows = rowsOf('docs/events.md').map(([reason, type]) => [reason, type]);
  expect(rows).toEqual(Object.entries(EVENT_REASONS).map(([reason, { type }]) => [reason, type]));
});

describe('docs/metrics.md', () => {
  const metrics = new Metrics();
  metrics.observe({ verdicts: () => [], sources: () => [], queueDepth: () => 0, storeBytes: () => Promise.resolve(0) });
  // prom-client keeps type and labels of a metric, but does not name them in its types.
  const known = metrics.registry.getMetricsAsArray() as unknown as {
    name: string;
    help: string;
    type: string;
    labelNames: string[];
  }[];

  test('holds every metric of the operator with type, labels and help, and no other', () => {
    const own = known.filter(({ name }) => name.startsWith('assay_'));
    const wanted = own.map(({ name, type, labelNames, help }) => [
      name,
      type,
      labelNames.map((label) => `\`${label}\``).join(', '),
      help,
    ]);
    expect(
      rowsOf('docs/metrics.md')
        .map((row) => row.slice(0, 4))
        .sort(),
    ).toEqual(wanted.sort());
  });

  test('says how the others begin', () => {
    const prefixes = new Set(known.map(({ name }) => name.split('_')[0]));
    expect([...prefixes].sort()).toEqual(['assay', 'nodejs', 'process']);
    for (const prefix of prefixes) expect(read('docs/metrics.md')).toContain(`\`${prefix}_`);
  });
});

const fences = /^```(\w*)\n([\s\S]*?)^```$/gm;
const SHELL = new Set(['sh', 'bash', 'console']);
const withoutFences = (text: string): string => text.replace(fences, '');

/** What stands in a page as code that somebody may type: lines of shell blocks, and code within sentences. */
function typedIn(page: string): string[] {
  const text = read(page);
  const blocks = [...text.matchAll(fences)].filter(([, language = '']) => SHELL.has(language)).map(([, , code = '']) => code);
  const lines = blocks.flatMap((code) =>
    code
      .replace(/\\\n\s*/g, ' ')
      .split('\n')
      .map((line) => line.replace(/(^|\s)#.*$/, '')),
  );
  return [...lines, ...codeIn(text)];
}

const codeIn = (text: string): string[] => [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code.trim());

const perPage = (look: (page: string) => string[]): string[] =>
  pages.flatMap((page) => look(page).map((what) => `${page}: ${what}`));

describe('links', () => {
  const slugOf = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
  const anchorsOf = (page: string): string[] =>
    [...withoutFences(read(page)).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => slugOf(text));

  test('within the repository lead somewhere', () => {
    const broken = perPage((page) =>
      [...withoutFences(read(page)).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => {
          const [path = '', anchor] = target.split('#');
          const file = path === '' ? page : relative(root, join(root, dirname(page), path));
          if (!existsSync(join(root, file))) return true;
          return anchor !== undefined && !(file.endsWith('.md') && anchorsOf(file).includes(anchor));
        }),
    );
    expect(broken).toEqual([]);
  });

  test('every page of docs/ is reached from the README, and every decision from its list', () => {
    const readme = read('README.md');
    const decisions = read('docs/decisions/readme.md');
    const reached = (path: string): boolean => {
      const folder = dirname(path);
      if (folder === 'docs/decisions')
        return path.endsWith('readme.md') || decisions.includes(`(${path.slice(folder.length + 1)})`);
      return readme.includes(`(${path})`);
    };
    expect(pages.filter((path) => path.startsWith('docs/') && !reached(path))).toEqual([]);
  });
});

test('paths of the checkout that a page names exist', () => {
  const isOurs = /^(src|docs|test|examples|crds)\/[\w./-]*$/;
  const broken = perPage((page) => codeIn(read(page)).filter((code) => isOurs.test(code) && !existsSync(join(root, code))));
  expect(broken).toEqual([]);
});

describe('make', () => {
  const wanted = perPage((page) => typedIn(page).flatMap((line) => line.match(/\bmake( [a-z][\w-]*)( [A-Z]+(?==))?/g) ?? []));

  test('has every target and variable that a page names', () => {
    expect(wanted.length).toBeGreaterThan(0);
    const makefile = read('Makefile');
    const targets = new Set([...makefile.matchAll(/^([a-z][\w -]*):(?!=)/gm)].flatMap(([, names = '']) => names.split(' ')));
    const unknown = wanted.filter((call) => {
      const [, target = '', variable] = /make ([\w-]+)(?: ([A-Z]+))?$/.exec(call) ?? [];
      return !targets.has(target) || (variable !== undefined && !makefile.includes(`$(${variable})`));
    });
    expect(unknown).toEqual([]);
  });
});

test('every npm script that a page names exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const calls = (page: string): string[] =>
    typedIn(page).flatMap((line) => [...line.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = '']) => name));
  expect(perPage((page) => calls(page).filter((name) => !(name in scripts)))).toEqual([]);
});

describe('the command line', () => {
  // What every command has, or reads alike.
  const EVERYWHERE = new Set(['-h', '--help', '-f', '--filename', '-o', '--output']);
  const run = promisify(execFile);
  const flagsOf = new Map<string, readonly string[]>();

  beforeAll(async () => {
    const help = async (...args: string[]): Promise<string> => {
      const { stdout } = await run(process.execPath, [join(root, 'src/main.ts'), ...args, '--help']);
      return stdout;
    };
    const top = await help();
    flagsOf.set('', flagsIn(top));
    const commands = [...top.matchAll(/^ {2}([a-z]+) (?:\[options\]|\[command\])/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help');
    for (const name of commands) flagsOf.set(name, flagsIn(await help(name)));
    const ofNotify = await Promise.all(['preview', 'noise'].map((name) => help('notify', name)));
    flagsOf.set('notify', ofNotify.flatMap(flagsIn));
    for (const [at, name] of ['notify preview', 'notify noise'].entries()) flagsOf.set(name, flagsIn(ofNotify[at] ?? ''));
  }, 60_000);

  const flagsIn = (help: string): string[] =>
    [...help.matchAll(/^ {2}(-.*?)(?: {2}|$)/gm)].flatMap(([, names = '']) => names.match(/(?<![\w-])--?[a-z][a-z-]*/gi) ?? []);

  /** Calls of the program as command and flags. */
  function callsIn(page: string): { command: string; flags: string[] }[] {
    return typedIn(page).flatMap((line) => {
      const found = /(?:^(?:\$ )?|[;&|(] ?)(?:npx assay|assay|node src\/main\.ts)(?: ([a-z]+))?((?: .*)?)$/.exec(line);
      if (!found) return [];
      const [, command = '', rest = ''] = found;
      const flags = rest.replace(/'[^']*'|"[^"]*"/g, '').match(/(?<=\s)--?[a-z][a-z-]*/gi) ?? [];
      return [{ command, flags }];
    });
  }

  test('has every command and flag that a page names', () => {
    const calls = pages.flatMap((page) => callsIn(page).map((call) => ({ page, ...call })));
    expect(calls.length).toBeGreaterThan(10);
    const unknown = calls.flatMap(({ page, command, flags }) => {
      const known = flagsOf.get(command);
      if (!known) return [`${page}: there is no assay ${command}`];
      return flags.filter((flag) => !known.includes(flag)).map((flag) => `${page}: assay ${command} has no ${flag}`);
    });
    expect(unknown).toEqual([]);
  });

  test.each([
    ['controller', 'docs/operating.md'],
    ['evaluate', 'docs/evaluate.md'],
    ['lint', 'README.md'],
    ['demo', 'README.md'],
    ['notify preview', 'docs/channels.md'],
    ['notify noise', 'docs/operating.md'],
  ])('has every flag of assay %s explained in %s', (command, page) => {
    const text = read(page);
    const flags = (flagsOf.get(command) ?? []).filter((flag) => !EVERYWHERE.has(flag));
    expect(flags.filter((flag) => !text.includes(`\`${flag}`))).toEqual([]);
  });
});

test('the criterion that the README explains is that of the example', () => {
  expect(read('README.md')).toContain(read('examples/ops-02-availability/shop-availability.yaml'));
});

test('no page says of Assay what it never says of itself', () => {
  const never = /\b(compliant|tamper-proof|certified by Assay|controls? fulfilled|verified by the authority)\b/gi;
  expect(perPage((page) => read(page).match(never) ?? [])).toEqual([]);
});

test('no file names the host of a package registry, or a path of one machine', () => {
  // Put together here, so that this file names none either.
  const hosts = [
    ['registry', 'npmjs', 'org'],
    ['registry', 'yarnpkg', 'com'],
    ['proxy', 'golang', 'org'],
    ['sum', 'golang', 'org'],
    ['pypi', 'org'],
    ['files', 'pythonhosted', 'org'],
    ['deb', 'debian', 'org'],
    ['archive', 'ubuntu', 'com'],
    ['repo', 'maven', 'apache', 'org'],
    ['repo1', 'maven', 'org'],
  ].map((labels) => labels.join('.'));
  const places = ['work', 'root', 'tmp/gob'].map((name) => `/${name}/`);
  const patterns = [
    ...hosts.map((host) => new RegExp(`(?<![\\w-])${host.replaceAll('.', '\\.')}`)),
    ...places.map((place) => new RegExp(`(?<![\\w.})*-])${place}`)),
  ];
  const named = files
    .filter((path) => statSync(join(root, path)).size < 5_000_000)
    .flatMap((path) => {
      const text = read(path);
      return patterns.filter((pattern) => pattern.test(text)).map((pattern) => `${path} names ${pattern.source}`);
    });
  expect(named).toEqual([]);
});

test('the decisions are numbered one by one', () => {
  const numbers = readdirSync(join(root, 'docs/decisions')).flatMap((name) => /^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1] ?? []);
  expect(numbers.map(Number)).toEqual(numbers.map((_, index) => index + 1));
});
