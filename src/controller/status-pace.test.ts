import { type Due, StatusPace } from './status-pace.ts';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const KEY = 'shop/up';

const seen = {
  observedGeneration: 3,
  verdict: 'Pass',
  since: '2026-01-01T00:00:00Z',
  observation: { at: '2026-01-01T00:00:00Z', outcome: 'Met', message: 'up is 0.25, required < 0.5 (3 series)' },
  evidence: [{ name: 'up', value: '0.25', series: 3, failing: 0, sampleAt: '2026-01-01T00:00:00Z' }],
  objective: { achieved: '99.900', window: '30d', unknown: '0.000' },
  measured: '0.25 (< 0.5)',
  conditions: [{ type: 'Ready', status: 'True', reason: 'Evaluating', message: 'x', lastTransitionTime: '2026-01-01T00:00:00Z' }],
};

/** A pace that has seen one write, a minute ago. */
function afterOneWrite(): StatusPace {
  const pace = new StatusPace();
  pace.written(KEY, seen, {}, NOW - MINUTE);
  return pace;
}

describe('a minute after a write', () => {
  const cases: Record<string, { status: object; want: Due }> = {
    'the same status is not written': { status: seen, want: 'No' },
    'another verdict is written': { status: { ...seen, verdict: 'Fail' }, want: 'Changed' },
    'another outcome is written': {
      status: { ...seen, observation: { ...seen.observation, outcome: 'NotMet' } },
      want: 'Changed',
    },
    'the time of the observation alone is not': {
      status: { ...seen, observation: { ...seen.observation, at: '2026-01-01T00:01:00Z' } },
      want: 'No',
    },
    'numbers in a message alone are not': {
      status: { ...seen, observation: { ...seen.observation, message: 'up is 12, required < 0.5 (4 series)' } },
      want: 'No',
    },
    'other words in a message are written': {
      status: { ...seen, observation: { ...seen.observation, message: 'up: the answer holds no series' } },
      want: 'Changed',
    },
    'another value, count or sample time is not written': {
      status: { ...seen, evidence: [{ name: 'up', value: '0.3', series: 4, failing: 1, sampleAt: '2026-01-01T00:01:00Z' }] },
      want: 'No',
    },
    'another measured value is not written': { status: { ...seen, measured: '0.3 (< 0.5)' }, want: 'No' },
    'a share of the rolling window is not written': { status: { ...seen, objective: { achieved: '99.899' } }, want: 'No' },
    'a condition that turned is written': {
      status: { ...seen, conditions: [{ ...seen.conditions[0], status: 'False' }] },
      want: 'Changed',
    },
    'a time of transition alone is not written': {
      status: { ...seen, conditions: [{ ...seen.conditions[0], lastTransitionTime: '2026-01-01T00:01:00Z' }] },
      want: 'No',
    },
    'another generation of the spec is written': { status: { ...seen, observedGeneration: 4 }, want: 'Changed' },
    'a deviation that opened is written': { status: { ...seen, deviation: { id: 'x', told: [] } }, want: 'Changed' },
    'an evidence item more is written': { status: { ...seen, evidence: [...seen.evidence, { name: 'b' }] }, want: 'Changed' },
    'when and how fast a source answered is not written': {
      status: { ...seen, lastContact: '2026-01-01T00:01:00Z', latencyMs: 12 },
      want: 'No',
    },
  };

  test.each(Object.entries(cases))('%s', (_sentence, { status, want }) =>
    expect(afterOneWrite().due(KEY, status, {}, NOW)).toBe(want),
  );

  test('another object knows nothing of it', () => {
    expect(afterOneWrite().due('shop/other', seen, {}, NOW)).toBe('Changed');
  });

  test('what is forgotten is new', () => {
    const pace = afterOneWrite();
    pace.forget(KEY);
    expect(pace.due(KEY, seen, {}, NOW)).toBe('Changed');
  });
});

