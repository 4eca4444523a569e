import { type KubeObject, qualified } from '../../src/api/common.ts';
import type { CertificationCriterionSpec, OutcomeKind } from '../../src/api/criterion.ts';
import { apply, create } from '../../src/domain/criterion.ts';
import { rulesOf } from '../../src/domain/rules.ts';
import { derivedFrom, type KnownCriterion } from '../../src/controller/judging/known.ts';
import { type PolicyReportOptions, PolicyReportWriter } from '../../src/controller/reporting/policy-report-writer.ts';
import { collectionPath, type KubeRequest, objectPath, statusOf, type Transport } from '../../src/kube/index.ts';
import { eventually, type Logged, rememberingLogger } from '../../src/kube/stand-ins.ts';
import { systemClock } from '../../src/platform/clock.ts';

import { startWorld, type World } from './kube-world.ts';
import { OLD_REPORTS, OPEN_REPORTS, type ReportKind } from './policy-report-schemas.ts';

// Verdicts as they stand in policy reports of a real API server, whichever API of them is installed.

const START_WITHIN_MS = 60_000;
const WITHIN_MS = 20_000;
const CRDS = {
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  ...{ plural: 'customresourcedefinitions', namespaced: false },
};
const START = Date.UTC(2026, 0, 1, 12);
const SLOT = 30_000;

let world: World;
let writer: PolicyReportWriter;
let lines: readonly Logged[];
let sent: KubeRequest[];
let criteria: Map<string, KnownCriterion>;
let namespace: string;
let count = 0;

beforeAll(async () => (world = await startWorld()), START_WITHIN_MS);
afterAll(() => world.close(), START_WITHIN_MS);

beforeEach(async () => {
  namespace = await world.namespace(`shop-${(count += 1)}`);
  criteria = new Map();
});
afterEach(() => writer.stop(5_000));

