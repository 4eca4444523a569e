/** Manifests that the API server and `validate` must judge alike; tests of both run this table. */

/** An object as a user may write it. */
export interface Draft {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Record<string, unknown>;
  readonly spec: Record<string, unknown>;
}

export const criterion = (spec: object = {}): Draft => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'CertificationCriterion',
  metadata: { name: 'shop-availability', namespace: 'shop' },
  spec: {
    title: 'The shop answers from outside',
    service: 'shop',
    controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
    evidence: [up],
    rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
    ...spec,
  },
});

const up = { name: 'up', prometheus: { source: 'prometheus', query: 'probe_success{job="shop"}' } };
const threshold = (fields: object): object => ({ rule: { threshold: { evidence: 'up', op: '==', value: 1, ...fields } } });
const step = (fields: object): object => ({ escalation: [{ audience: 'internal', ...fields }] });

export const source = (spec: object = {}): Draft => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'EvidenceSource',
  metadata: { name: 'prometheus' },
  spec: { prometheus: { url: 'http://prometheus.monitoring:9090' }, namespaces: { from: 'All' }, ...spec },
});

/** A source of a kind that may take what is pushed. */
const pushed = (kind: string, fields: object): Draft => source({ prometheus: undefined, [kind]: fields });
const received = (intake: object): Draft => pushed('alertmanager', { intake });

export const report = (spec: object = {}): Draft => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'EvidenceReport',
  metadata: { name: 'shop-day', namespace: 'shop' },
  spec: { service: 'shop', period: { type: 'Live' }, ...spec },
});

export const channel = (spec: object = {}): Draft => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'NotificationChannel',
  metadata: { name: 'ops' },
  spec: {
    ...{ audience: 'customers', namespaces: { from: 'All' }, services: ['*'], topics: ['Alerts'] },
    teams: { webhookSecret: { name: 'teams', key: 'address' } },
    ...spec,
  },
});

const range = (from: string, to: string): object => ({ period: { type: 'Range', from, to } });

function without(object: Draft, field: string): Draft {
  const { [field]: _removed, ...spec } = object.spec;
  return { ...object, spec };
}

const withMetadata = (object: Draft, metadata: object): Draft => ({ ...object, metadata: { ...object.metadata, ...metadata } });

export interface BadManifest {
  readonly object: Draft;
  /** The fields that are named in the refusal, and no others. */
  readonly fields: readonly string[];
  /** What stood there before, where the manifest is an update. */
  readonly old?: Draft;
}

const SECRET = { name: 'prometheus', key: 'token' };

