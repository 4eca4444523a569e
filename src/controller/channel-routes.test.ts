import type { NotificationChannelSpec } from '../api/channel.ts';
import type { CertificationCriterionSpec } from '../api/criterion.ts';
import type { Story } from '../notify/story.ts';
import { isDue, isForPlace, isNews, isRouted } from './channel-routes.ts';

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

test.each(
  Object.entries({
    'what goes on is news to a channel that was made later': { ended: undefined, createdAt: 5_000, want: true },
    'what is over is none': { ended: { at: 2_000, how: 'Recovered' }, createdAt: 5_000, want: false },
    'what was to be told after it was made is': { ended: { at: 2_000, how: 'Recovered' }, createdAt: 1_000, want: true },
  }),
)('%s', (_sentence, { ended, createdAt, want }) => {
  expect(isNews(story(ended ? { ended } : {}), 'internal', createdAt)).toBe(want);
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

test.each(
  Object.entries({
    'a change to which its time has come': { kind: 'Change', now: 1_000, want: true },
    'not one to which it has not': { kind: 'Change', now: 999, want: false },
    'anything else, by whatever clock it was dated': { kind: 'Deviation', now: 0, want: true },
  } as const),
)('an audience is told of %s', (_sentence, { kind, now, want }) => {
  expect(isDue(story({ kind }), 'customers', now)).toBe(want);
});
