import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { newChatActs } from '../../src/controller/asking/chat-acts.ts';
import { loadKubeConfig, newTransport } from '../../src/kube/index.ts';
import { silentLogger } from '../../src/platform/log.ts';

import { type Asked, auditOf, covers, isDiscovery, readAudit, type Right, rightsIn, takenBy, textOf } from './chart-audit.ts';
import { type Chart, CHART, openChart, valueFlags } from './chart-world.ts';
import type { Manifest } from './kube-api.ts';
import { POLICY_REPORT_CRDS } from './policy-report-crds.ts';
import { type LyingSource, measuring, startLyingSource } from './lying-source.ts';
import { criterion, namespace, secret, source } from './manifests.ts';
import { eventually, openWorld, type SpawnedOperator, SYSTEM, type World } from './operator-world.ts';

// The operator lives a life that takes everything it can do, with the ServiceAccount and the roles of the chart, under its admission
// policies; the API server writes down what it asked for. That is compared with what the chart grants, both ways.

const OPERATOR = `system:serviceaccount:${SYSTEM}:assay`;
const FETCH_WITHIN_MS = 10 * 60_000;
const LIFE_WITHIN_MS = 600_000;
const STEP_WITHIN_MS = 60_000;
const CONFLICT_WITHIN_MS = 150_000;

// All that it can be asked to do.
const values = { policyReports: { write: true }, incidents: { openFrom: 'critical' } };

const FRONT = 'shop/front';
const CALM = 'shop/calm';

let dir: string;
let world: World;
let chart: Chart;
let sources: LyingSource;
let operator: SpawnedOperator;
let rights: Right[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-audit-'));
  await writeFile(join(dir, 'policy.json'), JSON.stringify(auditOf(OPERATOR)));
  const apiServerFlags = [`--audit-policy-file=${join(dir, 'policy.json')}`, `--audit-log-path=${join(dir, 'audit.log')}`];
  world = await openWorld({ apiServerFlags });
  sources = await startLyingSource();
  chart = await openChart(world.session);
  rights = rightsIn(await chart.render(values));
}, FETCH_WITHIN_MS);

beforeAll(async () => {
  const { api, cluster } = world;
  const flags = ['--namespace', SYSTEM, ...valueFlags({ ...values, crds: { install: false } })];
  await chart.helm(['install', 'assay', CHART, ...flags], cluster.kubeconfigPath);
  const token = (await world.kubectl('create', 'token', 'assay', '-n', SYSTEM)).trim();
  await world.tryKubectl(JSON.stringify(OLDER), 'apply', '-f', '-');
  const kubeconfig = await cluster.kubeconfigFor('operator', token);
  operator = await world.spawnOperator({ kubeconfig, policyReports: true, openIncidents: 'critical' });
  await api.apply(
    secret('prometheus', { token: 'a-token' }),
    source('prometheus', sources.url('prometheus'), { auth: { bearerToken: { name: 'prometheus', key: 'token' } } }),
    namespace('shop'),
    criterion(FRONT, { source: 'prometheus' }, { severity: 'critical' }),
    criterion(CALM, { source: 'prometheus' }),
    criterion('shop/weaknesses', { source: 'prometheus' }, { evidence: [{ name: 'up', policyReports: {} }] }),
  );
  await writeFor(kubeconfig);
  await liveALife();
  await operator.stop();
}, LIFE_WITHIN_MS);

afterAll(async () => {
  await sources.stop();
  await world.close();
  await rm(dir, { recursive: true });
}, STEP_WITHIN_MS);

const [OLDER] = POLICY_REPORT_CRDS.items;

/** Waits until the services named are those whose verdicts stand in policy reports of this kind. */
const policyReported = (plural: string, ...names: string[]): Promise<void> =>
  eventually(async () => {
    const found = await world.kubectl('get', plural, '-n', 'shop', '-o', 'name');
    expect(found.split('\n').filter(Boolean).sort()).toEqual(names.map((name) => `${nameOf(plural)}/assay-${name}`));
  }, STEP_WITHIN_MS);
const nameOf = (plural: string): string => plural.replace(/s(?=\.)/, '');

/** The older of two kinds is written, then the newer comes and takes its place, and a service goes. */
async function writePolicyReports(): Promise<void> {
  await policyReported('policyreports.wgpolicyk8s.io', 'calm', 'front', 'weaknesses');
  await world.tryKubectl(JSON.stringify(POLICY_REPORT_CRDS), 'apply', '-f', '-');
  await policyReported('reports.openreports.io', 'calm', 'front', 'weaknesses');
  await policyReported('policyreports.wgpolicyk8s.io');
  await world.api.remove('CertificationCriterion', 'shop/weaknesses');
  await policyReported('reports.openreports.io', 'calm', 'front');
}

