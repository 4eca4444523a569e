import type { RecordsEvidence } from '../api/evidence-kinds.ts';
import type { RecordContent } from './fold.ts';
import { brokenAt, itemsAfter, type OwnItem } from './own-records.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = 1_790_000_000_000;

type Body<K extends RecordContent['kind']> = Extract<RecordContent, { kind: K }>['body'];

/** The items after these records. */
function itemsOf(records: readonly RecordContent[]): OwnItem[] {
  const items = new Map<string, OwnItem>();
  for (const record of records) {
    for (const item of itemsAfter(record, (of, id) => items.get(`${of}/${id}`))) items.set(`${item.of}/${item.id}`, item);
  }
  return [...items.values()];
}

function incident(
  change: Body<'IncidentChanged'>['change'],
  at: number,
  more: Partial<Body<'IncidentChanged'>> = {},
): RecordContent {
  const common = { incident: 'stuck', uid: 'u', title: 'Stuck', by: 'ada', severity: 'high', state: 'Open' } as const;
  return { kind: 'IncidentChanged', body: { ...common, change, at, ...more } };
}

function delivery(phase: Body<'Delivery'>['phase'], at: number, more: Partial<Body<'Delivery'>> = {}): RecordContent {
  const common = {
    id: 'ab'.repeat(32),
    channel: 'c',
    audience: 'customers',
    story: 'stuck',
    stories: ['stuck'],
    state: 1,
    ended: false,
  };
  return { kind: 'Delivery', body: { ...common, phase, at, action: 'Post', ...more } };
}

const opened = (from: number, id = 'D'): RecordContent => ({
  kind: 'DeviationOpened',
  body: { criterion: 'up', id, from, at: from + MINUTE, reopened: false },
});
const closed = (to: number, reason: Body<'DeviationClosed'>['reason'], id = 'D'): RecordContent => ({
  kind: 'DeviationClosed',
  body: { criterion: 'up', id, from: START, to, at: to + MINUTE, reason, unknownMs: 0, suspendedMs: 0 },
});
const due = (audience: string, at: number, id = 'D'): RecordContent => ({
  kind: 'Notified',
  body: { criterion: 'up', notice: 'EscalationDue', phase: 'Intent', audience, deviation: id, at, late: false, message: '' },
});

const dueEnd = (audience: string, at: number, id: string): RecordContent => ({
  kind: 'Notified',
  body: { criterion: 'up', notice: 'DeviationEnded', phase: 'Intent', audience, deviation: id, at, late: false, message: '' },
});

function found(change: Body<'FindingChanged'>['change'], at: number, more: Partial<Body<'FindingChanged'>> = {}): RecordContent {
  const common = { finding: 'stuck', uid: 'u', title: 'Stuck', type: 'Finding', state: 'Open', due: START + DAY } as const;
  return { kind: 'FindingChanged', body: { ...common, change, at, ...more } };
}

const answered: RecordsEvidence = { of: 'Finding', require: 'answered' };
const closedFinding: RecordsEvidence = { of: 'Finding', require: 'closed', within: '7d' };
const told: RecordsEvidence = { of: 'Incident', require: 'toldTo', audience: 'customers', within: '1h' };
const resolved: RecordsEvidence = { of: 'Incident', require: 'resolved', within: '1d' };
const RESOLUTION = { state: 'Resolved', resolution: { cause: 'c', measures: 'm', prevention: 'p' } } as const;

