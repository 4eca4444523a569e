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

export const finding = (spec: object = {}): Draft => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'Finding',
  metadata: { name: 'no-runbook', namespace: 'shop' },
  spec: {
    ...{ service: 'shop', type: 'Finding', severity: 'Minor', title: 'No runbook', text: 'Nobody knew what to do.' },
    ...{ raisedBy: 'eve', due: '2026-12-12T00:00:00Z', ...spec },
  },
});
const SPOT_CHECK = { type: 'SpotCheck', severity: undefined, due: undefined, spotCheck: { criterion: 'shop-availability' } };
const ANSWER = { id: 1, author: 'ada', text: 'There is one now.' };
const CLOSED = { closure: { author: 'eve', text: 'It was read.' } };
const REOPENED = { reopenings: [{ id: 1, author: 'eve', reason: 'It is gone again.' }] };

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
  'a window before all time': {
    object: change({ window: { from: '1969-12-31T22:00:00Z', to: '2026-12-02T00:00:00Z' } }),
    fields: ['spec.window.from'],
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
  'a comment of blanks': { object: comment({ text: ' \n\t' }), fields: ['spec.text'] },
  'a comment of nobody': { object: comment({ author: undefined }), fields: ['spec.author'] },
  'a finding of no severity': { object: finding({ severity: undefined }), fields: ['spec'] },
  'a question of a severity': { object: finding({ type: 'Question' }), fields: ['spec'] },
  'a finding that is never due': { object: finding({ due: undefined }), fields: ['spec'] },
  'a finding that is due before all time': { object: finding({ due: '1969-12-31T23:59:59Z' }), fields: ['spec.due'] },
  'a spot check before all time': {
    object: finding({ ...SPOT_CHECK, spotCheck: { criterion: 'up', at: '1969-12-31T23:59:59Z' } }),
    fields: ['spec.spotCheck.at'],
  },
  'a spot check of nothing': { object: finding({ ...SPOT_CHECK, spotCheck: undefined }), fields: ['spec'] },
  'a finding with a spot check': { object: finding({ spotCheck: SPOT_CHECK.spotCheck }), fields: ['spec'] },
  'a finding of nobody': { object: finding({ raisedBy: undefined }), fields: ['spec.raisedBy'] },
  'another text of a finding': { object: finding({ text: 'All is well.' }), old: finding(), fields: ['spec'] },
  'somebody else who raises a finding': { object: finding({ raisedBy: 'ada' }), old: finding(), fields: ['spec'] },
  'a finding that is about something else': {
    object: finding({ about: { criterion: 'up' } }),
    old: finding({ about: { criterion: 'shop-availability' } }),
    fields: ['spec'],
  },
  'another service of a finding': { object: finding({ service: 'till' }), old: finding(), fields: ['spec.service'] },
  'a spot check of another moment': {
    object: finding({ ...SPOT_CHECK, spotCheck: { ...SPOT_CHECK.spotCheck, at: '2026-11-28T12:00:00Z' } }),
    old: finding(SPOT_CHECK),
    fields: ['spec.spotCheck'],
  },
  'an answer that says something else now': {
    object: finding({ answers: [{ ...ANSWER, text: 'No.' }] }),
    old: finding({ answers: [ANSWER] }),
    fields: ['spec.answers[0]'],
  },
  'an answer that is taken back': { object: finding(), old: finding({ answers: [ANSWER] }), fields: ['spec.answers'] },
  'an answer to what is closed': {
    object: finding({ ...CLOSED, answers: [ANSWER] }),
    old: finding(CLOSED),
    fields: ['spec.answers'],
  },
  'another reason of what is closed': {
    object: finding({ closure: { author: 'eve', text: 'It does not matter.' } }),
    old: finding(CLOSED),
    fields: ['spec.closure'],
  },
  'a closure that is taken away without a reason': { object: finding(), old: finding(CLOSED), fields: ['spec.reopenings'] },
  'a reopening of what is open': { object: finding(REOPENED), old: finding(), fields: ['spec.reopenings'] },
  'a reopening of what stays closed': {
    object: finding({ ...CLOSED, ...REOPENED }),
    old: finding(CLOSED),
    fields: ['spec.reopenings'],
  },
  'a reopening that is taken back': { object: finding(), old: finding(REOPENED), fields: ['spec.reopenings'] },
  'findings that are approved': { object: records({ of: 'Finding', require: 'approved' }), fields: [RECORDS] },
  'incidents that are closed': { object: records({ require: 'closed' }), fields: [RECORDS] },
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
  'findings that are answered when they are due': { object: records({ of: 'Finding', require: 'answered', within: undefined }) },
  'findings that are closed within a time': { object: records({ of: 'Finding', require: 'closed', within: '30d' }) },
  'a plain finding': { object: finding() },
  'a question about everything': {
    object: finding({
      ...{ type: 'Question', severity: undefined },
      about: {
        ...{ criterion: 'shop-availability', deviation: 'of-it', incident: 'payments-stuck' },
        controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
      },
    }),
  },
  'a spot check of the latest slot': { object: finding(SPOT_CHECK) },
  'a spot check applied twice': {
    object: finding({ ...SPOT_CHECK, spotCheck: { criterion: 'up', at: '2026-11-28T12:00:00Z' } }),
    old: finding({ ...SPOT_CHECK, spotCheck: { criterion: 'up', at: '2026-11-28T13:00:00+01:00' } }),
  },
  'a finding that gets more time and another severity': {
    object: finding({ due: '2027-01-12T00:00:00Z', severity: 'Major' }),
    old: finding(),
  },
  'an answer': { object: finding({ answers: [ANSWER] }), old: finding() },
  'another answer': {
    object: finding({ answers: [ANSWER, { ...ANSWER, id: 2 }] }),
    old: finding({ answers: [ANSWER] }),
  },
  'a finding that is closed': { object: finding({ ...CLOSED, answers: [ANSWER] }), old: finding({ answers: [ANSWER] }) },
  'a finding that is opened again': { object: finding(REOPENED), old: finding(CLOSED) },
  'a finding that is closed once more': { object: finding({ ...CLOSED, ...REOPENED }), old: finding(REOPENED) },
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
