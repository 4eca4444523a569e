import type { Verdict } from '../../api/criterion.ts';
import type { Replayed } from './replay.ts';
import { replayText } from './replay-text.ts';
import { render, renderNews } from './render.ts';
import { exitCodeOf, type Judged, type ReplayResult, type Result } from './result.ts';

const base: Result = {
  criterion: 'shop/availability',
  outcome: 'NotMet',
  verdict: 'Fail',
  reason: 'NotMet',
  message: 'up is 0, required == 1 (1 of 2 series: instance="shop-1")',
  evidence: [{ name: 'up', value: '0', series: 2, failing: 1 }],
};
const fail: Judged = { result: base, measured: '0 (== 1)' };
const unknown: Judged = {
  result: {
    ...base,
    criterion: 'shop/cpu',
    outcome: 'Unknown',
    verdict: 'Inconclusive',
    reason: 'EmptyResult',
    message: 'cpu: the answer holds no series',
    evidence: [],
  },
};
const suspended: Judged = {
  result: { ...unknown.result, criterion: 'shop/disk', verdict: 'Suspended', reason: 'Suspended', message: 'suspended: we move' },
};
const pass: Judged = {
  result: { ...base, criterion: 'a/b', outcome: 'Met', verdict: 'Pass', reason: 'Met', message: 'up is 1, required == 1' },
  measured: '1 (== 1)',
};

test('a table has a line a criterion, and below it what else there is to read', () => {
  expect(render('table', [fail, unknown], ['Judged as of now.'])).toBe(
    [
      'CRITERION          VERDICT       OUTCOME  MEASURED  MESSAGE',
      'shop/availability  Fail          NotMet   0 (== 1)  up is 0, required == 1 (1 of 2 series: instance="shop-1")',
      'shop/cpu           Inconclusive  Unknown  -         cpu: the answer holds no series',
      '',
      'Judged as of now.',
    ].join('\n'),
  );
});

test('nothing that a source said moves the cursor or begins a line', () => {
  const evil = { result: { ...base, message: 'a\u001b[2Jb\nc\u2028d' } };
  expect(render('table', [evil], []).split('\n')).toHaveLength(2);
  expect(render('table', [evil], [])).toContain('a?[2Jb?c?d');
});

test('json is an array of the results', () => {
  expect(JSON.parse(render('json', [fail, unknown], ['not for programs']))).toEqual([fail.result, unknown.result]);
});

test('yaml says the same', () => {
  expect(render('yaml', [unknown], [])).toBe(
    [
      '- criterion: shop/cpu',
      '  outcome: Unknown',
      '  verdict: Inconclusive',
      '  reason: EmptyResult',
      '  message: "cpu: the answer holds no series"',
      '  evidence: []',
    ].join('\n'),
  );
});

test('a JUnit file tells Fail, Inconclusive and Suspended apart, and escapes what XML takes for its own', () => {
  const odd: Judged = { result: { ...base, message: `<up> & "down"\u0000 'x'` } };
  expect(render('junit', [pass, odd, unknown, suspended], [])).toBe(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites tests="4" failures="1" errors="1" skipped="1">',
      '  <testsuite name="assay evaluate" tests="4" failures="1" errors="1" skipped="1">',
      '    <testcase classname="a" name="b"/>',
      '    <testcase classname="shop" name="availability">',
      '      <failure message="&lt;up&gt; &amp; &quot;down&quot;? &apos;x&apos;" type="NotMet"/>',
      '    </testcase>',
      '    <testcase classname="shop" name="cpu">',
      '      <error message="cpu: the answer holds no series" type="EmptyResult"/>',
      '    </testcase>',
      '    <testcase classname="shop" name="disk">',
      '      <skipped message="suspended: we move"/>',
      '    </testcase>',
      '  </testsuite>',
      '</testsuites>',
    ].join('\n'),
  );
});

const replayed: Replayed = {
  slots: 4,
  openFrom: 120_000,
  result: {
    ...base,
    transitions: [
      { at: '1970-01-01T00:00:00Z', verdict: 'Pass', reason: 'Met' },
      { at: '1970-01-01T00:01:30Z', verdict: 'Fail', reason: 'NotMet' },
    ],
    deviations: [{ from: '1970-01-01T00:00:30Z', to: '1970-01-01T00:01:30Z', reason: 'Recovered' }],
    steps: [{ at: '1970-01-01T00:01:00Z', audience: 'authority' }],
    times: { met: 60, notMet: 60, unknown: 0, suspended: 0, unobserved: 60 },
    availability: '50.000',
    lower: '50.000',
    upper: '50.000',
    coverage: '100.000',
  } satisfies ReplayResult,
};

test('a replay is told in plain words, in the order of time', () => {
  expect(replayText(replayed, { from: 0, to: 180_000 })).toBe(
    [
      'shop/availability from 1970-01-01T00:00:00Z to 1970-01-01T00:03:00Z: 4 slots judged',
      '  1970-01-01T00:00:00Z  became Pass (Met)',
      '  1970-01-01T00:00:30Z  a deviation began, which lasted 1m until 1970-01-01T00:01:30Z (Recovered)',
      '  1970-01-01T00:01:00Z  authority would have been told',
      '  1970-01-01T00:01:30Z  became Fail (NotMet)',
      '  met 1m, not met 1m, unknown 0s, suspended 0s, unobserved 1m',
      '  availability 50.000 %, between 50.000 % and 50.000 % whatever the unknown time was; coverage 100.000 %',
      '  not judged yet: slots from 1970-01-01T00:02:00Z on, whose evaluation delay has not passed',
    ].join('\n'),
  );
});

test.each(
  Object.entries({
    'a first verdict is a line': { format: 'table', before: {}, want: '1970-01-01T00:00:30Z  shop/availability  Fail  up is 0' },
    'a change is a line': {
      format: 'table',
      before: { before: 'Pass' },
      want: '1970-01-01T00:00:30Z  shop/availability  Pass -> Fail  up is 0',
    },
    'a change is an object': {
      format: 'json',
      before: { before: 'Pass' },
      want: '{"at":"1970-01-01T00:00:30Z","criterion":"shop/availability","outcome":"NotMet","verdict":"Fail"',
    },
    'a change is a document of YAML': {
      format: 'yaml',
      before: {},
      want: '---\nat: 1970-01-01T00:00:30Z\ncriterion: shop/availability',
    },
  } as const),
)('while watching %s', (_sentence, { format, before, want }) => {
  const text = renderNews(format, { at: 30_000, ...fail, ...before });
  expect(text.startsWith(want)).toBe(true);
  if (format === 'json') expect(text).not.toContain('\n');
});

test.each([
  [['Pass', 'Pass'], 0],
  [['Pass', 'Fail', 'Inconclusive'], 1],
  [['Pass', 'Inconclusive'], 2],
  [['Pass', 'Suspended'], 0],
  [['Suspended', 'Inconclusive'], 2],
] as const satisfies (readonly [Verdict[], number])[])('%p exits %d', (verdicts, code) => {
  expect(exitCodeOf(verdicts)).toBe(code);
});
