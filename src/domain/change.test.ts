import fc from 'fast-check';

import type { ChangeRecord, ChangeRecordSpec } from '../api/change.ts';
import {
  approvalState,
  changeAfter,
  changeDeleted,
  changeRecords,
  isInTime,
  type KnownChange,
  nextTurn,
  phaseOf,
} from './change.ts';

const NOW = Date.parse('2026-11-28T10:00:00Z');
const HOUR = 3_600_000;
const OPENS = NOW + 2 * HOUR;
const CLOSES = NOW + 4 * HOUR;
const at = (ms: number): string => new Date(ms).toISOString();

const change = (spec: Partial<ChangeRecordSpec> = {}, uid = 'u-1'): ChangeRecord => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'ChangeRecord' },
  metadata: { name: 'new-disk', namespace: 'shop', uid },
  spec: {
    ...{ service: 'shop', owner: 'team', initiator: 'storage', reason: 'full', description: 'A new disk.', requestedBy: 'ada' },
    ...{ category: 'Regular', risk: 'Low', window: { from: at(OPENS), to: at(CLOSES) } },
    ...spec,
  },
});
const APPROVED = { approvedBy: 'bo' };
const LATER = { window: { from: at(OPENS + HOUR), to: at(CLOSES + HOUR) } };
const OUTCOME = { outcome: { success: true, by: 'ada' } };
const TELLING = { tellCustomers: { before: '1h', text: 'The shop is closed.' } };

type Step = readonly [ms: number, spec: Partial<ChangeRecordSpec> | 'gone', uid?: string];

/** What the steps put on record, one after the other, and what is known then. */
function live(...steps: readonly Step[]): { said: string[]; known: KnownChange | undefined; told: unknown[] } {
  let known: KnownChange | undefined;
  const said: string[] = [];
  const told: unknown[] = [];
  for (const [ms, spec, uid] of steps) {
    const bodies = spec === 'gone' ? (known ? changeDeleted(known, ms) : []) : changeRecords(known, change(spec, uid), ms);
    for (const body of bodies) {
      said.push([body.event, body.by].filter(Boolean).join(' '));
      told.push(body.toCustomers && [body.toCustomers.from, body.toCustomers.isCalledOff]);
      known = changeAfter(known, body, ms);
    }
  }
  return { said, known, told };
}

const cases: Record<string, { steps: Step[]; said: string[]; approval: string; stood?: number }> = {
  'one is asked for': { steps: [[NOW, {}]], said: ['Planned ada'], approval: 'Missing' },
  'one is approved before its window opens': {
    steps: [
      [NOW, {}],
      [NOW + HOUR, APPROVED],
    ],
    said: ['Planned ada', 'Approved bo'],
    approval: 'InTime',
  },
  'at the opening it is too late': {
    steps: [
      [NOW, {}],
      [OPENS, APPROVED],
    ],
    said: ['Planned ada', 'Approved bo'],
    approval: 'Late',
  },
  'what is on record is not recorded again, whatever the words of its times': {
    steps: [
      [NOW, APPROVED],
      [NOW + 1, { ...APPROVED, adjustFigures: false }],
      [NOW + 2, { ...APPROVED, window: { from: at(OPENS).replace('.000Z', '+00:00'), to: at(CLOSES) } }],
    ],
    said: ['Planned ada', 'Approved bo'],
    approval: 'InTime',
  },
  'an approval is taken back': {
    steps: [
      [NOW, APPROVED],
      [OPENS + 1, {}],
    ],
    said: ['Planned ada', 'Approved bo', 'Withdrawn'],
    approval: 'Missing',
    stood: 0,
  },
  'after the window it is too late for that too: it stood': {
    steps: [
      [NOW, APPROVED],
      [CLOSES, {}],
    ],
    said: ['Planned ada', 'Approved bo', 'Withdrawn'],
    approval: 'Missing',
    stood: 1,
  },
  'a plan that was changed while nobody looked is approved anew': {
    steps: [
      [NOW, APPROVED],
      [OPENS + 2 * HOUR - 1, { ...APPROVED, ...LATER }],
    ],
    said: ['Planned ada', 'Approved bo', 'Changed', 'Approved bo'],
    approval: 'Late',
  },
  'the next window of the same change leaves the one that is over as it was': {
    steps: [
      [NOW, APPROVED],
      [CLOSES, { ...APPROVED, window: { from: at(CLOSES + HOUR), to: at(CLOSES + 2 * HOUR) } }],
    ],
    said: ['Planned ada', 'Approved bo', 'Changed', 'Approved bo'],
    approval: 'InTime',
    stood: 1,
  },
  'what came of it takes no approval away': {
    steps: [
      [NOW, APPROVED],
      [CLOSES + 1, { ...APPROVED, ...OUTCOME }],
      [CLOSES + 2, { ...APPROVED, ...OUTCOME }],
    ],
    said: ['Planned ada', 'Approved bo', 'Ended ada'],
    approval: 'InTime',
  },
  'one that is deleted in its window is called off': {
    steps: [
      [NOW, APPROVED],
      [OPENS + 1, 'gone'],
    ],
    said: ['Planned ada', 'Approved bo', 'Deleted'],
    approval: 'Missing',
    stood: 0,
  },
  'an object that was made anew is approved anew': {
    steps: [
      [NOW, APPROVED],
      [OPENS + 1, APPROVED, 'u-2'],
    ],
    said: ['Planned ada', 'Approved bo', 'Deleted', 'Planned ada', 'Approved bo'],
    approval: 'Late',
    stood: 0,
  },
};

