import fc from 'fast-check';

import type { Incident, IncidentSpec } from '../api/incident.ts';
import { incidentAfter, incidentChanges, incidentDeleted, type KnownIncident, MOST_ENTRIES } from './incident.ts';

const NOW = 1_790_000_000_000;
const RESOLUTION = { cause: 'A full disk.', measures: 'Files were removed.', prevention: 'The disk is watched.' };

const incident = (spec: Partial<IncidentSpec> = {}, uid = 'u-1'): Incident => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'Incident' },
  metadata: { name: 'stuck', namespace: 'shop', uid },
  spec: { service: 'shop', title: 'Payments are stuck', ...spec },
});

/** What is known after the object looked like each of these, one after the other. */
function known(...specs: readonly Partial<IncidentSpec>[]): KnownIncident | undefined {
  let after: KnownIncident | undefined;
  specs.forEach((spec, index) => {
    for (const body of incidentChanges(after, incident(spec), NOW + index)) after = incidentAfter(after, body);
  });
  return after;
}

const RESOLVED = { state: 'Resolved', resolution: RESOLUTION } as const;
const READ = { ...RESOLVED, acknowledgements: [{ audience: 'authority', by: 'eve' }] };

const update = (id: number, audience: string, text = `update ${id}`) => ({ id, author: 'ada', audience, text });

const cases: Record<
  string,
  { before: Partial<IncidentSpec>[]; spec: Partial<IncidentSpec>; want: [change: string, state: string][] }
