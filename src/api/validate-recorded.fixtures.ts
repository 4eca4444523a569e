/** Manifests of what people put on record, and of criteria that judge records; beside those of `validate.fixtures.ts`. */
import { type BadManifest, criterion, type Draft, type GoodManifest } from './validate.fixtures.ts';

export const incident = (spec: object = {}): Draft => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'Incident',
  metadata: { name: 'payments-stuck', namespace: 'shop' },
  spec: { service: 'shop', title: 'Payments are stuck', ...spec },
});

const RESOLVED = {
  state: 'Resolved',
  resolution: { cause: 'A full disk.', measures: 'Files were removed.', prevention: 'The disk is watched.' },
};
const UPDATE = { id: 1, author: 'ada', audience: 'customers', text: 'We are working on it.' };

export const change = (spec: object = {}): Draft => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'ChangeRecord',
  metadata: { name: 'new-disk', namespace: 'shop' },
  spec: {
    ...{
      service: 'shop',
      owner: 'team-shop',
      initiator: 'team-storage',
      reason: 'The disk is full.',
      description: 'A new disk.',
    },
    ...{ category: 'Regular', risk: 'Low', requestedBy: 'ada' },
    window: { from: '2026-12-01T22:00:00Z', to: '2026-12-02T00:00:00+01:00' },
    ...spec,
  },
});
const APPROVED = { approvedBy: 'bo' };
const LONGER = { window: { from: '2026-12-01T22:00:00Z', to: '2026-12-02T05:00:00Z' } };

export const comment = (spec: object = {}): Draft => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'DeviationComment',
  metadata: { name: 'known-cause', namespace: 'shop' },
  spec: { service: 'shop', criterion: 'shop-availability', kind: 'Cause', text: 'The disk was full.', author: 'ada', ...spec },
});

export const records = (demand: object): Draft =>
  criterion({ evidence: [{ name: 'up', records: { of: 'Incident', require: 'resolved', within: '1d', ...demand } }] });
const RECORDS = 'spec.evidence[0].records';

/** Of what people put on record, and of criteria that judge records. */
export const BAD_RECORDED: Readonly<Record<string, BadManifest>> = {
  'a classified deviation': { object: records({ of: 'Deviation', require: 'classified' }), fields: [RECORDS] },
  'a delivered incident': { object: records({ require: 'delivered' }), fields: [RECORDS] },
  'a delivery that is resolved': { object: records({ of: 'Delivery' }), fields: [RECORDS] },
  'told to nobody': { object: records({ require: 'toldTo' }), fields: [RECORDS] },
  'acknowledged by nobody': { object: records({ require: 'acknowledged' }), fields: [RECORDS] },
  'resolved for an audience': { object: records({ audience: 'customers' }), fields: [RECORDS] },
  'records without a time': { object: records({ within: null }), fields: [`${RECORDS}.within`] },
  'an approval within a time': { object: records({ of: 'Change', require: 'approved' }), fields: [`${RECORDS}.within`] },
  'an approved incident': { object: records({ require: 'approved', within: undefined }), fields: [RECORDS] },
  'records within no time': { object: records({ within: '0s' }), fields: [`${RECORDS}.within`] },
  'a resolution of what is open': { object: incident({ ...RESOLVED, state: 'Open' }), fields: ['spec'] },
  'resolved without a word': { object: incident({ state: 'Resolved' }), fields: ['spec'] },
  'a resolution without prevention': {
    object: incident({ ...RESOLVED, resolution: { ...RESOLVED.resolution, prevention: undefined } }),
    fields: ['spec.resolution.prevention'],
  },
  'dismissed without a reason': { object: incident({ state: 'Dismissed' }), fields: ['spec'] },
  'a resolver of what is open': { object: incident({ resolver: 'ada' }), fields: ['spec'] },
  'an acknowledgement of what is open': {
    object: incident({ acknowledgements: [{ audience: 'authority', by: 'eve' }] }),
    fields: ['spec'],
  },
  'an update without a number': { object: incident({ updates: [{ ...UPDATE, id: undefined }] }), fields: ['spec.updates[0].id'] },
  'two updates of one number': { object: incident({ updates: [UPDATE, UPDATE] }), fields: ['spec.updates[1]'] },
  'another service of an incident': { object: incident({ service: 'till' }), old: incident(), fields: ['spec.service'] },
  'an update that says something else now': {
    object: incident({ updates: [{ ...UPDATE, text: 'All is well.' }] }),
    old: incident({ updates: [UPDATE] }),
    fields: ['spec.updates[0]'],
  },
  'an update that is taken back': {
    object: incident({ updates: [{ ...UPDATE, id: 2 }] }),
    old: incident({ updates: [UPDATE] }),
    fields: ['spec.updates'],
  },
  'all updates taken back': { object: incident(), old: incident({ updates: [UPDATE] }), fields: ['spec.updates'] },
  'a change without a cause': { object: change({ reason: undefined }), fields: ['spec'] },
  'a window that closes before it opens': {
    object: change({ window: { from: '2026-12-02T00:00:00Z', to: '2026-12-02T00:30:00+01:00' } }),
    fields: ['spec.window'],
  },
  'a change that is approved by who asks for it': { object: change({ approvedBy: 'ada' }), fields: ['spec.approvedBy'] },
  'a category of no change': { object: change({ category: 'Urgent' }), fields: ['spec.category'] },
  'a longer window of what is approved': { object: change({ ...APPROVED, ...LONGER }), old: change(APPROVED), fields: ['spec'] },
  'another text for customers of what is approved': {
    object: change({ ...APPROVED, tellCustomers: { text: 'All is well.' } }),
    old: change({ ...APPROVED, tellCustomers: { text: 'The shop is closed.' } }),
    fields: ['spec'],
  },
  'hosts of what is approved': { object: change({ ...APPROVED, hosts: ['a'] }), old: change(APPROVED), fields: ['spec'] },
  'somebody else who asks for a change': {
    object: change({ requestedBy: 'cy' }),
    old: change(),
    fields: ['spec.requestedBy'],
  },
  'another service of a change': { object: change({ service: 'till' }), old: change(), fields: ['spec.service'] },
  'an outcome that nobody says': { object: change({ outcome: { success: true } }), fields: ['spec.outcome.by'] },
  'another word in a comment': { object: comment({ text: 'It was nothing.' }), old: comment(), fields: ['spec'] },
  'a comment of nobody': { object: comment({ author: undefined }), fields: ['spec.author'] },
  'a suspicion that comes back': { object: incident({ state: 'Suspected' }), old: incident(), fields: ['spec.state'] },
  'another reporter': { object: incident({ reporter: 'bo' }), old: incident({ reporter: 'ada' }), fields: ['spec'] },
  'a reporter afterwards': { object: incident({ reporter: 'bo' }), old: incident(), fields: ['spec'] },
  'another origin': {
    object: incident({ origin: { rule: 'Shell' } }),
    old: incident({ origin: { rule: 'Terminal' } }),
    fields: ['spec'],
  },
  'another resolution of what is resolved': {
    object: incident({ ...RESOLVED, resolution: { ...RESOLVED.resolution, cause: 'Nobody knows.' } }),
    old: incident(RESOLVED),
    fields: ['spec.resolution'],
  },
  'another resolver of what is resolved': {
    object: incident({ ...RESOLVED, resolver: 'bo' }),
    old: incident({ ...RESOLVED, resolver: 'ada' }),
    fields: ['spec.resolver'],
  },
  'another reason of what is dismissed': {
    object: incident({ state: 'Dismissed', dismissal: { author: 'ada', reason: 'Nothing happened.' } }),
    old: incident({ state: 'Dismissed', dismissal: { author: 'ada', reason: 'A test.' } }),
    fields: ['spec.dismissal'],
  },
};