export const BAD_MANIFESTS: Readonly<Record<string, BadManifest>> = {
  'a missing field': { object: without(criterion(), 'title'), fields: ['spec.title'] },
  'a null where a value is required': { object: criterion({ title: null }), fields: ['spec.title'] },
  'an unknown field': { object: criterion({ colour: 'red' }), fields: ['spec.colour'] },
  'an unknown field in a list': {
    object: criterion({ evidence: [{ ...up, wenEmpty: 'Zero' }] }),
    fields: ['spec.evidence[0].wenEmpty'],
  },
  'an unknown field of the metadata': { object: withMetadata(criterion(), { nme: 'x' }), fields: ['metadata.nme'] },
  'a name in capitals': { object: withMetadata(criterion(), { name: 'Shop' }), fields: ['metadata.name'] },
  'a label with a blank': { object: withMetadata(criterion(), { labels: { team: 'shop team' } }), fields: ['metadata.labels'] },
  'an empty title': { object: criterion({ title: '' }), fields: ['spec.title'] },
  'a title that is too long': { object: criterion({ title: 'x'.repeat(201) }), fields: ['spec.title'] },
  'a number where a string is due': {
    object: criterion({ controls: [{ catalog: 'BSI-C5', version: 2020, id: 'OPS-02' }] }),
    fields: ['spec.controls[0].version'],
  },
  'a string where a number is due': { object: criterion(threshold({ value: '1' })), fields: ['spec.rule.threshold.value'] },
  'half a series': { object: criterion(threshold({ minSeries: 1.5 })), fields: ['spec.rule.threshold.minSeries'] },
  'no series at all': { object: criterion(threshold({ minSeries: 0 })), fields: ['spec.rule.threshold.minSeries'] },
  'an operator that does not exist': { object: criterion(threshold({ op: '=' })), fields: ['spec.rule.threshold.op'] },
  'no controls': { object: criterion({ controls: [] }), fields: ['spec.controls'] },
  'a control without a version': {
    object: criterion({ controls: [{ catalog: 'BSI-C5', id: 'OPS-02' }] }),
    fields: ['spec.controls[0].version'],
  },
  'one control twice': {
    object: criterion({ controls: [1, 2].map(() => ({ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' })) }),
    fields: ['spec.controls[1]'],
  },
  'a service in capitals': { object: criterion({ service: 'Shop' }), fields: ['spec.service'] },
  'a severity that does not exist': { object: criterion({ severity: 'hgih' }), fields: ['spec.severity'] },
  'a duration without a unit': { object: criterion({ holdFor: '60' }), fields: ['spec.holdFor'] },
  'a duration of two units': { object: criterion({ holdFor: '1h30m' }), fields: ['spec.holdFor'] },
  'a duration that no number of milliseconds holds': { object: criterion({ holdFor: '999999999d' }), fields: ['spec.holdFor'] },
  'an interval of zero': { object: criterion({ interval: '0s' }), fields: ['spec.interval'] },
  'an Alertmanager without address and intake': { object: pushed('alertmanager', {}), fields: ['spec.alertmanager'] },
  'an Alertmanager that is asked and sends': {
    object: pushed('alertmanager', { url: 'http://alertmanager:9093', intake: { token: SECRET } }),
    fields: ['spec.alertmanager'],
  },
  'an intake for anybody': { object: received({}), fields: ['spec.alertmanager.intake'] },
  'an intake of Falco for anybody': { object: pushed('falco', { intake: {} }), fields: ['spec.falco.intake'] },
  'a client by all names': {
    object: received({ clientNames: ['*.example'] }),
    fields: ['spec.alertmanager.intake.clientNames[0]'],
  },
  'no client at all': { object: received({ clientNames: [] }), fields: ['spec.alertmanager.intake.clientNames'] },
  'no evidence': { object: criterion({ evidence: [] }), fields: ['spec.evidence', 'spec.rule.threshold.evidence'] },
  'nine pieces of evidence': {
    object: criterion({ evidence: [up, ...Array.from({ length: 8 }, (_, i) => ({ ...up, name: `e${i}` }))] }),
    fields: ['spec.evidence'],
  },
  'one name of evidence twice': { object: criterion({ evidence: [up, up] }), fields: ['spec.evidence[1]'] },
  'evidence of no kind': { object: criterion({ evidence: [{ name: 'up' }] }), fields: ['spec.evidence[0]'] },
  'evidence of two kinds': {
    object: criterion({ evidence: [{ ...up, source: { source: 'prometheus' } }] }),
    fields: ['spec.evidence[0]'],
  },
  'evidence with an empty query': {
    object: criterion({ evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: '' } }] }),
    fields: ['spec.evidence[0].prometheus.query'],
  },
  'a rule on evidence that is not there': {
    object: criterion(threshold({ evidence: 'down' })),
    fields: ['spec.rule.threshold.evidence'],
  },
  'a rule that demands nothing': { object: criterion({ rule: {} }), fields: ['spec.rule'] },
  'an objective with a long interval': {
    object: criterion({ interval: '13m', objective: { target: '99.9' } }),
    fields: ['spec.interval'],
  },
  'an objective with an interval of a day': {
    object: criterion({ interval: '1d', objective: { target: '99.9' } }),
    fields: ['spec.interval'],
  },
  'an objective over 100': { object: criterion({ objective: { target: '101' } }), fields: ['spec.objective.target'] },
  'a step without a time': { object: criterion(step({})), fields: ['spec.escalation[0]'] },
  'a step with two times': {
    object: criterion(step({ after: '5m', accumulated: '5m', within: '1h' })),
    fields: ['spec.escalation[0]'],
  },
  'accumulated without within': { object: criterion(step({ accumulated: '5m' })), fields: ['spec.escalation[0]'] },
  'two steps alike': {
    object: criterion({ escalation: [1, 2].map(() => ({ after: '5m', audience: 'authority' })) }),
    fields: ['spec.escalation'],
  },
  'a step on nothing': {
    object: criterion(step({ after: '0s', verdicts: [] })),
    fields: ['spec.escalation[0].verdicts', 'spec.escalation[0]'],
  },
  'a step on Fail twice': {
    object: criterion(step({ after: '0s', verdicts: ['Fail', 'Fail'] })),
    fields: ['spec.escalation[0].verdicts[1]'],
  },
  'a step that leaves Fail out': {
    object: criterion(step({ after: '0s', verdicts: ['Inconclusive'] })),
    fields: ['spec.escalation[0]'],
  },
  'a runbook that is no address': { object: criterion({ runbook: 'see the wiki' }), fields: ['spec.runbook'] },
  'a suspension without a reason': { object: criterion({ suspend: {} }), fields: ['spec.suspend.reason'] },
  'a suspension until a day that does not exist': {
    object: criterion({ suspend: { reason: 'moving', until: '2026-02-30T00:00:00Z' } }),
    fields: ['spec.suspend.until'],
  },
  'a suspension until a time without a zone': {
    object: criterion({ suspend: { reason: 'moving', until: '2026-02-03T00:00:00' } }),
    fields: ['spec.suspend.until'],
  },
  'a spec that is a list': { object: { ...criterion(), spec: [] as unknown as Draft['spec'] }, fields: ['spec'] },
  'another service in an update': { object: criterion({ service: 'till' }), old: criterion(), fields: ['spec.service'] },
  'a source of no kind': { object: without(source(), 'prometheus'), fields: ['spec'] },
  'a source at no web address': { object: source({ prometheus: { url: 'prometheus:9090' } }), fields: ['spec.prometheus.url'] },
  'a source with credentials in its address': {
    object: source({ prometheus: { url: 'http://me:secret@prometheus' } }),
    fields: ['spec.prometheus.url'],
  },
  'a source that says not who may use it': { object: without(source(), 'namespaces'), fields: ['spec.namespaces'] },
  'namespaces by a selector that is not there': {
    object: source({ namespaces: { from: 'Selector' } }),
    fields: ['spec.namespaces'],
  },
  'two ways to log in': {
    object: source({ auth: { bearerToken: SECRET, basic: { username: 'assay', password: SECRET } } }),
    fields: ['spec.auth'],
  },
  'a header that is a number': { object: source({ headers: { 'X-Scope-OrgID': 5 } }), fields: ['spec.headers.X-Scope-OrgID'] },
  'too many requests in flight': { object: source({ maxConcurrency: 257 }), fields: ['spec.maxConcurrency'] },
  'a report that ends before it begins': {
    object: report(range('2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z')),
    fields: ['spec.period'],
  },
  'a report that ends before it begins, told in another zone': {
    object: report(range('2026-01-01T00:00:00Z', '2026-01-01T01:00:00+02:00')),
    fields: ['spec.period'],
  },
  'a channel of two platforms': {
    object: channel({ discord: { webhookSecret: SECRET } }),
    fields: ['spec'],
  },
  'a channel that holds what the team is told': { object: channel({ audience: 'internal', hold: '10m' }), fields: ['spec.hold'] },
  'a template with a name that there is not': {
    object: channel({ templates: { title: '{value}' } }),
    fields: ['spec.templates.title'],
  },
  'a template with half a brace': { object: channel({ templates: { note: 'call {' } }), fields: ['spec.templates.note'] },
  'a template that tells customers the criterion': {
    object: channel({ templates: { title: '{title}', note: '{criterion}' } }),
    fields: ['spec.templates'],
  },
  'a report of the last unknown span': { object: report({ period: { type: 'Last' } }), fields: ['spec.period'] },
  'another period in an update': { object: report({ period: { type: 'Last', last: '24h' } }), old: report(), fields: ['spec'] },
};

/** A manifest that is taken. */
export interface GoodManifest {
  readonly object: Draft;
  /** What stood there before, where the manifest is an update. */
  readonly old?: Draft;
}

export const GOOD_MANIFESTS: Readonly<Record<string, GoodManifest>> = {
  'a plain criterion': { object: criterion() },
  'nulls where nothing is required': { object: criterion({ interval: null, holdFor: null, suspend: null }) },
  'a criterion with everything': {
    object: criterion({
      severity: 'critical',
      interval: '12m',
      evidence: [
        { ...up, whenEmpty: 'Zero', allowPartial: true },
        { name: 'there', source: { source: 'prometheus' } },
      ],
      ...threshold({ value: 0.5, op: '>=', match: 'Any', minSeries: 3, warn: { op: '<', value: -1e9 } }),
      objective: { target: '100.000' },
      escalation: [
        { after: '0s', audience: 'internal', verdicts: ['Fail', 'Inconclusive'] },
        { after: '15m', audience: 'authority' },
        { accumulated: '15m', within: '1h', audience: 'authority' },
      ],
      suspend: { reason: 'moving', until: '2026-12-01T00:00:00.5+01:00' },
      mode: 'DryRun',
    }),
  },
  'the longest duration': { object: criterion({ holdFor: '99999999d' }) },
  'another title in an update': { object: criterion({ title: 'The shop sells' }), old: criterion() },
  'a source with everything': {
    object: source({
      auth: { bearerToken: SECRET },
      tls: { ca: SECRET, serverName: 'prometheus', insecureSkipVerify: false },
      headers: { 'X-Scope-OrgID': 'shop' },
      namespaces: { from: 'Selector', selector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['shop'] }] } },
    }),
  },
  'an Alertmanager that sends': { object: received({ clientNames: ['alertmanager.monitoring'], heartbeatWithin: '5m' }) },
  'a Falco that shows token and certificate': {
    object: pushed('falco', { intake: { token: SECRET, clientNames: ['falco.falco'] } }),
  },
  'a channel with words of its own': {
    object: channel({
      templates: { title: '[ACME] {title}, {state}', note: 'Call 555.\nQuote {service}, {namespace}, {severity}, {since}.' },
    }),
  },
  'a channel of the authority that names the criterion': {
    object: channel({ audience: 'authority', templates: { note: '{criterion}: {controls}' } }),
  },
  'a report of a range': { object: report(range('2026-01-01T00:00:00Z', '2026-02-01T00:00:00+01:00')) },
  'a report applied twice': { object: report({ audience: 'authority' }), old: report() },
};
