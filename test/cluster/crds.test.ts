import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { env } from 'node:process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Agent, fetch } from 'undici';

import { API_VERSION } from '../../src/api/common.ts';
import { KINDS } from '../../src/api/kinds.ts';
import { BAD_MANIFESTS, criterion, type Draft, GOOD_MANIFESTS, report } from '../../src/api/validate.fixtures.ts';
import { BAD_RECORDED, GOOD_RECORDED } from '../../src/api/validate-recorded.fixtures.ts';
import { validate } from '../../src/api/validate.ts';
import { type ControlPlane, fetchParts, openSession, type Session, startControlPlane } from '../../src/parts/index.ts';

const root = join(import.meta.dirname, '../..');

interface Answer {
  readonly status: number;
  readonly body: {
    readonly spec?: object;
    readonly message?: string;
    readonly details?: { causes?: { field?: string }[] };
    readonly metadata?: { resourceVersion: string };
  };
}

let session: Session;
let cluster: ControlPlane;
let kubectlPath: string;
let agent: Agent;

beforeAll(async () => {
  session = await openSession();
  const { dir, signal } = session;
  const bins = await fetchParts(['etcd', 'kube-apiserver', 'kubectl'], { env, say: () => undefined, signal });
  kubectlPath = bins.kubectl;
  cluster = await session.use(startControlPlane({ dir: join(dir, 'cluster'), bins, signal }));
  agent = new Agent({ connect: { ca: cluster.ca } });
  await kubectl('apply', '-f', join(root, 'crds'));
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s');
  await kubectl('create', 'namespace', 'shop');
}, 60_000);

afterAll(async () => {
  await agent.close();
  await session.close();
}, 30_000);

describe('what is refused in a cluster is refused without one, and the same fields are named', () => {
  test.each(Object.entries({ ...BAD_MANIFESTS, ...BAD_RECORDED }))('%s', async (_sentence, { object, old, fields }) => {
    const answer = await judge(object, old);
    expect([400, 422]).toContain(answer.status);
    expect(fieldsNamed(answer)).toEqual([...fields].sort());
    const here = validate(object, old);
    expect(here.kind === 'Invalid' ? here.problems.map(({ path }) => path).sort() : []).toEqual([...fields].sort());
  });
});

describe('what is taken in a cluster is taken without one, with the same defaults', () => {
  test.each(Object.entries({ ...GOOD_MANIFESTS, ...GOOD_RECORDED }))('%s', async (_sentence, { object, old }) => {
    const answer = await judge(object, old);
    expect(answer.body.message).toBeUndefined();
    const here = validate(object, old);
    expect(here.kind === 'Valid' ? here.object.spec : here.problems).toEqual(answer.body.spec);
  });
});

test('a version that is not served is refused by both', async () => {
  expect((await send('POST', { ...criterion(), apiVersion: 'assay.dev/v1' })).status).toBe(400);
  expect(validate({ ...criterion(), apiVersion: 'assay.dev/v1' }).kind).toBe('Invalid');
});

test('the example can be applied, and its criterion is the one that was written', async () => {
  await kubectl('apply', '-f', join(root, 'examples/ops-02-availability'));
  const listed = await kubectl('get', 'crit', '-n', 'shop', 'shop-availability', '-o', 'jsonpath={.spec.objective.target}');
  expect(listed).toBe('99.9');
});

