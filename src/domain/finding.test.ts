import type { Finding, FindingSpec } from '../api/finding.ts';
import { dueOf, findingAfter, findingChanges, findingDeleted, type KnownFinding, spotChecked } from './finding.ts';

const NOW = Date.parse('2026-11-28T10:00:00Z');
const HOUR = 3_600_000;
const DUE = NOW + 10 * HOUR;
const time = (ms: number): string => new Date(ms).toISOString();

const finding = (spec: Partial<FindingSpec>, uid = 'u-1'): Finding => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'Finding' },
  metadata: { name: 'no-runbook', namespace: 'shop', uid },
  spec: {
    ...{ service: 'shop', type: 'Finding', severity: 'Minor', title: 'No runbook', text: 'Nobody knew.', raisedBy: 'eve' },
    ...{ due: time(DUE), ...spec },
  },
});
const answer = (id: number, text = 'There is one.') => ({ id, author: 'ada', text });
const ANSWERED = { answers: [answer(1)] };
const TWICE = { answers: [answer(1), answer(2)] };
const CLOSED = { closure: { author: 'eve', text: 'Read.' } };
const reopened = (...ids: number[]): Partial<FindingSpec> => ({
  reopenings: ids.map((id) => ({ id, author: 'eve', reason: 'Gone again.' })),
});

type Step = readonly [ms: number, spec: Partial<FindingSpec> | 'gone', uid?: string];

/** What the steps put on record, one after the other, and what is known then. */
function live(...steps: readonly Step[]): { said: string[]; known: KnownFinding } {
  let known: KnownFinding | undefined;
  const said: string[] = [];
  for (const [ms, spec, uid] of steps) {
    const bodies = spec === 'gone' ? findingDeleted(known!, ms) : findingChanges(known, finding(spec, uid), ms);
    for (const body of bodies) {
      said.push([body.change, body.by, body.state].filter(Boolean).join(' '));
      known = findingAfter(known, body);
    }
  }
  return { said, known: known! };
}

const RAISED = 'Raised eve Open';
const ANSWER = 'Answered ada Answered';
const CLOSE = 'Closed eve Closed';
const REOPEN = 'Reopened eve Open';

const cases: Record<string, { steps: Step[]; said: string[] }> = {
  'it is raised once': {
    steps: [
      [NOW, {}],
      [NOW + 1, {}],
    ],
    said: [RAISED],
  },
  'it is answered in parts, each once': {
    steps: [
      [NOW, {}],
      [NOW + 1, ANSWERED],
      [NOW + 2, TWICE],
      [NOW + 3, TWICE],
    ],
    said: [RAISED, ANSWER, ANSWER],
  },
  'an answer is never taken back, and another word under its number is another one': {
    steps: [
      [NOW, ANSWERED],
      [NOW + 1, {}],
      [NOW + 2, { answers: [answer(1, 'No.')] }],
      [NOW + 3, ANSWERED],
    ],
    said: [RAISED, ANSWER, ANSWER],
  },
  'it is answered and closed': {
    steps: [
      [NOW, {}],
      [NOW + 1, ANSWERED],
      [NOW + 2, { ...ANSWERED, ...CLOSED }],
      [DUE, { ...ANSWERED, ...CLOSED }],
    ],
    said: [RAISED, ANSWER, CLOSE],
  },
  'it is overdue at the moment, not before, and once': {
    steps: [
      [NOW, {}],
      [DUE - 1, {}],
      [DUE, {}],
      [DUE + HOUR, {}],
    ],
    said: [RAISED, 'Overdue Overdue'],
  },
  'what was answered in time, though that is seen late, is not overdue': {
    steps: [
      [NOW, {}],
      [DUE + HOUR, ANSWERED],
    ],
    said: [RAISED, ANSWER],
  },
  'a late answer is one all the same': {
    steps: [
      [NOW, {}],
      [DUE, {}],
      [DUE + 1, ANSWERED],
    ],
    said: [RAISED, 'Overdue Overdue', ANSWER],
  },
  'more time is given, and passes too': {
    steps: [
      [NOW, {}],
      [DUE, {}],
      [DUE + 1, { due: time(DUE + HOUR) }],
      [DUE + HOUR, { due: time(DUE + HOUR) }],
    ],
    said: [RAISED, 'Overdue Overdue', 'Changed Open', 'Overdue Overdue'],
  },
  'a little more time that is over too makes it no less overdue': {
    steps: [
      [DUE, {}],
      [DUE + 2, { due: time(DUE + 1) }],
    ],
    said: [RAISED, 'Overdue Overdue', 'Changed Overdue'],
  },
  'the same time in other words is no change': {
    steps: [
      [NOW, {}],
      [NOW + 1, { due: time(DUE).replace('.000Z', '+00:00') }],
    ],
    said: [RAISED],
  },
  'a severity is raised': {
    steps: [
      [NOW, {}],
      [NOW + 1, { severity: 'Major' }],
    ],
    said: [RAISED, 'Changed Open'],
  },
  'it is opened again, answered anew and closed anew': {
    steps: [
      [NOW, { ...ANSWERED, ...CLOSED }],
      [NOW + 1, { ...ANSWERED, ...reopened(1) }],
      [NOW + 2, { ...TWICE, ...reopened(1) }],
      [NOW + 3, { ...TWICE, ...reopened(1), ...CLOSED }],
    ],
    said: [RAISED, ANSWER, CLOSE, REOPEN, ANSWER, CLOSE],
  },
  'what is opened again when it was due is overdue': {
    steps: [
      [NOW, CLOSED],
      [DUE, reopened(1)],
    ],
    said: [RAISED, CLOSE, REOPEN, 'Overdue Overdue'],
  },
  'it was opened again and answered while nobody looked': {
    steps: [
      [NOW, CLOSED],
      [NOW + 1, { ...ANSWERED, ...reopened(1) }],
    ],
    said: [RAISED, CLOSE, REOPEN, ANSWER],
  },
  'it was closed and opened again while nobody looked: it is open, whoever spoke first': {
    steps: [
      [NOW, {}],
      [NOW + 1, { ...ANSWERED, ...reopened(1) }],
    ],
    said: [RAISED, ANSWER, REOPEN],
  },
  'it was opened again and closed in the same words while nobody looked': {
    steps: [
      [NOW, CLOSED],
      [NOW + 1, { ...reopened(1), ...CLOSED }],
    ],
    said: [RAISED, CLOSE, REOPEN, CLOSE],
  },
  'a closure that is gone without a reason is none': {
    steps: [
      [NOW, CLOSED],
      [NOW + 1, {}],
    ],
    said: [RAISED, CLOSE, 'Reopened Open'],
  },
  'it is deleted once, and goes nowhere': {
    steps: [
      [NOW, ANSWERED],
      [NOW + 1, 'gone'],
      [NOW + 2, 'gone'],
    ],
    said: [RAISED, ANSWER, 'Deleted Answered'],
  },
  'one that was made anew is another one': {
    steps: [
      [NOW, ANSWERED],
      [NOW + 1, ANSWERED, 'u-2'],
      [NOW + 2, 'gone'],
      [NOW + 3, {}, 'u-3'],
    ],
    said: [RAISED, ANSWER, 'Deleted Answered', RAISED, ANSWER, 'Deleted Answered', RAISED],
  },
};