test.each(Object.entries(cases))('%s', (_sentence, { steps, said, approval, stood }) => {
  const lived = live(...steps);
  expect(lived.said).toEqual(said);
  expect(lived.known && approvalState(lived.known)).toBe(approval);
  if (stood !== undefined) expect(lived.known?.stood).toHaveLength(stood);
});

test('customers are told of what is approved, and that it is called off', () => {
  const { told, said } = live(
    [NOW, TELLING],
    [NOW + 1, { ...TELLING, ...APPROVED }],
    [NOW + 2, TELLING],
    [NOW + 3, { ...TELLING, ...LATER }],
    [NOW + 4, { ...TELLING, ...LATER, ...APPROVED }],
    [CLOSES + HOUR, 'gone'],
  );
  expect(said).toEqual(['Planned ada', 'Approved bo', 'Withdrawn', 'Changed', 'Approved bo', 'Deleted']);
  expect(told).toEqual([...[undefined, [OPENS, false], [OPENS, true], undefined, [OPENS + HOUR, false]], [OPENS + HOUR, false]]);
});

test('customers are told nothing of what does not ask for it', () => {
  expect(live([NOW, APPROVED], [NOW + 1, 'gone']).told).toEqual([undefined, undefined, undefined]);
});

test('customers who are to be told a lifetime before are told at once', () => {
  const ages = { ...TELLING, tellCustomers: { before: '99999999d', text: 'The shop is closed.' }, ...APPROVED };
  const bodies = changeRecords(undefined, change(ages), NOW);
  expect(bodies.flatMap(({ toCustomers }) => toCustomers?.tellAt ?? [])).toEqual([0]);
});

test('an object that was made anew was planned when it is on record, not when the one of its name was', () => {
  const { known } = live([NOW, {}], [NOW + 1, 'gone'], [NOW + HOUR, {}, 'u-2'], [NOW + HOUR + 1, LATER, 'u-2']);
  expect(known?.plannedAt).toBe(NOW + HOUR);
});

test('a change goes from phase to phase by itself', () => {
  const { known } = live([NOW, APPROVED]);
  const phases = [NOW, OPENS - 1, OPENS, CLOSES - 1, CLOSES].map((now) => known && [phaseOf(known, now), nextTurn(known, now)]);
  expect(phases).toEqual([
    ['Approved', OPENS],
    ['Approved', OPENS],
    ['InWindow', CLOSES],
    ['InWindow', CLOSES],
    ['Over', undefined],
  ]);
});

const spec = fc.record(
  {
    approvedBy: fc.constantFrom('bo', 'cy'),
    description: fc.constantFrom('a', 'b'),
    window: fc.constantFrom(LATER.window, { from: at(OPENS), to: at(CLOSES) }),
    outcome: fc.constantFrom(OUTCOME.outcome, { success: false, by: 'bo' }),
    adjustFigures: fc.boolean(),
  },
  { requiredKeys: [] },
);
const step = fc.tuple(
  fc.integer({ min: 0, max: 6 }),
  fc.oneof(spec, fc.constant('gone' as const)),
  fc.constantFrom('u-1', 'u-2'),
);

test('whatever happens, nothing is recorded twice, and no approval is dated before it was on record', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      let now = NOW;
      let known: KnownChange | undefined;
      for (const [hours, given, uid] of steps) {
        now += hours * HOUR;
        const next = (): ReturnType<typeof changeDeleted> =>
          given === 'gone' ? (known ? changeDeleted(known, now) : []) : changeRecords(known, change(given, uid), now);
        const recorded = next();
        for (const body of recorded) known = changeAfter(known, body, now);
        expect(next()).toEqual([]);
        if (recorded.some(({ event }) => event === 'Approved')) expect(known?.approval?.at).toBe(now);
        if (known?.approval && isInTime(known.approval)) expect(known.approval.at).toBeLessThan(known.approval.window.from);
      }
    }),
  );
});
