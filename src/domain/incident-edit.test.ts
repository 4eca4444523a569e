import type { IncidentSpec } from '../api/incident.ts';
import { edited, type IncidentEdit } from './incident-edit.ts';

const SPEC: IncidentSpec = { service: 'shop', title: 'Payments are stuck', reporter: 'ada' };
const RESOLUTION = { cause: 'a full disk', measures: 'a larger one', prevention: 'an alert' };
const RESOLVED: IncidentSpec = { ...SPEC, state: 'Resolved', resolution: RESOLUTION, resolver: 'ada' };
const DISMISSED: IncidentSpec = { ...SPEC, state: 'Dismissed', dismissal: { author: 'ada', reason: 'a drill' } };
const SUSPECTED: IncidentSpec = { ...SPEC, state: 'Suspected' };
const SAID: IncidentSpec = { ...SPEC, updates: [{ id: 4, author: 'ada', audience: 'customers', text: 'We look.' }] };
const MANY = Array.from({ length: 200 }, (_, at) => ({ id: at + 1, author: 'bo', audience: 'internal', text: `${at}` }));

const update = (text: string, audience = 'customers'): IncidentEdit => ({ kind: 'Update', audience, text });
const resolve: IncidentEdit = { kind: 'Resolve', resolution: RESOLUTION };
const dismiss: IncidentEdit = { kind: 'Dismiss', reason: 'a drill' };

test.each(
  Object.entries({
    'an update is added under the next number': [
      SAID,
      update('Fixed soon.'),
      { updates: [...(SAID.updates ?? []), { id: 5, author: 'ada', audience: 'customers', text: 'Fixed soon.' }] },
    ],
    'the first update has number 1': [
      SPEC,
      update('Hm.'),
      { updates: [{ id: 1, author: 'ada', audience: 'customers', text: 'Hm.' }] },
    ],
    'the same words twice are said once': [SAID, update('We look.'), 'Same'],
    'the same words for another audience are another update': [
      SAID,
      update('We look.', 'internal'),
      { updates: [{}, { id: 5 }] },
    ],
    'no incident takes more than 200 updates': [{ ...SPEC, updates: MANY }, update('more'), 'Full'],
    'what is over takes an update still': [RESOLVED, update('All is well.'), { state: 'Resolved', updates: [{ id: 1 }] }],
    'an incident is resolved': [SPEC, resolve, { state: 'Resolved', resolution: RESOLUTION, resolver: 'ada', reporter: 'ada' }],
    'a suspicion too': [SUSPECTED, resolve, { state: 'Resolved' }],
    'resolving twice in the same words is once': [RESOLVED, resolve, 'Same'],
    'what another one resolved can not be resolved': [{ ...RESOLVED, resolver: 'bo' }, resolve, 'Impossible Resolved'],
    'what was dismissed can not be resolved': [DISMISSED, resolve, 'Impossible Dismissed'],
    'a suspicion is dismissed': [SUSPECTED, dismiss, { state: 'Dismissed', dismissal: { author: 'ada', reason: 'a drill' } }],
    'dismissing twice in the same words is once': [DISMISSED, dismiss, 'Same'],
    'what is resolved can not be dismissed': [RESOLVED, dismiss, 'Impossible Resolved'],
    'a suspicion is confirmed': [SUSPECTED, { kind: 'Confirm' }, { state: 'Open' }],
    'what is open is confirmed already': [SPEC, { kind: 'Confirm' }, 'Same'],
    'what is over is not confirmed': [DISMISSED, { kind: 'Confirm' }, 'Impossible Dismissed'],
    'a suspicion can not be opened again': [SUSPECTED, { kind: 'Reopen' }, 'Impossible Suspected'],
    'what is open is opened already': [SPEC, { kind: 'Reopen' }, 'Same'],
    'a resolution is acknowledged by an audience': [
      RESOLVED,
      { kind: 'Acknowledge', audience: 'authority' },
      { acknowledgements: [{ audience: 'authority', by: 'ada' }] },
    ],
    'twice is once': [
      { ...RESOLVED, acknowledgements: [{ audience: 'authority', by: 'ada' }] },
      { kind: 'Acknowledge', audience: 'authority' },
      'Same',
    ],
    'what goes on has no resolution to acknowledge': [SPEC, { kind: 'Acknowledge', audience: 'authority' }, 'Impossible Open'],
  } as const satisfies Record<string, readonly [IncidentSpec, IncidentEdit, object | string]>),
)('%s', (_sentence, [spec, edit, wanted]) => {
  const result = edited(spec, edit, 'ada');
  if (result.kind === 'Changed') expect(result.spec).toMatchObject(wanted as object);
  else expect(result.kind === 'Impossible' ? `${result.kind} ${result.state}` : result.kind).toBe(wanted);
});

test('what is opened again says nothing of how it ended', () => {
  const acknowledged = { ...RESOLVED, acknowledgements: [{ audience: 'authority', by: 'eve' }] };
  for (const over of [acknowledged, DISMISSED])
    expect(edited(over, { kind: 'Reopen' }, 'ada')).toEqual({ kind: 'Changed', spec: { ...SPEC, state: 'Open' } });
});
