import { failuresIn, type GuardResult, tally } from './tally.ts';

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

test('what failed is named once more, with the beginning of what was said', () => {
  const said = `\u001b[31mexpected\u001b[39m\n${'at x\n'.repeat(100)}`;
  const of = (status: string) => ({ fullName: `it ${status}`, status, failureMessages: status === 'failed' ? [said] : [] });
  const told = failuresIn({
    ...{ numPassedTests: 1, numFailedTests: 1, numRuntimeErrorTestSuites: 1 },
    testResults: [
      { name: '/a.test.ts', message: said, assertionResults: [of('passed'), of('failed')] },
      { name: '/b.test.ts', message: 'no such module', assertionResults: [] },
      { name: '/c.test.ts', message: '', assertionResults: [of('passed')] },
    ],
  });
  expect(told.map((text) => text.split('\n').slice(0, 2))).toEqual([
    ['/a.test.ts: it failed', 'expected'],
    ['/b.test.ts', 'no such module'],
  ]);
  expect(told[0]?.split('\n')).toHaveLength(20);
});
