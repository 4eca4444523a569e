import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';

import ts from 'typescript';

/*
 * The rules of the house, each a function from a file to sentences that name the file and the rule it breaks. Every rule is shown a
 * file that breaks it before it is asked about ours.
 */

/** A room imports only from lower heights, never sideways; what two rooms share moves down. */
const HEIGHTS: Readonly<Record<string, number>> = {
  ...{ api: 0, platform: 0, domain: 1, inbox: 1 },
  ...{ sources: 2, evidence: 2, kube: 2, notify: 2, parts: 2, report: 2 },
  ...{ controller: 3, chat: 3, web: 3, cli: 3 },
};
/** Files that lie directly in src/. */
const TOP = 4;
const READS_ENVIRONMENT = ['src/main.ts', 'src/parts/fetch.ts'];
const SHARED_BY_COMMANDS = 'manifests';
const MAX_LINES = 400;
const MIN_DUTY_WORDS = 6;

const root = join(import.meta.dirname, '..');

/** A file as the rules see it; paths from the root of the checkout, with `/`. */
interface Source {
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
  /** What is imported: a path of ours, or a package. */
  readonly imports: readonly string[];
  /** Members of identifiers that are used: `process.env`. */
  readonly uses: ReadonlySet<string>;
}

function sourceOf(path: string, text: string): Source {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const imports = importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? posix.join(dirname(path), fileName) : fileName,
  );
  return {
    path,
    text,
    isTest: path.startsWith('test/') || path.endsWith('.test.ts'),
    imports,
    uses: new Set(membersOf(path, text)),
  };
}

function membersOf(path: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression))
      found.push(`${node.expression.text}.${node.name.text}`);
    // `import { env } from 'node:process'` is a use of process.env.
    if (ts.isImportSpecifier(node)) found.push(`${moduleOf(node)}.${(node.propertyName ?? node.name).text}`);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

function moduleOf({ parent }: ts.ImportSpecifier): string {
  const { moduleSpecifier } = parent.parent.parent;
  return ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text.replace(/^node:/, '') : '';
}

/** The room of a file of src/; undefined for a file directly in src/, and for all else. */
const roomOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];
const heightOf = (path: string): number => {
  const room = roomOf(path);
  return room === undefined ? TOP : (HEIGHTS[room] ?? TOP);
};
const commandOf = (path: string): string | undefined => /^src\/cli\/([^/]+)\//.exec(path)?.[1];
const ours = ({ imports }: Source): string[] => imports.filter((path) => path.startsWith('src/'));

type Rule = (source: Source) => string[];