describe('with two criteria of two services', () => {
  beforeAll(async () => {
    await applied(criterion());
    await applied({ ...criterion({ service: 'till' }), metadata: { name: 'till-availability', namespace: 'shop' } });
    await applied(report());
    await status('shop-availability', {
      verdict: 'Fail',
      controls: 'OPS-02',
      measured: '0 (== 1)',
      since: '2026-11-22T10:00:00Z',
    });
    await status('till-availability', { verdict: 'Pass', controls: 'OPS-02' });
  }, 30_000);

  test('kubectl get assay lists every kind', async () => {
    const listed = await kubectl('get', 'assay', '-A', '-o', 'name');
    expect(listed.split('\n').filter(Boolean)).toEqual([
      'certificationcriterion.assay.dev/shop-availability',
      'certificationcriterion.assay.dev/till-availability',
      'evidencereport.assay.dev/shop-day',
      'evidencesource.assay.dev/prometheus',
    ]);
  });

  test('the columns answer the first question', async () => {
    const lines = (await kubectl('get', 'crit', '-n', 'shop')).split('\n').map((line) => line.split(/\s{2,}/));
    expect(lines[0]).toEqual(['NAME', 'SERVICE', 'CONTROLS', 'VERDICT', 'MEASURED', 'SINCE', 'AGE']);
    expect(lines[1]?.slice(0, 5)).toEqual(['shop-availability', 'shop', 'OPS-02', 'Fail', '0 (== 1)']);
    expect((await kubectl('get', 'crit', '-n', 'shop', '-o', 'wide')).split('\n')[0]).toMatch(
      /SEVERITY +OBJECTIVE +MESSAGE +AGE/,
    );
  });

  test.each(
    Object.entries({
      'by verdict': { selector: 'status.verdict=Fail', want: 'shop-availability' },
      'by service': { selector: 'spec.service=till', want: 'till-availability' },
      'by both': { selector: 'spec.service=shop,status.verdict=Pass', want: '' },
    }),
  )('field selectors work: %s', async (_sentence, { selector, want }) =>
    expect((await kubectl('get', 'crit', '-n', 'shop', '--field-selector', selector, '-o', 'name')).trim()).toBe(
      want === '' ? '' : `certificationcriterion.assay.dev/${want}`,
    ),
  );

  test('conditions merge by type, and kubectl wait understands them', async () => {
    const condition = {
      type: 'Passing',
      status: 'True',
      lastTransitionTime: '2026-11-22T10:00:00Z',
      reason: 'Pass',
      message: 'it holds',
    };
    await status('till-availability', { conditions: [condition] });
    await kubectl('wait', '-n', 'shop', '--for=condition=Passing', 'crit/till-availability', '--timeout=5s');
  });
});

test('kubectl explain is the manual', async () => {
  const text = await kubectl('explain', 'certificationcriterion.spec.rule.threshold');
  expect(text).toContain('Compares each series of one evidence item with a bound.');
  expect(text).toMatch(/value\s<number> -required-\s+The bound, in the unit of the evidence\./);
});

test.each(KINDS.map((kind) => [kind.kind, kind] as const))('%s: no field is left without an explanation', async (_kind, kind) => {
  const text = await kubectl('explain', kind.singular, '--recursive');
  expect(text).toContain('spec\t<Object> -required-');
  expect(await kubectl('explain', `${kind.shortName}.spec`)).not.toContain('<no description>');
});

/** What the API server says of an object, without keeping it: as new, or as an update of what was there before. */
async function judge(object: Draft, old?: Draft): Promise<Answer> {
  if (!old) return send('POST', object, 'dryRun=All&fieldValidation=Strict');
  await send('DELETE', old);
  const before = await send('POST', old);
  const metadata = { ...object.metadata, resourceVersion: before.body.metadata?.resourceVersion };
  const answer = await send('PUT', { ...object, metadata }, 'dryRun=All&fieldValidation=Strict');
  await send('DELETE', old);
  return answer;
}

async function send(method: 'POST' | 'PUT' | 'DELETE', object: Draft, query = ''): Promise<Answer> {
  const kind = KINDS.find((known) => known.kind === object.kind);
  const where = kind?.scope === 'Cluster' ? '' : `/namespaces/${String(object.metadata.namespace)}`;
  const name = method === 'POST' ? '' : `/${String(object.metadata.name)}`;
  const url = `${cluster.url}/apis/${API_VERSION}${where}/${kind?.plural ?? ''}${name}?${query}`;
  const headers = { authorization: `Bearer ${cluster.adminToken}`, 'content-type': 'application/json' };
  const body = method === 'DELETE' ? undefined : JSON.stringify(object);
  const answer = await fetch(url, { method, headers, dispatcher: agent, ...(body === undefined ? {} : { body }) });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

// Unknown fields stand in the message, others among the causes; `<nil>` only says that more may be wrong.
function fieldsNamed({ body }: Answer): string[] {
  const unknown = [...(body.message ?? '').matchAll(/unknown field "([^"]+)"/g)].map(([, field]) => field ?? '');
  const causes = (body.details?.causes ?? []).map(({ field }) => field ?? '').filter((field) => field !== '<nil>');
  return [...new Set([...unknown, ...causes])].sort();
}

async function applied(object: Draft): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-crds-'));
  await writeFile(join(dir, 'object.json'), JSON.stringify(object));
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', join(dir, 'object.json'));
  await rm(dir, { recursive: true });
}

const status = (name: string, value: object): Promise<string> =>
  kubectl('patch', '-n', 'shop', 'crit', name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: value }));

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(kubectlPath, ['--kubeconfig', cluster.kubeconfigPath, ...args]);
  return stdout;
}