/** Of what people put on record, and of criteria that judge records. */
export const GOOD_RECORDED: Readonly<Record<string, GoodManifest>> = {
  'records of incidents': { object: records({ window: '90d' }) },
  'records of deviations, for an audience': { object: records({ of: 'Deviation', require: 'toldTo', audience: 'customers' }) },
  'records of changes': { object: records({ of: 'Change', require: 'approved', within: undefined, window: '90d' }) },
  'records of deliveries to all': { object: records({ of: 'Delivery', require: 'delivered' }) },
  'records of deliveries to one audience': {
    object: records({ of: 'Delivery', require: 'delivered', audience: 'customers' }),
  },
  'a plain change': { object: change() },
  'a change with everything': {
    object: change({
      ...{ ...APPROVED, id: 'CHG-7', ticket: 'SHOP-1234', hosts: ['shop-1', 'shop-2'], adjustFigures: true },
      tellCustomers: { before: '2d', text: 'The shop is closed for two hours.' },
      outcome: { success: true, text: 'It went well.', by: 'ada' },
    }),
  },
  'a change that is approved': { object: change(APPROVED), old: change() },
  'an approval that is taken back, and a longer window': { object: change(LONGER), old: change(APPROVED) },
  'the same window in other words': {
    object: change({ ...APPROVED, window: { from: '2026-12-01T22:00:00Z', to: '2026-12-01T23:00:00Z' } }),
    old: change(APPROVED),
  },
  'what came of an approved change': {
    object: change({ ...APPROVED, outcome: { success: false, by: 'cy' } }),
    old: change(APPROVED),
  },
  'a comment on a deviation': { object: comment({ deviation: 'of-it' }) },
  'a comment applied twice': { object: comment(), old: comment() },
  'a plain incident': { object: incident() },
  'an incident with everything': {
    object: incident({
      ...RESOLVED,
      ...{ severity: 'high', reporter: 'ada', resolver: 'ada', category: 'Availability', priority: 'P1', updates: [UPDATE] },
      origin: { criterion: 'shop-availability', deviation: 'of-it', rule: 'Shell', workload: 'shop/front' },
      acknowledgements: ['eve', 'frank'].map((by) => ({ audience: 'authority', by })),
    }),
  },
  'another update': { object: incident({ updates: [UPDATE, { ...UPDATE, id: 2 }] }), old: incident({ updates: [UPDATE] }) },
  'a suspicion that is confirmed': { object: incident({ state: 'Open' }), old: incident({ state: 'Suspected' }) },
  'an incident that goes on after its end': { object: incident(), old: incident({ ...RESOLVED, resolver: 'ada' }) },
  'another resolution of what went on': { object: incident({ ...RESOLVED, resolver: 'bo' }), old: incident() },
};
