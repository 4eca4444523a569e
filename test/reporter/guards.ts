/** One thing that guards main: a command of Node that must exit with 0. */
export interface Guard {
  readonly name: string;
  readonly args: readonly string[];
  /** After so long it is ended, and has failed. */
  readonly withinMs: number;
  /** Its tests are counted by what jest writes. */
  readonly jest?: boolean;
}

const MINUTE_MS = 60_000;
const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
/** Most of a cluster test is waiting: two of them at once keep two cores half busy. */
const IN_TWO = ['--maxWorkers', '2'];
/** What the tests start; a first fetch may have to build them. */
const PARTS = [
  ...['etcd', 'kube-apiserver', 'kubectl', 'helm', 'prometheus', 'prometheus2', 'prometheus3', 'blackbox-exporter'],
  ...['alertmanager', 'node-exporter', 'buildah', 'runc'],
];

/** Everything that guards main, in order: what is quick comes first. */
export const GUARDS: readonly Guard[] = [
  { name: 'generated files are up to date', args: ['--run', 'generate', '--', '--check'], withinMs: MINUTE_MS },
  { name: 'types', args: ['--run', 'types'], withinMs: 5 * MINUTE_MS },
  { name: 'lint', args: ['--run', 'lint'], withinMs: 10 * MINUTE_MS },
  { name: 'format', args: ['--run', 'format:check'], withinMs: 5 * MINUTE_MS },
  { name: 'unit tests', args: [...JEST, '--selectProjects', 'unit', ...IN_TWO], withinMs: 15 * MINUTE_MS, jest: true },
  { name: 'parts for the cluster tests', args: ['src/parts/fetch.ts', ...PARTS], withinMs: 40 * MINUTE_MS },
  {
    name: 'cluster tests',
    args: [...JEST, '--selectProjects', 'cluster', ...IN_TWO],
    withinMs: 40 * MINUTE_MS,
    jest: true,
  },
  {
    name: 'faults that take under ten minutes',
    args: [...JEST, '--selectProjects', 'faults', '--runInBand'],
    withinMs: 30 * MINUTE_MS,
    jest: true,
  },
  {
    name: 'image',
    args: [...JEST, '--selectProjects', 'image', '--runInBand'],
    withinMs: 15 * MINUTE_MS,
    jest: true,
  },
];