const verdictIs = (verdict: string): Promise<void> =>
  eventually(
    async () => expect((await world.api.get('CertificationCriterion', FRONT)).status?.verdict).toBe(verdict),
    STEP_WITHIN_MS,
  );

/** Waits for the live report of the front, of whose uid `isRight` holds, with a status. */
const reported = (isRight: (uid: string | undefined, owner: string | undefined) => boolean): Promise<void> =>
  eventually(async () => {
    const { metadata, status } = await world.api.get('EvidenceReport', FRONT);
    expect(isRight(metadata.uid, metadata.ownerReferences?.[0]?.uid)).toBe(true);
    expect(status?.verdict).toBeDefined();
  }, STEP_WITHIN_MS);

async function liveALife(): Promise<void> {
  const { api } = world;
  await verdictIs('Pass');
  await reported(() => true);
  await readByProgram();
  await writePolicyReports();
  await api.apply(period, stuck, disk, runbook, channel());
  sources.behave('prometheus', measuring('0'));
  await verdictIs('Fail');
  await eventually(async () => {
    expect((await api.events('CertificationCriterion', FRONT)).map(({ reason }) => reason)).toContain('CriterionFailed');
  }, STEP_WITHIN_MS);
  await eventually(
    async () => expect((await api.get('EvidenceReport', 'shop/minute')).status?.verdict).toBeDefined(),
    STEP_WITHIN_MS,
  );
  const { uid } = (await api.get('EvidenceReport', FRONT)).metadata;
  await api.remove('EvidenceReport', FRONT);
  await reported((now) => now !== uid);
  // Where nothing collects garbage, the report of the criterion that was deleted is in the way of the next one's.
  await api.remove('CertificationCriterion', FRONT);
  await api.apply(criterion(FRONT, { source: 'prometheus' }));
  const again = (await api.get('CertificationCriterion', FRONT)).metadata.uid;
  await reported((_uid, owner) => owner === again);
  await getInItsWay();
  await api.patch('CertificationCriterion', FRONT, { spec: { suspend: { reason: 'maintenance' } } });
  await verdictIs('Suspended');
  await operator.restart();
  // What is missing even then is told below.
  await eventually(async () => expect(await unused()).toEqual([]), STEP_WITHIN_MS).catch(() => undefined);
}

const stuck = {
  kind: 'Incident',
  metadata: { name: 'stuck', namespace: 'shop' },
  ...{ spec: { service: 'front', title: 'Payments are stuck' } },
} satisfies Manifest & object;

// The admission policies hold people to their own names.
const ME = 'admin';

const disk = {
  kind: 'ChangeRecord',
  metadata: { name: 'disk', namespace: 'shop' },
  ...{
    spec: {
      ...{ service: 'front', owner: 'team', initiator: 'team', reason: 'It is full.', description: 'A new disk.' },
      ...{ category: 'Regular', risk: 'Low', requestedBy: ME },
      window: { from: '2030-01-01T00:00:00Z', to: '2030-01-01T01:00:00Z' },
    },
  },
} satisfies Manifest & object;

const runbook = {
  kind: 'Finding',
  metadata: { name: 'no-runbook', namespace: 'shop' },
  ...{
    spec: {
      ...{ service: 'front', type: 'Question', title: 'No runbook', text: 'Is there one?', raisedBy: ME },
      due: '2030-01-01T00:00:00Z',
    },
  },
} satisfies Manifest & object;

/** What is sent there is taken like any request. */
const channel = (): Manifest => ({
  kind: 'NotificationChannel',
  metadata: { name: 'team' },
  ...{ spec: { audience: 'internal', namespaces: { from: 'All' }, webhook: { url: sources.url('team') } } },
});

const comment = (name: string): Manifest => ({
  kind: 'DeviationComment',
  metadata: { name, namespace: 'shop' },
  ...{ spec: { service: 'front', criterion: 'front', kind: 'Note', text: 'We look into it.', author: ME } },
});

const period = {
  kind: 'EvidenceReport',
  metadata: { name: 'minute', namespace: 'shop' },
  ...{ spec: { service: 'calm', period: { type: 'Last', last: '1m' } } },
} satisfies Manifest & object;

