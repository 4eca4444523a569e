import { falcoText } from '../../src/inbox/examples.ts';

import { readEvidenceLog } from './evidence-log.ts';
import { criterion, namespace, secret, source } from './manifests.ts';
import { complaintsIn, eventually, openWorld, type SpawnedOperator, type World } from './operator-world.ts';

// Incidents that open by themselves, on a real API server: none is lost, none comes twice, whenever the operator dies.

const SLOW_MS = 120_000;
const TOKEN = 'a-token-of-falco';

let world: World;
let operator: SpawnedOperator;

beforeAll(async () => {
  world = await openWorld();
  const prometheus = await world.startPrometheus({});
  operator = await world.spawnOperator({ openIncidents: 'high' });
  const falco = { intake: { token: { name: 'falco', key: 'token' } } };
  await world.api.apply(
    secret('falco', { token: TOKEN }),
    namespace('shop'),
    source('prometheus', prometheus.url),
    { kind: 'EvidenceSource', metadata: { name: 'falco' }, ...{ spec: { falco, namespaces: { from: 'All' } } } },
    criterion('shop/runtime', { source: 'falco' }, { severity: 'critical', service: 'till', evidence: runtimeAlerts }),
  );
}, SLOW_MS);

afterAll(() => world.close(), SLOW_MS);

const runtimeAlerts = [{ name: 'up', falco: { source: 'falco' }, allowPartial: true }];
const broken = { source: 'prometheus', query: 'vector(0)' };

interface Seen {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly service: string; readonly origin: { readonly criterion?: string; readonly rule?: string } };
}

/** The incidents that there are, as a person sees them. */
async function incidents(): Promise<readonly Seen[]> {
  return (JSON.parse(await world.kubectl('get', 'inc', '-n', 'shop', '-o', 'json')) as { items: Seen[] }).items;
}
const ofCriteria = async (): Promise<string[]> => (await incidents()).flatMap(({ spec }) => spec.origin.criterion ?? []).sort();

const deviates = (name: string): Promise<void> =>
  eventually(async () => {
    const records = (await readEvidenceLog(operator.store)).get(`shop/${name}`)?.records ?? [];
    expect(records.some(({ kind }) => kind === 'DeviationOpened')).toBe(true);
  }, 40_000);

/** What is on record of incidents of a service: `Opened <name>`. */
async function recorded(service: string): Promise<string[]> {
  const records = (await readEvidenceLog(operator.store)).get(`shop/${service}`)?.records ?? [];
  return records.flatMap((record) => (record.kind === 'IncidentChanged' ? [`${record.body.change} ${record.body.state}`] : []));
}

async function restartAfterKill(): Promise<void> {
  operator.kill('SIGKILL');
  await operator.exited();
  await operator.start();
}

test(
  'a deviation of a grave criterion opens a suspicion, which says with what it began; others open none',
  async () => {
    await world.api.apply(
      criterion('shop/slight', broken, { severity: 'medium' }),
      criterion('shop/dry', broken, { severity: 'critical', mode: 'DryRun' }),
    );
    await Promise.all([deviates('slight'), deviates('dry')]);
    await world.api.apply(criterion('shop/grave', broken, { severity: 'high' }));
    await eventually(async () => expect(await ofCriteria()).toEqual(['grave']), 40_000);
    const [opened] = await incidents();
    // The name of its service.
    expect(opened?.metadata.name).toMatch(/^grave-\d{4}-\d{2}-\d{2}-[0-9a-f]{10}$/);
    expect(opened?.spec).toMatchObject({
      ...{ service: 'grave', state: 'Suspected', severity: 'high', reporter: 'assay' },
      ...{ title: expect.stringMatching(/^Not met since .*Z: Test of grave$/) as string },
      origin: { criterion: 'grave', deviation: expect.stringMatching(/^[0-9A-Z]{26}$/) as string },
    });
    await eventually(async () => expect(await recorded('grave')).toEqual(['Opened Suspected']));
  },
  SLOW_MS,
);

test(
  'what a person deleted does not come back, after a death of the operator neither',
  async () => {
    const [opened] = await incidents();
    await world.kubectl('delete', 'inc', '-n', 'shop', opened?.metadata.name ?? '');
    await eventually(async () => expect(await recorded('grave')).toEqual(['Opened Suspected', 'Deleted Suspected']));
    await restartAfterKill();
    await world.api.apply(criterion('shop/second', broken, { severity: 'critical' }));
    await eventually(async () => expect(await ofCriteria()).toEqual(['second']), 40_000);
    expect(await recorded('grave')).toEqual(['Opened Suspected', 'Deleted Suspected']);
  },
  SLOW_MS,
);