> = {
  'a person opens one': { before: [], spec: { reporter: 'ada' }, want: [['Opened', 'Open']] },
  'it opens by itself as a suspicion': { before: [], spec: { state: 'Suspected' }, want: [['Opened', 'Suspected']] },
  'what is on record is not recorded again': {
    before: [{ updates: [update(1, 'internal')] }],
    spec: { updates: [update(1, 'internal')] },
    want: [],
  },
  'a suspicion is confirmed': { before: [{ state: 'Suspected' }], spec: { state: 'Open' }, want: [['Confirmed', 'Open']] },
  'a suspicion is dismissed': {
    before: [{ state: 'Suspected' }],
    spec: { state: 'Dismissed', dismissal: { author: 'ada', reason: 'a test' } },
    want: [['Dismissed', 'Dismissed']],
  },
  'a suspicion is resolved at once': {
    before: [{ state: 'Suspected' }],
    spec: { state: 'Resolved', resolution: RESOLUTION },
    want: [
      ['Confirmed', 'Open'],
      ['Resolved', 'Resolved'],
    ],
  },
  'everything at once, in order': {
    before: [],
    spec: {
      ...{ state: 'Resolved', resolution: RESOLUTION, resolver: 'bo', updates: [update(1, 'customers')] },
      acknowledgements: [{ audience: 'authority', by: 'eve' }],
    },
    want: [
      ['Opened', 'Open'],
      ['Updated', 'Open'],
      ['Resolved', 'Resolved'],
      ['Acknowledged', 'Resolved'],
    ],
  },
  'it goes on after its end': {
    before: [{ state: 'Resolved', resolution: RESOLUTION }],
    spec: { state: 'Open' },
    want: [['Reopened', 'Open']],
  },
  'a severity is raised': { before: [{ severity: 'low' }], spec: { severity: 'critical' }, want: [['Changed', 'Open']] },
  'the default severity is no change': { before: [{}], spec: { severity: 'medium' }, want: [] },
  'a category that is taken away was said all the same': { before: [{ category: 'Malware' }], spec: {}, want: [] },
  'an update that is taken away too, and the next one is new': {
    before: [{ updates: [update(1, 'internal')] }],
    spec: { updates: [update(2, 'authority')] },
    want: [['Updated', 'Open']],
  },
  'another word under the number of one that was taken away is new': {
    before: [{ updates: [update(1, 'internal')] }, {}],
    spec: { updates: [update(1, 'internal', 'I never said that')] },
    want: [['Updated', 'Open']],
  },
  'the same word for somebody else is new': {
    before: [{ updates: [update(1, 'internal')] }, {}],
    spec: { updates: [update(1, 'customers')] },
    want: [['Updated', 'Open']],
  },
  'an acknowledgement is put on record once': { before: [READ], spec: READ, want: [] },
  'what was read before it went on again has to be read again': {
    before: [READ, {}],
    spec: READ,
    want: [
      ['Resolved', 'Resolved'],
      ['Acknowledged', 'Resolved'],
    ],
  },
  'reopened and resolved anew between two looks': {
    before: [{ state: 'Dismissed', dismissal: { author: 'ada', reason: 'a test' } }],
    spec: READ,
    want: [
      ['Reopened', 'Open'],
      ['Resolved', 'Resolved'],
      ['Acknowledged', 'Resolved'],
    ],
  },
  'resolved otherwise, after it went on for a while in which nobody looked': {
    before: [READ],
    spec: { ...READ, resolution: { ...RESOLUTION, cause: 'A cable.' } },
    want: [
      ['Reopened', 'Open'],
      ['Resolved', 'Resolved'],
      ['Acknowledged', 'Resolved'],
    ],
  },
  'resolved by somebody else meanwhile': {
    before: [RESOLVED],
    spec: { ...RESOLVED, resolver: 'bo' },
    want: [
      ['Reopened', 'Open'],
      ['Resolved', 'Resolved'],
    ],
  },
  'dismissed for another reason meanwhile': {
    before: [{ state: 'Dismissed', dismissal: { author: 'ada', reason: 'a test' } }],
    spec: { state: 'Dismissed', dismissal: { author: 'ada', reason: 'a drill' } },
    want: [
      ['Reopened', 'Open'],
      ['Dismissed', 'Dismissed'],
    ],
  },
  'nobody has read a resolution that there is not': {
    before: [{}],
    spec: { acknowledgements: READ.acknowledgements },
    want: [],
  },
  'one that somebody has looked at is no suspicion again': {
    before: [{}],
    spec: { state: 'Suspected', updates: [update(1, 'internal')] },
    want: [['Updated', 'Open']],
  },
  'one that goes on after its end is no suspicion either': {
    before: [RESOLVED],
    spec: { state: 'Suspected' },
    want: [['Reopened', 'Open']],
  },
  'an incident that was none': {
    before: [{}],
    spec: { state: 'Dismissed', dismissal: { author: 'ada', reason: 'a test' } },
    want: [['Dismissed', 'Dismissed']],
  },
};

test.each(Object.entries(cases))('%s', (_sentence, { before, spec, want }) => {
  const changes = incidentChanges(known(...before), incident(spec), NOW);
  expect(changes.map(({ change, state }) => [change, state])).toEqual(want);
});

test.each([
  ['internal', { internalNote: 'update 1' }],
  ['authority', { note: 'update 1' }],
  ['customers', { words: 'update 1' }],
  ['partners', { words: 'update 1' }],
])('an update for %s is read by them and whoever is nearer', (audience, want) => {
  const [, body] = incidentChanges(undefined, incident({ updates: [update(1, audience)] }), NOW);
  const { words, note, internalNote } = body ?? {};
  expect(JSON.parse(JSON.stringify({ words, note, internalNote }))).toEqual(want);
});

test('an object that is gone is on record once, and its return is a change', () => {
  const before = known({})!;
  const [gone] = incidentDeleted(before, NOW);
  expect(gone).toMatchObject({ change: 'Deleted', state: 'Open' });
  const after = incidentAfter(before, gone!);
  expect(incidentDeleted(after, NOW)).toEqual([]);
  expect(incidentChanges(after, incident(), NOW)).toMatchObject([{ change: 'Changed', state: 'Open' }]);
});