const spec: CertificationCriterionSpec = {
  ...{ title: 'It is up', service: 'front', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
  ...{ interval: '30s', holdFor: '0s', recoverFor: '0s', unknownFor: '0s' },
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
};

const service = (): { namespace: string; service: string } => ({ namespace, service: 'front' });

/** Makes a criterion look so: one outcome a slot. */
function judged(name: string, ...outcomes: OutcomeKind[]): void {
  criteria.set(qualified(namespace, name), knownAs(name, service(), outcomes));
}

function knownAs(name: string, of: ReturnType<typeof service>, outcomes: readonly OutcomeKind[]): KnownCriterion {
  const state = outcomes.reduce(
    (before, outcome, index) => apply(before, { kind: 'Slot', slot: START + index * SLOT, outcome }).state,
    create(`${namespace}/${name}`, { at: START, rules: rulesOf(spec) }),
  );
  return { ...of, name, uid: name, spec, changedAt: START, sources: {}, ...derivedFrom(of, spec), state };
}

function deleted(name: string): void {
  const known = criteria.get(qualified(namespace, name))!;
  const { state } = apply(known.state, { kind: 'Deleted', at: START + 100 * SLOT });
  criteria.set(qualified(namespace, name), { ...known, state });
}

function start(options: Partial<PolicyReportOptions> = {}): void {
  sent = [];
  const remembering = rememberingLogger();
  lines = remembering.lines;
  const transport: Transport = {
    request: (request) => {
      sent.push(request);
      return world.api.request(request);
    },
    stream: (request) => world.api.stream(request),
    close: () => Promise.resolve(),
  };
  writer = new PolicyReportWriter({
    ...{ transport, clock: systemClock, log: remembering.log, criteria: () => criteria.values() },
    ...{ lookMs: 100, minIntervalMs: 100, ...options },
  });
  writer.start();
}

const install = async (kind: ReportKind): Promise<void> => {
  await world.create(CRDS, kind.definition);
  await eventually(`${kind.plural} are served`, () => isServed(kind), WITHIN_MS);
};
const uninstall = async (kind: ReportKind): Promise<void> => {
  await world.remove(CRDS, undefined, kind.definition.metadata.name);
  await eventually(`${kind.plural} are gone`, async () => !(await isServed(kind)), WITHIN_MS);
};

async function isServed(kind: ReportKind): Promise<boolean> {
  return world.api.request({ method: 'GET', path: collectionPath(kind) }).then(() => true, absent);
}

function absent(error: unknown): false {
  if (statusOf(error) === 404) return false;
  throw error;
}

type Report = KubeObject & {
  readonly source?: string;
  readonly summary: Readonly<Record<string, number>>;
  readonly results: readonly { readonly policy: string; readonly result: string; readonly [field: string]: unknown }[];
};

/** The reports that there are, each as its name and what it says of whom. */
async function shown(kind: ReportKind): Promise<Record<string, string>> {
  const answer = await world.api.request({ method: 'GET', path: collectionPath(kind, namespace) }).catch(absent);
  const { items } = answer === false ? { items: [] } : (answer as { items: Report[] });
  return Object.fromEntries(
    items.map(({ metadata, results }) => [metadata.name, results.map((each) => `${each.policy} ${each.result}`).join(', ')]),
  );
}

const shows = (kind: ReportKind, want: Record<string, string>): Promise<void> =>
  eventually(
    `${kind.kind}s show ${JSON.stringify(want)}`,
    async () => JSON.stringify(await shown(kind)) === JSON.stringify(want),
    WITHIN_MS,
  );

const read = (kind: ReportKind, name = 'assay-front'): Promise<Report> =>
  world.read(kind, namespace, name) as unknown as Promise<Report>;
const writes = (): string[] => sent.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
const said = (message: RegExp): Logged[] => lines.filter((line) => message.test(line.message));

/** Lets everything that is to happen after a change of the service happen: a later change of another service is written after it. */
async function settle(kind: ReportKind): Promise<void> {
  const probe = { namespace, service: 'probe' };
  const number = (count += 1);
  criteria.set(`probe-${number}`, knownAs(`probe-${number}`, probe, ['Met']));
  writer.changed(probe);
  await eventually(
    'a later change is written',
    async () => ((await shown(kind))['assay-probe'] ?? '').includes(`probe-${number} `),
    WITHIN_MS,
  );
}

test(
  'where no policy reports are installed nothing is written, and that is said once',
  async () => {
    judged('a', 'Met');
    start();
    await eventually('it has looked', () => said(/no policy reports are installed/).length === 1);
    await eventually('it looks again', () => sent.filter(({ path }) => path.endsWith('v1alpha2')).length > 3);
    expect(writes()).toEqual([]);
    expect(lines.filter(({ level }) => level !== 'debug')).toHaveLength(1);
    await install(OLD_REPORTS);
    await shows(OLD_REPORTS, { 'assay-front': 'a pass' });
    await uninstall(OLD_REPORTS);
    await eventually('it is said again', () => said(/no policy reports are installed/).length === 2, WITHIN_MS);
  },
  START_WITHIN_MS,
);

describe.each([
  { kind: OPEN_REPORTS, source: { source: 'assay' } },
  { kind: OLD_REPORTS, source: {} },
])('in $kind.kind of $kind.apiVersion', ({ kind, source }) => {
  beforeAll(() => install(kind), START_WITHIN_MS);
  afterAll(() => uninstall(kind), START_WITHIN_MS);

  test('a service has one report, as it was meant, field by field', async () => {
    judged('b', 'Met', 'NotMet');
    judged('a', 'Met');
    start();
    await shows(kind, { 'assay-front': 'a pass, b fail' });
    const report = await read(kind);
    expect(report).toMatchObject({
      ...source,
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'assay', 'assay.dev/service': 'front' } },
      summary: { pass: 1, fail: 1, warn: 0, error: 0, skip: 0 },
    });
    expect(report.results[1]).toEqual({
      ...{ source: 'assay', policy: 'b', rule: 'OPS-02', category: 'BSI-C5 2020', severity: 'medium', result: 'fail' },
      ...{ scored: true, message: 'It is up: does not hold: up == 1' },
      timestamp: { seconds: (START + SLOT) / 1000, nanos: 0 },
      resources: [{ apiVersion: 'assay.dev/v1alpha1', kind: 'CertificationCriterion', namespace, name: 'b', uid: 'b' }],
      properties: { resultID: expect.stringMatching(/^[0-9A-Z]{26}$/) as unknown, service: 'front', verdict: 'Fail' },
    });
    expect(writes()).toEqual([`PATCH ${objectPath(kind, { namespace, name: 'assay-front' })}`]);
  });

  test('a verdict that turns, a criterion that is deleted, and a service that is gone', async () => {
    judged('a', 'Met');
    judged('b', 'Met');
    start();
    await shows(kind, { 'assay-front': 'a pass, b pass' });
    judged('a', 'Met', 'NotMet');
    writer.changed(service());
    await shows(kind, { 'assay-front': 'a fail, b pass' });
    judged('a', 'Met', 'NotMet', 'Unknown');
    writer.changed(service());
    await shows(kind, { 'assay-front': 'a error, b pass' });
    deleted('a');
    writer.changed(service());
    await shows(kind, { 'assay-front': 'b pass' });
    deleted('b');
    writer.changed(service());
    await shows(kind, {});
  });

  test('nothing is written as long as no verdict turns, also after a start', async () => {
    judged('a', 'Met', 'NotMet');
    start();
    await shows(kind, { 'assay-front': 'a fail' });
    judged('a', 'Met', 'NotMet', 'NotMet', 'NotMet');
    writer.changed(service());
    await settle(kind);
    const own = `PATCH ${objectPath(kind, { namespace, name: 'assay-front' })}`;
    expect(writes().filter((each) => each === own)).toHaveLength(1);
    await writer.stop(5_000);
    start();
    await settle(kind);
    expect(writes().filter((each) => each === own)).toEqual([]);
  });

  test('what somebody else changed is put right: results, labels, the whole report', async () => {
    judged('a', 'Met', 'NotMet');
    start();
    await shows(kind, { 'assay-front': 'a fail' });
    await world.patch(kind, namespace, 'assay-front', { results: [{ policy: 'a', result: 'pass' }], summary: { fail: 0 } });
    await shows(kind, { 'assay-front': 'a fail' });
    await eventually('the summary is right', async () => (await read(kind)).summary['fail'] === 1);
    expect(said(/changed by another writer/)).toHaveLength(1);
    const labels = { 'app.kubernetes.io/managed-by': null, 'assay.dev/service': null };
    await world.patch(kind, namespace, 'assay-front', { metadata: { labels } });
    await eventually('the labels are back', async () => (await read(kind)).metadata.labels?.['assay.dev/service'] === 'front');
    const { uid } = (await read(kind)).metadata;
    await world.remove(kind, namespace, 'assay-front');
    await shows(kind, { 'assay-front': 'a fail' });
    expect((await read(kind)).metadata.uid).not.toBe(uid);
  });

  test.each([{ labels: {} }, { labels: { 'app.kubernetes.io/managed-by': 'assay', 'assay.dev/service': 'front' } }])(
    'an object of somebody else with the same name is left alone, labelled %j',
    async ({ labels }) => {
      const foreign = { metadata: { name: 'assay-front', namespace, labels }, results: [{ policy: 'theirs', result: 'pass' }] };
      const made = await world.create(kind, foreign);
      judged('a', 'Met');
      start();
      await settle(kind);
      expect(await shown(kind)).toMatchObject({ 'assay-front': 'theirs pass' });
      expect((await read(kind)).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      expect(said(/an object that is not ours has its name/)).toMatchObject([
        { level: 'warn', report: `${namespace}/assay-front`, kind: kind.kind },
      ]);
      deleted('a');
      writer.changed(service());
      await settle(kind);
      expect(await shown(kind)).toMatchObject({ 'assay-front': 'theirs pass' });
    },
  );

  test('more criteria than one report holds are in several, and leave none behind when they are fewer', async () => {
    for (let number = 0; number < 201; number += 1) judged(`c${String(number).padStart(3, '0')}`, 'Met');
    start();
    await eventually(
      'there are two',
      async () => Object.keys(await shown(kind)).join() === 'assay-front,assay-front.2',
      WITHIN_MS,
    );
    expect(await shown(kind)).toMatchObject({ 'assay-front.2': 'c200 pass' });
    deleted('c200');
    writer.changed(service());
    await eventually('there is one', async () => Object.keys(await shown(kind)).join() === 'assay-front', WITHIN_MS);
  });
});

