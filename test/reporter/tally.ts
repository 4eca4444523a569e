/** What jest writes with `--json`, as far as it is counted here. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Files that could not be run at all, so that none of their tests is counted. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults?: readonly {
    readonly name: string;
    /** What went wrong with the file as a whole; empty where its tests say it. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** How a guard ended; `report` is there if it ran tests and jest came to its end. */
export interface GuardResult {
  readonly name: string;
  readonly ok: boolean;
  readonly report?: JestReport | undefined;
}

/** How much was right and how much wrong. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Sums up the tests of all guards. What failed without a test that says so counts as one failed: a file that could not be run,
 * a guard that runs no tests, jest itself. So `0 failed` means that nothing failed.
 */
export function tally(results: readonly GuardResult[]): Tally {
  const tallies = results.map(({ ok, report }) => {
    const failed = report === undefined ? 0 : report.numFailedTests + report.numRuntimeErrorTestSuites;
    return { passed: report?.numPassedTests ?? 0, failed: ok ? failed : Math.max(failed, 1) };
  });
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
  };
}

const LINES_OF_A_FAILURE = 20;
// Colours of a terminal.
// eslint-disable-next-line no-control-regex
const COLOURS = /\u001b\[[0-9;]*m/g;

/** What failed, each with the beginning of what was said: for the end of an output of which only the end is kept. */
export function failuresIn({ testResults = [] }: JestReport): string[] {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) return message === '' || assertionResults.length > 0 ? [] : [beginningOf(`${name}\n${message}`)];
    return failed.map(({ fullName, failureMessages }) => beginningOf(`${name}: ${fullName}\n${failureMessages.join('\n')}`));
  });
}

const beginningOf = (text: string): string => text.replace(COLOURS, '').split('\n').slice(0, LINES_OF_A_FAILURE).join('\n');