test('the end stands as it first was, and its timeline is bounded', () => {
  const resolved = { state: 'Resolved', resolution: RESOLUTION } as const;
  const many = Array.from({ length: 100 }, (_, index) => update(index + 1, 'internal'));
  const after = known({}, resolved, { ...resolved, updates: many });
  expect(after).toMatchObject({ openedAt: NOW, endedAt: NOW + 1 });
  expect(after?.timeline).toHaveLength(MOST_ENTRIES);
  expect(known({}, resolved, {})?.endedAt).toBeUndefined();
});

test('an object that was made anew goes on with the incident: what it says again is not said again', () => {
  const spec = { updates: [update(1, 'customers')] };
  const before = known(spec)!;
  const changes = incidentChanges(before, incident(spec, 'u-2'), NOW + 1);
  expect(changes.map(({ change, uid }) => [change, uid])).toEqual([
    ['Deleted', 'u-1'],
    ['Changed', 'u-2'],
  ]);
  const after = changes.reduce(incidentAfter, before);
  expect(after).toMatchObject({ openedAt: NOW, isDeleted: false, latest: { state: 'Open' } });
  expect(after.timeline.map(({ change }) => change)).toEqual(['Deleted', 'Changed']);
  expect(incidentChanges(after, incident(spec, 'u-2'), NOW + 2)).toEqual([]);
});

test('a resolved one that is made anew as open goes on again', () => {
  const changes = incidentChanges(known({}, RESOLVED), incident({}, 'u-2'), NOW);
  expect(changes.map(({ change }) => change)).toEqual(['Deleted', 'Changed', 'Reopened']);
});

const author = fc.constantFrom('ada', 'bo');
const audience = fc.constantFrom('internal', 'authority', 'customers');
const anySpec: fc.Arbitrary<Partial<IncidentSpec>> = fc.record(
  {
    state: fc.constantFrom('Suspected' as const, 'Open' as const, 'Resolved' as const, 'Dismissed' as const),
    severity: fc.constantFrom('low' as const, 'high' as const),
    category: fc.constantFrom('Malware', 'Other'),
    priority: fc.constantFrom('P1' as const, 'P2' as const),
    updates: fc.uniqueArray(
      fc.record({ id: fc.integer({ min: 1, max: 4 }), author, audience, text: fc.constantFrom('a', 'b') }),
      {
        selector: ({ id }) => id,
      },
    ),
    acknowledgements: fc.array(fc.record({ audience, by: author }), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
/** With what the CRD asks for beside the state. */
const whole = (spec: Partial<IncidentSpec>): Partial<IncidentSpec> => ({
  ...spec,
  ...(spec.state === 'Resolved' && { resolution: { ...RESOLUTION, cause: spec.category ?? 'A full disk.' } }),
  ...(spec.state === 'Dismissed' && { dismissal: { author: 'ada', reason: 'a test' } }),
});
const life = fc.array(fc.tuple(anySpec.map(whole), fc.constantFrom('u-1', 'u-2')), { minLength: 1, maxLength: 8 });

test('whatever an object looks like, all that it says is on record after one look, and is never taken back', () => {
  fc.assert(
    fc.property(life, (looks) => {
      let before: KnownIncident | undefined;
      looks.forEach(([spec, uid], index) => {
        const object = incident(spec, uid);
        const at = NOW + index;
        const after = incidentChanges(before, object, at).reduce<KnownIncident | undefined>(incidentAfter, before)!;
        expect(incidentChanges(after, object, at + 1)).toEqual([]);
        expect(after.openedAt).toBe(NOW);
        const wanted = spec.state ?? 'Open';
        // Only a suspicion that somebody has looked at does not come back.
        expect(after.latest.state).toBe(wanted === 'Suspected' && before && before.latest.state !== wanted ? 'Open' : wanted);
        expect([...(before?.updates ?? [])].every((each) => after.updates.has(each))).toBe(true);
        before = after;
      });
    }),
  );
});