test(
  'of both APIs only the newer is written: what stood in the other is removed, and comes back when the newer goes',
  async () => {
    const foreign = { metadata: { name: 'of-kyverno', namespace }, results: [{ policy: 'p', result: 'pass' }] };
    judged('a', 'Met');
    await install(OLD_REPORTS);
    await world.create(OLD_REPORTS, foreign);
    start();
    await shows(OLD_REPORTS, { 'assay-front': 'a pass', 'of-kyverno': 'p pass' });
    await install(OPEN_REPORTS);
    await shows(OPEN_REPORTS, { 'assay-front': 'a pass' });
    // It was removed before the other was written.
    expect(await shown(OLD_REPORTS)).toEqual({ 'of-kyverno': 'p pass' });
    const [removed, written] = writes().slice(-2);
    expect(removed).toMatch(/^DELETE .*policyreports/);
    expect(written).toMatch(/^PATCH .*openreports/);
    await writer.stop(5_000);
    start();
    await settle(OPEN_REPORTS);
    expect(await shown(OLD_REPORTS)).toEqual({ 'of-kyverno': 'p pass' });
    await uninstall(OPEN_REPORTS);
    await eventually('it is back', async () => (await shown(OLD_REPORTS))['assay-front'] === 'a pass', WITHIN_MS);
    await uninstall(OLD_REPORTS);
  },
  2 * START_WITHIN_MS,
);