describe('what an object puts on record', () => {
  test.each(Object.entries(cases))('%s', (_sentence, { steps, said }) => expect(live(...steps).said).toEqual(said));
});

test('what is said is on record in full', () => {
  const about = { criterion: 'up', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] };
  const spec = { about, ...ANSWERED, ...reopened(1), ...CLOSED };
  expect(findingChanges(undefined, finding(spec), NOW)).toMatchObject([
    { finding: 'no-runbook', uid: 'u-1', title: 'No runbook', text: 'Nobody knew.', severity: 'Minor', due: DUE, about },
    { number: 1, by: 'ada', text: 'There is one.' },
    { number: 1, by: 'eve', text: 'Gone again.' },
    { by: 'eve', text: 'Read.' },
  ]);
});

describe('when it is overdue by itself', () => {
  test.each(
    Object.entries({
      'while it is open': { steps: [[NOW, {}]], want: DUE },
      'never, once it is answered': { steps: [[NOW, ANSWERED]], want: undefined },
      'never, once it is closed': { steps: [[NOW, CLOSED]], want: undefined },
      'not again': { steps: [[DUE, {}]], want: undefined },
      'once it is opened again': {
        steps: [
          [NOW, CLOSED],
          [NOW + 1, reopened(1)],
        ],
        want: DUE,
      },
    } satisfies Record<string, { steps: Step[]; want: number | undefined }>),
  )('%s', (_sentence, { steps, want }) => expect(dueOf(live(...steps).known)).toBe(want));

  test('since when an answer is missing is known until there is one', () => {
    expect(live([NOW, {}], [DUE + 5, {}]).known.overdueSince).toBe(DUE);
    expect(live([NOW, {}], [DUE + 5, {}], [DUE + 6, { severity: 'Major' }]).known.overdueSince).toBe(DUE);
    expect(live([NOW, {}], [DUE + 5, {}], [DUE + 6, ANSWERED]).known.overdueSince).toBeUndefined();
    expect(live([NOW, {}], [DUE + 5, {}], [DUE + 6, CLOSED]).known.overdueSince).toBeUndefined();
  });
});

describe('a spot check', () => {
  const spotCheck = { type: 'SpotCheck', severity: undefined, spotCheck: { criterion: 'up', at: time(NOW - HOUR) } } as const;
  const seen = { result: 'NothingJudged', message: 'nothing' } as const;

  test('asks from when it is on record, and is answered by what was seen', () => {
    const { known } = live([NOW, spotCheck as never]);
    expect(known.asked).toEqual({ criterion: 'up', at: NOW - HOUR, askedAt: NOW });
    const answered = findingAfter(known, spotChecked(known, seen, NOW + 1));
    expect(answered).toMatchObject({ seen, answeredAt: NOW + 1, latest: { state: 'Answered' } });
    expect(findingChanges(answered, finding(spotCheck as never), DUE)).toEqual([]);
  });

  test('is never overdue: nobody but the operator owes an answer', () => {
    expect(live([NOW, spotCheck as never], [DUE + 1, spotCheck as never]).said).toEqual([RAISED]);
  });

  test('that was closed before it had its answer stays closed', () => {
    const { known } = live([NOW, { ...spotCheck, ...CLOSED } as never]);
    expect(spotChecked(known, seen, NOW + 1).state).toBe('Closed');
  });
});