describe('an object that was made anew under its name', () => {
  const pace = new StatusPace();
  pace.written(KEY, seen, { uid: 'old' }, NOW);

  test('is shown its status at once, though it means what was written for the one before', () => {
    expect(pace.due(KEY, seen, { uid: 'new' }, NOW)).toBe('Changed');
    pace.written(KEY, seen, { uid: 'new' }, NOW);
    expect(pace.due(KEY, seen, { uid: 'new' }, NOW)).toBe('No');
  });
});

describe('the heartbeat', () => {
  test.each([
    ['not yet after 9:59 minutes', 10 * MINUTE - 1000, 'No'],
    ['after 10 minutes', 10 * MINUTE, 'Heartbeat'],
  ] as const)('comes %s', (_sentence, afterMs, want) => {
    const pace = new StatusPace();
    pace.written(KEY, seen, {}, NOW);
    expect(pace.due(KEY, seen, {}, NOW + afterMs)).toBe(want);
  });

  test('is stretched by the number of objects, so that all of them stay under five writes a second', () => {
    const objects = 6000;
    const pace = new StatusPace();
    for (let index = 0; index < objects; index += 1) pace.written(`shop/${index}`, seen, {}, NOW);
    let afterMs = 10 * MINUTE;
    while (pace.due('shop/0', seen, {}, NOW + afterMs) === 'No') afterMs += MINUTE;
    // A criterion and its report: two writes each.
    const writesPerSecond = (2 * objects) / (afterMs / 1000);
    expect(writesPerSecond).toBeLessThan(5);
    expect(writesPerSecond).toBeGreaterThan(3);
  });
});

describe('a status that somebody else wrote', () => {
  const lie = { ...seen, verdict: 'Suspended' };
  const HALF_A_MINUTE = 30_000;

  test.each(
    Object.entries({
      'is written again after 30 s': { shown: [lie], afterMs: HALF_A_MINUTE, want: 'Contradicted' },
      'is left alone before: it may be an earlier one of ours': { shown: [lie], afterMs: HALF_A_MINUTE - 1, want: 'No' },
      'is none if only moving figures differ': {
        shown: [{ ...seen, measured: '0.9 (< 0.5)' }],
        ...{ afterMs: HALF_A_MINUTE, want: 'No' },
      },
      'is over once it was put right': { shown: [lie, { ...seen }], afterMs: HALF_A_MINUTE, want: 'No' },
    }),
  )('%s', (_sentence, { shown, afterMs, want }) => {
    const pace = new StatusPace();
    pace.written(KEY, seen, { status: {} }, NOW);
    const answers = shown.map((each) => pace.due(KEY, seen, { status: each }, NOW + afterMs));
    expect(answers.at(-1)).toBe(want);
  });

  test('what was shown when it was written is no contradiction: the write may still wait', () => {
    const pace = new StatusPace();
    pace.written(KEY, seen, { status: lie }, NOW);
    expect(pace.due(KEY, seen, { status: lie }, NOW + 5 * MINUTE)).toBe('No');
  });
});

describe('only what was handed over counts as written', () => {
  test('asking twice gives the same answer twice', () => {
    const pace = new StatusPace();
    expect(pace.due(KEY, seen, {}, NOW)).toBe('Changed');
    expect(pace.due(KEY, seen, {}, NOW)).toBe('Changed');
  });

  test('a change whose write failed is still a change', () => {
    const pace = afterOneWrite();
    const failed = { ...seen, verdict: 'Fail' };
    pace.due(KEY, failed, {}, NOW);
    expect(pace.due(KEY, failed, {}, NOW + 1000)).toBe('Changed');
  });
});

describe('after a start', () => {
  test('what the API server shows already is no change, whatever the order of its fields', () => {
    const shown = Object.fromEntries(Object.entries({ ...seen, measured: '0.9 (< 0.5)' }).reverse());
    expect(new StatusPace().due(KEY, seen, { status: shown }, NOW)).toBe('Heartbeat');
  });

  test('what it does not show yet is one', () => {
    expect(new StatusPace().due(KEY, seen, { status: { ...seen, verdict: 'Fail' } }, NOW)).toBe('Changed');
  });
});