test(
  'what the API server did not take before the operator died opens once it does, and once',
  async () => {
    await world.tryKubectl(JSON.stringify(REFUSING), 'apply', '-f', '-');
    await eventually(async () => {
      const probe = { apiVersion: 'assay.dev/v1alpha1', kind: 'Incident', metadata: { name: 'probe', namespace: 'shop' } };
      const spec = { service: 'shop', title: 'Is it refused?' };
      const { said } = await world.tryKubectl(JSON.stringify({ ...probe, spec }), 'create', '--dry-run=server', '-f', '-');
      expect(said).toContain('not now');
    });
    await world.api.apply(criterion('shop/third', broken, { severity: 'critical' }));
    await deviates('third');
    await eventually(async () => expect(await operator.logged()).toMatch(/KUBE_REQUEST_FAILED|403/));
    operator.kill('SIGKILL');
    await operator.exited();
    expect(await ofCriteria()).toEqual(['second']);
    await world.tryKubectl(JSON.stringify(REFUSING), 'delete', '-f', '-');
    await operator.start();
    await eventually(async () => expect(await ofCriteria()).toEqual(['second', 'third']), 60_000);
    await restartAfterKill();
    await world.api.apply(criterion('shop/fourth', broken, { severity: 'critical' }));
    await eventually(async () => expect(await ofCriteria()).toEqual(['fourth', 'second', 'third']), 40_000);
    for (const service of ['second', 'third']) expect(await recorded(service)).toEqual(['Opened Suspected']);
  },
  2 * SLOW_MS,
);

test(
  'grave alerts of Falco open one for each rule and workload, also those that came just before a death',
  async () => {
    const tell = async (rule: string, pod: string, priority = 'Critical'): Promise<void> => {
      const body = falcoText({ rule, priority, time: new Date(), output_fields: { 'k8s.ns.name': 'shop', 'k8s.pod.name': pod } });
      await eventually(async () => {
        const { status } = await fetch(`${operator.url}/intake/falco/falco/${TOKEN}`, { method: 'POST', body });
        expect(status).toBe(204);
      }, 40_000);
    };
    await tell('Shell in container', 'front-6b7f9c4d5-x2k4q');
    await tell('Shell in container', 'front-6b7f9c4d5-zz9t7');
    await tell('Shell in container', 'front-6b7f9c4d5-zz9t7', 'Warning');
    await restartAfterKill();
    await tell('Something less', 'front-6b7f9c4d5-x2k4q', 'Error');
    await tell('Drop and execute', 'front-6b7f9c4d5-x2k4q', 'Emergency');
    const ofFalco = async (): Promise<Seen[]> => (await incidents()).filter(({ spec }) => spec.service === 'till');
    await eventually(async () => expect(await ofFalco()).toHaveLength(2), 40_000);
    expect((await ofFalco()).map(({ spec }) => spec)).toEqual(
      expect.arrayContaining(
        ['Shell in container', 'Drop and execute'].map(
          (rule) =>
            expect.objectContaining({
              ...{ severity: 'critical', state: 'Suspected', origin: { rule, workload: 'shop/front' } },
            }) as unknown,
        ),
      ),
    );
    // What they make of the criterion opens no third one.
    await eventually(async () => {
      const records = (await readEvidenceLog(operator.store)).get('shop/till')?.records ?? [];
      expect(records.map(({ kind }) => kind)).toContain('DeviationOpened');
    }, 40_000);
    await restartAfterKill();
    await tell('Third rule', 'front-6b7f9c4d5-x2k4q');
    await eventually(async () => expect(await ofFalco()).toHaveLength(3), 40_000);
    expect((await ofFalco()).every(({ spec }) => spec.origin.rule !== undefined)).toBe(true);
  },
  2 * SLOW_MS,
);

test('nobody had anything to complain of, but where the API server took nothing', async () => {
  const complaints = complaintsIn(await operator.logged());
  expect(complaints.filter((line) => !/third|403|incident/.test(line))).toEqual([]);
});

// Refuses every new incident, as an API server does whose admission webhook is down.
const REFUSING = {
  ...{ apiVersion: 'v1', kind: 'List' },
  items: [
    {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: 'refusing' } },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: ['assay.dev'], apiVersions: ['*'], operations: ['CREATE'], resources: ['incidents'] }],
        },
        validations: [{ expression: 'false', message: 'not now', reason: 'Forbidden' }],
      },
    },
    {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding' },
      ...{ metadata: { name: 'refusing' }, spec: { policyName: 'refusing', validationActions: ['Deny'] } },
    },
  ],
};
