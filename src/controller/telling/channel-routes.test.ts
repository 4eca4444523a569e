import type { NotificationChannel, NotificationChannelSpec } from '../../api/channel.ts';
import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { Story } from '../../notify/stories/story.ts';
import { digestOf, heldBy, isDigested, isDue, isForPlace, isNews, isRouted, isToldBy, tellsOfChannel } from './channel-routes.ts';

const told = { at: 1_000, late: false };
const story = (changed: Partial<Story> = {}): Story => ({
  ...{ id: 'D', kind: 'Deviation', namespace: 'web', service: 'shop', criterion: 'up', since: 0, firstSeq: 0 },
  ...{ standing: 'Failing', seen: '', history: [], addressed: { internal: told, customers: told } },
  ...changed,
});
const channel = (changed: Partial<NotificationChannelSpec> = {}): NotificationChannelSpec => ({
  ...{ audience: 'internal', namespaces: { from: 'All' } },
  ...changed,
});
const criterion = (changed: Partial<CertificationCriterionSpec> = {}): CertificationCriterionSpec => ({
  ...{ title: 'Up', service: 'shop', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
  evidence: [{ name: 'up', prometheus: { source: 'p', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  ...changed,
});
const logs = { name: 'lines', logs: { source: 'l', query: 'x' } };
const certified = { from: 'Selector', selector: { matchLabels: { certified: 'yes' } } } as const;
const customers = { audience: 'customers', services: ['sh*'], topics: ['Alerts'] } as Partial<NotificationChannelSpec>;

interface Case {
  readonly channel?: Partial<NotificationChannelSpec>;
  readonly story?: Partial<Story>;
  readonly criterion?: Partial<CertificationCriterionSpec>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly want: boolean;
}

const cases: Record<string, Case> = {
  'whoever is to be told': { want: true },
  'not whoever is not': { channel: { audience: 'authority' }, want: false },
  'of the services that are named': { channel: customers, want: true },
  'not of others': { channel: { ...customers, services: ['book?'] }, want: false },
  'of namespaces whose labels fit': { channel: { namespaces: certified }, labels: { certified: 'yes' }, want: true },
  'not of others, nor of those that are not known': { channel: { namespaces: certified }, want: false },
  'of the topics that are named': { channel: { ...customers, topics: ['Logs'] }, criterion: { evidence: [logs] }, want: true },
  'not of other topics': { channel: customers, criterion: { evidence: [logs] }, want: false },
  'incidents are a topic': {
    ...{ channel: { ...customers, topics: ['Incidents'] }, story: { kind: 'Incident', severity: 'low' } },
    want: true,
  },
  'changes are a topic, however severe they are': {
    ...{ channel: { ...customers, topics: ['Changes'], minimumSeverity: 'critical' }, story: { kind: 'Change' } },
    want: true,
  },
  'not of changes without it': { channel: customers, story: { kind: 'Change' }, want: false },
  'what is severe enough': { channel: { minimumSeverity: 'high' }, criterion: { severity: 'critical' }, want: true },
  'not what is less severe': { channel: { minimumSeverity: 'high' }, criterion: { severity: 'medium' }, want: false },
  'a criterion without a severity is medium': { channel: { minimumSeverity: 'medium' }, want: true },
  'an incident has its own severity': {
    ...{
      channel: { minimumSeverity: 'high' },
      story: { kind: 'Incident', severity: 'low' },
      criterion: { severity: 'critical' },
    },
    want: false,
  },
  'findings are a topic': {
    ...{ channel: { ...customers, topics: ['Findings'] }, story: { kind: 'Finding' } },
    want: true,
  },
  'not of findings, where they are not among the topics': { channel: customers, story: { kind: 'Finding' }, want: false },
  'what the authority finds, whatever severity is wanted': {
    ...{ channel: { minimumSeverity: 'critical' }, story: { kind: 'Finding' }, want: true },
  },
  'nobody hears of the objective of a dry run': { story: { kind: 'Notice' }, criterion: { mode: 'DryRun' }, want: false },
  'what was begun before the dry run is told to its end': { criterion: { mode: 'DryRun' }, want: true },
};

test.each(Object.entries(cases))('%s', (_sentence, { channel: spec, story: of, criterion: by, labels = {}, want }) => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web', labels } };
  const routing = { describe: () => criterion(by), namespace: () => (labels['certified'] ? namespace : undefined) };
  expect(isRouted(channel(spec), story(of), routing)).toBe(want);
});

describe('what a channel has begun to tell', () => {
  const withGrant = { describe: () => criterion({ severity: 'low' }), namespace: () => undefined };
  test.each(
    Object.entries({
      'is told to its end, though it is less severe by now': { spec: { minimumSeverity: 'high' }, want: true },
      'or of another topic': { spec: { ...customers, topics: ['Logs'] }, want: true },
      'not where the channel is for the service no more': { spec: { ...customers, namespaces: certified }, want: false },
      'nor to an audience that is not to be told': { spec: { audience: 'authority' }, want: false },
    } as Record<string, { spec: Partial<NotificationChannelSpec>; want: boolean }>),
  )('%s', (_sentence, { spec, want }) => {
    expect(isToldBy(channel(spec), story(), withGrant, () => true)).toBe(want);
    expect(isToldBy(channel(spec), story(), withGrant, () => false)).toBe(false);
  });
});

test.each(
  Object.entries({
    'what goes on is news to a channel that was made later': { ended: undefined, createdAt: 5_000, want: true },
    'what is over is none': { ended: { at: 2_000, how: 'Recovered' }, createdAt: 5_000, want: false },
    'what may still be held is': { hold: '5s', ended: { at: 2_000, how: 'Recovered' }, createdAt: 5_000, want: true },
    'nor what happened in a moment': { kind: 'Notice', ended: undefined, createdAt: 5_000, want: false },
    'what was to be told after it was made is': { ended: { at: 2_000, how: 'Recovered' }, createdAt: 1_000, want: true },
  } as Record<string, { kind?: Story['kind']; hold?: string; ended: Story['ended']; createdAt: number; want: boolean }>),
)('%s', (_sentence, { kind = 'Deviation', hold = '0s', ended, createdAt, want }) => {
  expect(isNews(story({ kind, ...(ended && { ended }) }), { audience: 'internal', hold }, createdAt)).toBe(want);
});

test.each(
  Object.entries({
    'a service that it names, whatever its topics': { spec: { ...customers, topics: ['Incidents'] }, want: true },
    'another service': { spec: { ...customers, services: ['books'] }, want: false },
    'a namespace that is not granted': { spec: { ...customers, namespaces: certified }, want: false },
  } as Record<string, { spec: Partial<NotificationChannelSpec>; want: boolean }>),
)('whether a channel is for %s', (_sentence, { spec, want }) => {
  expect(isForPlace(channel(spec), { namespace: 'web', service: 'shop' }, () => undefined)).toBe(want);
});

const named = (name: string, changed: Partial<NotificationChannelSpec>): NotificationChannel => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'NotificationChannel', metadata: { name } },
  spec: channel(changed),
});
const routing = { describe: () => criterion(), namespace: () => undefined };
const held = (hold?: string): Partial<NotificationChannelSpec> => ({ ...customers, ...(hold !== undefined && { hold }) });