const RULES: Readonly<Record<string, Rule>> = {
  'a room imports only from lower heights, never sideways': (source) =>
    ours(source)
      .filter((other) => roomOf(source.path) !== roomOf(other) && heightOf(other) >= heightOf(source.path))
      .map((other) => {
        const [from, to] = [source.path, other].map((path) => `${roomOf(path) ?? 'src'} is at height ${heightOf(path)}`);
        return `${source.path} imports ${other}, but ${from ?? ''} and ${to ?? ''}: a room imports only from lower ones`;
      }),

  'a command knows another command only through cli/manifests': (source) =>
    ours(source)
      .filter((other) => {
        const [from, to] = [commandOf(source.path), commandOf(other)];
        return from !== undefined && to !== undefined && from !== to && to !== SHARED_BY_COMMANDS;
      })
      .map((other) => `${source.path} imports ${other}: commands share code only through src/cli/${SHARED_BY_COMMANDS}`),

  'the operator never starts real parts': (source) =>
    ours(source)
      .filter((other) => !source.isTest && roomOf(other) === 'parts' && !['parts', 'cli'].includes(roomOf(source.path) ?? ''))
      .map((other) => `${source.path} imports ${other}: parts are for the demo and the tests, never for the operator`),

  'only main.ts and parts/fetch.ts read the environment': ({ path, isTest, uses }) =>
    !isTest && !READS_ENVIRONMENT.includes(path) && uses.has('process.env')
      ? [`${path} reads the environment: only ${READS_ENVIRONMENT.join(' and ')} may, all else is handed over`]
      : [],

  'domain/ asks neither clock nor chance': ({ path, isTest, uses }) =>
    ['Date.now', 'Math.random', 'performance.now']
      .filter((member) => !isTest && roomOf(path) === 'domain' && uses.has(member))
      .map((member) => `${path} calls ${member}: judging is pure, times come in as arguments`),

  'no file is named utils': ({ path }) =>
    /(^|[/.-])utils?([/.-]|$)/.test(path) ? [`${path} is named utils: a name says what the thing is`] : [],

  'nothing of ours is mocked': ({ path, uses }) =>
    ['mock', 'doMock', 'unstable_mockModule', 'spyOn', 'replaceProperty']
      .filter((name) => uses.has(`jest.${name}`))
      .map((name) => `${path} calls jest.${name}: tests use real parts, or a real server on loopback`),

  [`a file has at most ${MAX_LINES} lines`]: ({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > MAX_LINES ? [`${path} has ${lines} lines: at most ${MAX_LINES}`] : [];
  },

  'an index.ts opens with a comment that says the duty of its folder': ({ path, text }) =>
    path.endsWith('/index.ts') && openingWords(text) < MIN_DUTY_WORDS
      ? [`${path} does not open with a comment that says the duty of its folder in a sentence`]
      : [],
};

/** Number of words in the comment that a file begins with. */
function openingWords(text: string): number {
  const comment = /^(?:\/\*\*?[\s\S]*?\*\/|(?:\/\/.*\n)+)/.exec(text)?.[0] ?? '';
  return comment.match(/[\p{L}`]{2,}/gu)?.length ?? 0;
}

const BREAKS: Readonly<Record<keyof typeof RULES, readonly (readonly [path: string, text: string])[]>> = {
  'a room imports only from lower heights, never sideways': [
    ['src/domain/a.ts', "import type { B } from '../sources/b.ts';"],
    ['src/api/a.ts', "export { b } from '../platform/b.ts';"],
    ['src/web/a.ts', "const b = await import('../controller/b.ts');"],
    ['src/cli/a/a.ts', "import { start } from '../../run-controller.ts';"],
  ],
  'a command knows another command only through cli/manifests': [
    ['src/cli/lint/a.ts', "import { b } from '../evaluate/b.ts';"],
    ['src/cli/manifests/a.ts', "import { b } from '../lint/b.ts';"],
  ],
  'the operator never starts real parts': [
    ['src/controller/a.ts', "import { b } from '../parts/index.ts';"],
    ['src/run-controller.ts', "import { b } from './parts/index.ts';"],
  ],
  'only main.ts and parts/fetch.ts read the environment': [
    ['src/cli/a.ts', "const path = process.env['PATH'];"],
    ['src/cli/a.ts', "import { env } from 'node:process';"],
  ],
  'domain/ asks neither clock nor chance': [['src/domain/a.ts', 'export const now = () => Date.now();']],
  'no file is named utils': [
    ['src/kube/utils.ts', ''],
    ['src/utils/a.ts', ''],
    ['test/string-util.ts', ''],
  ],
  'nothing of ours is mocked': [['src/a.test.ts', "jest.spyOn(store, 'append');"]],
  [`a file has at most ${MAX_LINES} lines`]: [['src/a.ts', '\n'.repeat(MAX_LINES) + 'a;\n']],
  'an index.ts opens with a comment that says the duty of its folder': [
    ['src/kube/index.ts', "export { a } from './a.ts';"],
    ['src/kube/index.ts', "// Kube.\nexport { a } from './a.ts';"],
  ],
};

const KEEPS = [
  ['src/cli/lint/a.ts', "import { a } from '../manifests/index.ts';\nimport { b } from '../../kube/index.ts';"],
  ['src/domain/a.ts', "// Date.now() and process.env are only spoken of here.\nimport { b } from './b.ts';"],
  ['src/main.ts', "import { a } from './web/index.ts';\nconst path = process.env['PATH'];"],
] as const;

const sources = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => sourceOf(relative(root, file).replaceAll('\\', '/'), readFileSync(file, 'utf8'))),
);

describe.each(Object.entries(RULES))('%s', (name, rule) => {
  test.each(BREAKS[name] ?? [])('is noticed to be broken in %s', (path, text) => {
    expect(rule(sourceOf(path, text))).toEqual([expect.stringContaining(path)]);
  });
  test('is not seen where it is kept', () => {
    expect(KEEPS.flatMap(([path, text]) => rule(sourceOf(path, text)))).toEqual([]);
  });
  test('holds everywhere', () => expect(sources.flatMap(rule)).toEqual([]));
});

const foldersIn = (path: string): string[] =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${path}/${name}`);

test('every room of src/ has a height', () => {
  expect(
    foldersIn('src')
      .map((room) => room.slice('src/'.length))
      .sort(),
  ).toEqual(Object.keys(HEIGHTS).sort());
});

test('every room of src/ says its duty, in its index.ts or in a readme.md', () => {
  const silent = foldersIn('src').filter((room) => !['index.ts', 'readme.md'].some((name) => existsSync(join(root, room, name))));
  expect(silent.map((room) => `${room} says nowhere what its duty is: write ${room}/readme.md`)).toEqual([]);
});

test('every room of src/ stands in CONTRIBUTING.md', () => {
  const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const missing = foldersIn('src').filter((room) => !new RegExp(`^\\| \`${room}/\` +\\|`, 'm').test(text));
  expect(missing.map((room) => `CONTRIBUTING.md does not say what ${room}/ is for`)).toEqual([]);
});

test('every example has a readme.md', () => {
  const bare = foldersIn('examples').filter((folder) => !existsSync(join(root, folder, 'readme.md')));
  expect(bare.map((folder) => `${folder} has no readme.md`)).toEqual([]);
});