const cases: Record<string, { records: RecordContent[]; demand: RecordsEvidence; now: number; want: number }> = {
  'nothing on record breaks nothing': { records: [], demand: resolved, now: START, want: 0 },
  'there is time left': { records: [incident('Opened', START)], demand: resolved, now: START + DAY - 1, want: 0 },
  'the time is over': { records: [incident('Opened', START)], demand: resolved, now: START + DAY, want: 1 },
  'what is still not done counts for ever': {
    records: [incident('Opened', START)],
    demand: resolved,
    now: START + 400 * DAY,
    want: 1,
  },
  'done in the last moment': {
    records: [incident('Opened', START), incident('Resolved', START + DAY, RESOLUTION)],
    ...{ demand: resolved, now: START + 2 * DAY, want: 0 },
  },
  'too late counts for the window': {
    records: [incident('Opened', START), incident('Resolved', START + DAY + 1, RESOLUTION)],
    ...{ demand: resolved, now: START + 31 * DAY - 1, want: 1 },
  },
  'and then no more': {
    records: [incident('Opened', START), incident('Resolved', START + DAY + 1, RESOLUTION)],
    ...{ demand: resolved, now: START + 31 * DAY, want: 0 },
  },
  'a suspicion that was dismissed breaks nothing': {
    records: [incident('Opened', START, { state: 'Suspected' }), incident('Dismissed', START + 2 * DAY, { state: 'Dismissed' })],
    ...{ demand: resolved, now: START + 3 * DAY, want: 0 },
  },
  'one that goes on again is not resolved': {
    records: [incident('Opened', START), incident('Resolved', START + HOUR, RESOLUTION), incident('Reopened', START + 2 * HOUR)],
    ...{ demand: resolved, now: START + DAY, want: 1 },
  },
  'classified is who has a category, from the first one on': {
    records: [
      incident('Opened', START),
      incident('Changed', START + HOUR, { category: 'Malware' }),
      incident('Changed', START + 3 * HOUR, { category: 'Other' }),
    ],
    ...{ demand: { of: 'Incident', require: 'classified', within: '1h' }, now: START + DAY, want: 0 },
  },
  'prioritised too late': {
    records: [incident('Opened', START), incident('Changed', START + 2 * HOUR, { priority: 'P1' })],
    ...{ demand: { of: 'Incident', require: 'prioritised', within: '1h' }, now: START + DAY, want: 1 },
  },
  'told in time': {
    records: [incident('Opened', START), delivery('Attempted', START + MINUTE), delivery('Delivered', START + 2 * MINUTE)],
    ...{ demand: told, now: START + DAY, want: 0 },
  },
  'tried is not told': {
    records: [incident('Opened', START), delivery('Attempted', START + MINUTE)],
    ...{ demand: told, now: START + DAY, want: 1 },
  },
  'told to others is not told': {
    records: [incident('Opened', START), delivery('Delivered', START + MINUTE, { audience: 'authority' })],
    ...{ demand: told, now: START + DAY, want: 1 },
  },
  'told with others in one message': {
    records: [incident('Opened', START), delivery('Delivered', START + MINUTE, { story: 'x', stories: ['x', 'stuck'] })],
    ...{ demand: told, now: START + DAY, want: 0 },
  },
  'the second message does not make the first one late': {
    records: [incident('Opened', START), delivery('Delivered', START + MINUTE), delivery('Delivered', START + DAY)],
    ...{ demand: told, now: START + 2 * DAY, want: 0 },
  },
  'what comes later is not known yet': {
    records: [incident('Opened', START), delivery('Delivered', START + 3 * HOUR)],
    ...{ demand: told, now: START + 2 * HOUR, want: 1 },
  },
  'acknowledgement is asked for from the resolution on': {
    records: [incident('Opened', START), incident('Resolved', START + 10 * DAY, RESOLUTION)],
    ...{
      demand: { of: 'Incident', require: 'acknowledged', audience: 'authority', within: '7d' },
      now: START + 17 * DAY - 1,
      want: 0,
    },
  },
  'acknowledged by somebody else is not acknowledged': {
    records: [
      incident('Resolved', START, RESOLUTION),
      incident('Acknowledged', START + DAY, { ...RESOLUTION, audience: 'customers' }),
    ],
    ...{
      demand: { of: 'Incident', require: 'acknowledged', audience: 'authority', within: '7d' },
      now: START + 8 * DAY,
      want: 1,
    },
  },
  'what was acknowledged before it went on again was not the resolution that stands': {
    records: [
      incident('Resolved', START, RESOLUTION),
      incident('Acknowledged', START + HOUR, { ...RESOLUTION, audience: 'authority' }),
      incident('Reopened', START + DAY),
      incident('Resolved', START + 2 * DAY, RESOLUTION),
    ],
    ...{
      demand: { of: 'Incident', require: 'acknowledged', audience: 'authority', within: '7d' },
      now: START + 9 * DAY,
      want: 1,
    },
  },
  'customers are told in time from the confirmation on': {
    records: [
      incident('Opened', START, { state: 'Suspected' }),
      incident('Confirmed', START + DAY),
      delivery('Delivered', START + DAY + HOUR),
    ],
    ...{ demand: told, now: START + 2 * DAY, want: 0 },
  },
  'the team is told in time from the suspicion on': {
    records: [
      incident('Opened', START, { state: 'Suspected' }),
      incident('Confirmed', START + DAY),
      delivery('Delivered', START + DAY + HOUR, { audience: 'internal' }),
    ],
    ...{ demand: { ...told, audience: 'internal' }, now: START + 2 * DAY, want: 1 },
  },
  'customers need not be told of a mere suspicion': {
    records: [incident('Opened', START, { state: 'Suspected' })],
    ...{ demand: told, now: START + DAY, want: 0 },
  },
  'an incident whose object was deleted goes on': {
    records: [incident('Opened', START), incident('Deleted', START + HOUR)],
    ...{ demand: resolved, now: START + 60 * DAY, want: 1 },
  },
  'the deviation of a criterion that was deleted and returned goes on': {
    records: [opened(START), closed(START + HOUR, 'CriterionDeleted'), opened(START)],
    ...{ demand: { of: 'Deviation', require: 'resolved', within: '1h', window: '1d' }, now: START + 60 * DAY, want: 1 },
  },
  'an evidence gap that ended counts for the window': {
    records: [due('authority', START, 'G'), dueEnd('authority', START + HOUR, 'G')],
    ...{ demand: { ...told, of: 'Deviation', audience: 'authority', window: '1d' }, now: START + 60 * DAY, want: 0 },
  },
  'and one that goes on still has to be told': {
    records: [due('authority', START, 'G')],
    ...{ demand: { ...told, of: 'Deviation', audience: 'authority', window: '1d' }, now: START + 60 * DAY, want: 1 },
  },
  acknowledged: {
    records: [
      incident('Resolved', START, RESOLUTION),
      incident('Acknowledged', START + DAY, { ...RESOLUTION, audience: 'authority' }),
    ],
    ...{
      demand: { of: 'Incident', require: 'acknowledged', audience: 'authority', within: '7d' },
      now: START + 8 * DAY,
      want: 0,
    },
  },
  'a deviation that was over before a step was due need not be told': {
    records: [opened(START), closed(START + 5 * MINUTE, 'Recovered')],
    ...{ demand: { ...told, of: 'Deviation' }, now: START + DAY, want: 0 },
  },
  'one that was due and not told': {
    records: [opened(START), due('customers', START + 15 * MINUTE), closed(START + 20 * MINUTE, 'Recovered')],
    ...{ demand: { ...told, of: 'Deviation' }, now: START + DAY, want: 1 },
  },
  'one that was due and told': {
    records: [
      opened(START),
      due('customers', START + 15 * MINUTE),
      delivery('Delivered', START + HOUR, { story: 'D', stories: ['D'] }),
    ],
    ...{ demand: { ...told, of: 'Deviation' }, now: START + DAY, want: 0 },
  },
  'a deviation that ended by an edit was not resolved': {
    records: [opened(START), closed(START + MINUTE, 'CriterionChanged')],
    ...{ demand: { of: 'Deviation', require: 'resolved', within: '1h' }, now: START + DAY, want: 1 },
  },
  'of a notice alone nothing is known to resolve': {
    records: [due('internal', START)],
    ...{ demand: { of: 'Deviation', require: 'resolved', within: '1h' }, now: START + DAY, want: 0 },
  },
  'a finding has until it is due': { records: [found('Raised', START)], demand: answered, now: START + DAY - 1, want: 0 },
  'a finding that is due and not answered': { records: [found('Raised', START)], demand: answered, now: START + DAY, want: 1 },
  'a finding that was answered in time': {
    records: [found('Raised', START), found('Answered', START + DAY), found('Answered', START + 2 * DAY)],
    ...{ demand: answered, now: START + 3 * DAY, want: 0 },
  },
  'a finding that was answered late counts for the window': {
    records: [found('Raised', START), found('Overdue', START + DAY), found('Answered', START + DAY + 1)],
    ...{ demand: answered, now: START + 31 * DAY - 1, want: 1 },
  },
  'a finding that got more time': {
    records: [found('Raised', START), found('Changed', START + HOUR, { due: START + 3 * DAY })],
    ...{ demand: answered, now: START + 2 * DAY, want: 0 },
  },
  'a finding that was closed needs no answer any more': {
    records: [found('Raised', START), found('Closed', START + HOUR, { state: 'Closed' })],
    ...{ demand: answered, now: START + 2 * DAY, want: 0 },
  },
  'a finding that is answered is not closed': {
    records: [found('Raised', START), found('Answered', START + HOUR)],
    ...{ demand: closedFinding, now: START + 7 * DAY, want: 1 },
  },
  'a finding that was closed in time': {
    records: [found('Raised', START), found('Closed', START + 6 * DAY, { state: 'Closed' })],
    ...{ demand: closedFinding, now: START + 8 * DAY, want: 0 },
  },
  'the time of a finding that was opened again runs anew': {
    records: [found('Raised', START), found('Closed', START + DAY), found('Reopened', START + 6 * DAY)],
    ...{ demand: closedFinding, now: START + 13 * DAY - 1, want: 0 },
  },
  'a finding that was opened again is not closed': {
    records: [found('Raised', START), found('Closed', START + DAY), found('Reopened', START + 6 * DAY)],
    ...{ demand: closedFinding, now: START + 13 * DAY, want: 1 },
  },
  'of a spot check nothing is demanded': {
    records: [found('Raised', START, { type: 'SpotCheck' })],
    ...{ demand: closedFinding, now: START + 30 * DAY, want: 0 },
  },
  'a finding whose object was deleted still counts': {
    records: [found('Raised', START), found('Deleted', START + HOUR)],
    ...{ demand: answered, now: START + DAY, want: 1 },
  },
  'a message about a finding tells nobody of an incident of its name': {
    records: [
      incident('Opened', START),
      found('Raised', START),
      delivery('Delivered', START + MINUTE, { story: 'shop/finding/stuck', stories: ['finding/stuck'] }),
    ],
    ...{ demand: told, now: START + DAY, want: 1 },
  },
  'messages of one audience': {
    records: [delivery('Attempted', START), delivery('Attempted', START, { id: 'cd'.repeat(32), audience: 'internal' })],
    ...{ demand: { of: 'Delivery', require: 'delivered', audience: 'internal', within: '5m' }, now: START + HOUR, want: 1 },
  },
  'a message that was refused was not delivered, and one that was withheld need not be': {
    records: [
      ...[delivery('Attempted', START), delivery('Rejected', START + MINUTE)],
      ...[delivery('Withheld', START, { id: 'cd'.repeat(32) })],
    ],
    ...{ demand: { of: 'Delivery', require: 'delivered', within: '5m' }, now: START + HOUR, want: 1 },
  },
};

test.each(Object.entries(cases))('%s', (_sentence, { records, demand, now, want }) => {
  expect(brokenAt(itemsOf(records), demand, now)).toBe(want);
});