/** Writes to the objects whose statuses the operator writes, until it has met a conflict with each kind and read the object again. */
async function getInItsWay(): Promise<void> {
  const deadline = Date.now() + CONFLICT_WITHIN_MS;
  for (let round = 0; Date.now() < deadline; round += 1) {
    // Each is a change that the operator answers with a status, and the next one comes before that.
    await world.api.patch('EvidenceSource', 'prometheus', { spec: { timeout: round % 2 === 0 ? '3s' : '2s' } });
    await world.api.patch('CertificationCriterion', CALM, { spec: { title: `Round ${round}` } });
    await world.api.patch('Incident', 'shop/stuck', { spec: { title: `Round ${round}` } });
    await world.api.patch('ChangeRecord', 'shop/disk', { spec: { description: `Round ${round}` } });
    await world.api.patch('Finding', 'shop/no-runbook', {
      spec: { due: `2030-01-01T00:${String(round % 60).padStart(2, '0')}:00Z` },
    });
    await world.api.patch('NotificationChannel', 'team', { spec: { timeout: round % 2 === 0 ? '3s' : '2s' } });
    if (round % 10 === 0) await commentInItsWay(`round-${round}`);
    if (round % 50 === 0 && (await unused()).filter((text) => text.startsWith('get ')).length === 0) return;
  }
}

/** A program reads with a token of its own, as far as its rights go. */
async function readByProgram(): Promise<void> {
  await world.kubectl('apply', '-f', join(import.meta.dirname, '../../examples/hubot/reader.yaml'));
  const token = (await world.kubectl('create', 'token', 'hubot', '-n', 'shop')).trim();
  const read = async (namespace: string): Promise<string> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${operator.url}/api/v1/namespaces/${namespace}/services`, { headers });
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await read('shop')).toBe('200 {"services":["calm","front","weaknesses"]}');
  expect(await read(SYSTEM)).toMatch(/^403 .*system:serviceaccount:shop:hubot may not list/);
}

/** What somebody asks for in a chat is written by the operator, who asks before whether that person may. */
async function writeFor(kubeconfig: string): Promise<void> {
  const transport = newTransport({ config: loadKubeConfig({ kind: 'File', path: kubeconfig }) });
  const acts = newChatActs({ transport, log: silentLogger() });
  const person = { user: ME, groups: ['system:masters'] };
  const of = { namespace: 'shop', service: 'front' };
  const opened = await acts.write(person, { kind: 'OpenIncident', ...of, title: 'Asked for in a chat' }, 'one');
  const incident = opened.kind === 'Written' ? opened.name : opened.kind;
  const edit = { kind: 'Update', audience: 'internal', text: 'We look into it.' } as const;
  const outcomes = [
    await acts.write(person, { kind: 'EditIncident', namespace: 'shop', incident, edit }, 'two'),
    await acts.write(person, { kind: 'Comment', ...of, criterion: 'front', about: 'Note', text: 'Known.' }, 'three'),
  ];
  await transport.close();
  expect(outcomes.map(({ kind }) => kind)).toEqual(['Written', 'Written']);
}

/** What a comment says never changes: only one that is labelled at once is in the way of its first status. */
async function commentInItsWay(name: string): Promise<void> {
  await world.api.apply(comment(name));
  for (let label = 0; label < 10; label += 1)
    await world.api.patch('DeviationComment', `shop/${name}`, { metadata: { labels: { round: String(label) } } });
}

/** The rights that are granted and were not taken yet. */
async function unused(): Promise<string[]> {
  const taken = (await readAudit(join(dir, 'audit.log'))).flatMap(takenBy);
  return rights.filter((right) => !taken.some((each) => covers(right, each))).map(textOf);
}

describe('the audit log', () => {
  let audit: Asked[];
  beforeAll(async () => (audit = await readAudit(join(dir, 'audit.log'))));

  test('shows no request that was refused for want of a right', () => {
    expect(audit.length).toBeGreaterThan(50);
    const refused = audit.filter(({ responseStatus }) => [401, 403].includes(responseStatus?.code ?? 0));
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });

  test('shows no request that takes a right which the chart does not grant', () => {
    const ungranted = audit.filter((asked) => {
      if (isDiscovery(asked)) return false;
      const taken = takenBy(asked);
      return taken.length === 0 || taken.some((each) => !rights.some((right) => covers(right, each)));
    });
    expect(ungranted.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });

  test('shows every right that the chart grants in use', async () => expect(await unused()).toEqual([]));
});

test('the operator itself has nothing to complain of', async () => {
  expect((await operator.logged()).split('\n').filter((line) => /forbidden|\b403\b|denied/i.test(line))).toEqual([]);
});