describe('what is said to be held', () => {
  test.each(
    Object.entries({
      'is what its channel holds, until it goes out': { channels: [held('10m')], want: [[1_000 + 600_000, 600_000]] },
      'is nothing where no channel holds': { channels: [held()], want: [] },
      'is nothing where one of two tells at once': { channels: [held('10m'), held()], want: [] },
      'is until the first of two goes out': { channels: [held('10m'), held('5m')], want: [[1_000 + 300_000, 300_000]] },
      'is nothing of what is told in a digest': {
        channels: [{ ...held('10m'), digest: { every: '1h', below: 'high' } }],
        want: [],
      },
      'is nothing of what was withheld': {
        channels: [held('10m')],
        story: { withheld: { customers: { by: 'ann', reason: 'a drill', at: 0 } } },
        want: [],
      },
      'is nothing of an incident, of which people speak': { channels: [held('10m')], story: { kind: 'Incident' }, want: [] },
    } as Record<string, { channels: Partial<NotificationChannelSpec>[]; story?: Partial<Story>; want: number[][] }>),
  )('%s', (_sentence, { channels, story: of, want }) => {
    const found = heldBy(
      channels.map((spec, at) => named(`c${at}`, spec)),
      story(of),
      routing,
    );
    expect(found.map(({ untilMs, holdMs }) => [untilMs, holdMs])).toEqual(want);
    expect(found.every(({ audience }) => audience === 'customers')).toBe(true);
  });
});

