import { type GuardResult, tally } from './tally.ts';

const report = (passed: number, failed: number, unrunnable = 0): GuardResult['report'] => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numRuntimeErrorTestSuites: unrunnable,
});

test.each(
  Object.entries<{ results: Omit<GuardResult, 'name'>[]; want: [number, number] }>({
    'the tests of all runs are summed up': {
      results: [
        { ok: true, report: report(3, 0) },
        { ok: true, report: report(4, 0) },
      ],
      want: [7, 0],
    },
    'a guard without tests counts only when it fails': { results: [{ ok: true }, { ok: false }], want: [0, 1] },
    'a failed test is counted once, not again for its run': { results: [{ ok: false, report: report(3, 2) }], want: [3, 2] },
    'a file that could not be run is a failure': { results: [{ ok: false, report: report(3, 0, 1) }], want: [3, 1] },
    'a run that failed though each test passed is a failure': { results: [{ ok: false, report: report(3, 0) }], want: [3, 1] },
    'a run without a report is a failure': { results: [{ ok: false }], want: [0, 1] },
  }),
)('%s', (_sentence, { results, want }) => {
  const { passed, failed } = tally(results.map((result) => ({ name: 'a guard', ...result })));
  expect([passed, failed]).toEqual(want);
});