const alertmanager = { urls: ['http://alertmanager:9093'] };
test.each(
  Object.entries({
    'the authority has a digest a day, of what else is on record': {
      spec: { audience: 'authority' },
      every: 86_400_000,
      is: false,
    },
    'customers have none': { spec: customers, every: undefined, is: false },
    'what is less severe than medium is told in it alone': {
      spec: { digest: { every: '6h' } },
      severity: 'low',
      every: 21_600_000,
      is: true,
    },
    'medium is not': { spec: { digest: { every: '6h' } }, severity: 'medium', every: 21_600_000, is: false },
    'unless it is to be': { spec: { digest: { every: '6h', below: 'high' } }, severity: 'medium', every: 21_600_000, is: true },
    'none comes more often than each hour': { spec: { digest: { every: '1s' } }, severity: 'low', every: 3_600_000, is: true },
    'Alertmanager has none': { spec: { digest: { every: '6h' }, alertmanager }, severity: 'low', every: undefined, is: false },
  } as Record<
    string,
    { spec: Partial<NotificationChannelSpec>; severity?: 'low' | 'medium'; every: number | undefined; is: boolean }
  >),
)('of digests: %s', (_sentence, { spec, severity = 'low', every, is }) => {
  expect(digestOf(channel(spec))?.everyMs).toBe(every);
  expect(isDigested(channel(spec), story(), { describe: () => criterion({ severity }) })).toBe(is);
});

describe('that a channel stopped is told', () => {
  const slack = (room: string): Partial<NotificationChannelSpec> => ({
    slack: { channel: room, tokenSecret: { name: 's', key: 't' } },
  });
  const matrix = { matrix: { url: 'https://m', room: '!r:m', tokenSecret: { name: 's', key: 't' } } };
  const stopped = story({ kind: 'Channel', channel: { name: 'stopped', platform: 'slack' } });
  const self = named('stopped', slack('C0'));
  test.each(
    Object.entries({
      'by the team on another platform': { channels: [self, named('a', slack('C1')), named('b', matrix)], want: ['b'] },
      'on the same one where there is no other': { channels: [self, named('a', slack('C1'))], want: ['a'] },
      'never by itself': { channels: [self], want: [] },
      'never to others than the team': { channels: [self, named('a', { ...customers, ...matrix })], want: [] },
      'not in a room of one service': {
        channels: [self, named('a', slack('#{service}-ops')), named('b', slack('C2'))],
        want: ['b'],
      },
    }),
  )('%s', (_sentence, { channels, want }) => {
    const told = channels.filter((each) => tellsOfChannel(each, stopped, channels));
    expect(told.map(({ metadata }) => metadata.name)).toEqual(want);
  });
});

test.each(
  Object.entries({
    'a change to which its time has come': { kind: 'Change', now: 1_000, want: true },
    'not one to which it has not': { kind: 'Change', now: 999, want: false },
    'anything else, by whatever clock it was dated': { kind: 'Deviation', now: 0, want: true },
  } as const),
)('an audience is told of %s', (_sentence, { kind, now, want }) => {
  expect(isDue(story({ kind }), 'customers', now)).toBe(want);
});
