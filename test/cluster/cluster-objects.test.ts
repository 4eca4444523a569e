import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { load } from 'js-yaml';

import type { KubeObject, LabelSelector } from '../../src/api/common.ts';
import { newClusterObjects } from '../../src/controller/sources/cluster-objects.ts';
import { type KubeRequest, loadKubeConfig, newTransport, type Resource, type Transport } from '../../src/kube/index.ts';
import { eventually } from '../../src/kube/stand-ins.ts';
import { HandClock } from '../../src/platform/hand-clock.ts';
import type { ClusterObjects, FoundObjects } from '../../src/sources/cluster.ts';
import { kyverno, kyvernoOpen, trivy } from '../../src/sources/policy-reports.fixtures.ts';
import { policyReportsReader } from '../../src/sources/policy-reports.ts';
import { resourceReader } from '../../src/sources/resource.ts';

import { CONFIG_MAPS, startWorld, type World } from './kube-world.ts';

const START_WITHIN_MS = 60_000;
const never = new AbortController().signal;
const shop = { namespace: 'shop' };

const of = (apiVersion: string, kind: string, plural: string, namespaced = true): Resource => ({
  ...{ apiVersion, kind, plural, namespaced },
});
const DEPLOYMENTS = of('apps/v1', 'Deployment', 'deployments');
const CRDS = of('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', false);
const RBAC = 'rbac.authorization.k8s.io/v1';
const REPORTS = [
  of('wgpolicyk8s.io/v1alpha2', 'PolicyReport', 'policyreports'),
  of('openreports.io/v1alpha1', 'Report', 'reports'),
] as const;

let world: World;
let clock: HandClock;
let asked: KubeRequest[];
let objects: ClusterObjects;
let reader: Transport;

beforeAll(async () => {
  world = await startWorld();
  for (const name of ['shop', 'bank']) await world.namespace(name);
  const tiers = { a: 'gold', b: 'silver', c: '', d: undefined, e: 'gold' };
  for (const [name, tier] of Object.entries(tiers)) {
    const labels = { app: 'shop', ...(tier !== undefined && { tier }) };
    await world.create(CONFIG_MAPS, { metadata: { namespace: 'shop', name, labels } });
  }
  await world.create(CONFIG_MAPS, { metadata: { namespace: 'bank', name: 'of-the-bank', labels: { app: 'shop' } } });
  for (const [name, replicas] of Object.entries({ front: 3, back: 1 }))
    await world.create(DEPLOYMENTS, deployment(name, replicas));
  reader = await readerOf({ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] });
}, START_WITHIN_MS);
afterAll(async () => {
  await reader.close();
  await world.close();
}, START_WITHIN_MS);

beforeEach(() => {
  clock = new HandClock();
  asked = [];
  const heard: Transport = {
    request: (request) => {
      asked.push(request);
      return world.api.request(request);
    },
    stream: (request) => world.api.stream(request),
    close: () => Promise.resolve(),
  };
  objects = newClusterObjects({ transport: heard, clock, pageSize: 2 });
});

const deployment = (name: string, replicas: number): { metadata: object; spec: object } => ({
  metadata: { namespace: 'shop', name },
  spec: {
    replicas,
    selector: { matchLabels: { name } },
    template: { metadata: { labels: { name } }, spec: { containers: [{ name, image: `r.example.org/${name}:1` }] } },
  },
});

/** The way to the API server of an account that has this right, and no other. */
async function readerOf(rule: object): Promise<Transport> {
  const [metadata, subject] = [{ name: 'reader' }, { kind: 'ServiceAccount', name: 'reader', namespace: 'bank' }];
  await world.create(of('v1', 'ServiceAccount', 'serviceaccounts'), { metadata: { ...metadata, namespace: 'bank' } });
  await world.create(of(RBAC, 'ClusterRole', 'clusterroles', false), { metadata, rules: [rule] });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' };
  await world.create(of(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', false), { metadata, roleRef, subjects: [subject] });
  const path = '/api/v1/namespaces/bank/serviceaccounts/reader/token';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { status } = (await world.api.request({ method: 'POST', path, body })) as { status: { token: string } };
  const config = loadKubeConfig({ kind: 'File', path: await world.cluster.kubeconfigFor('reader', status.token) });
  return newTransport({ config });
}

const maps = { apiVersion: 'v1', kind: 'ConfigMap', ...shop };
const namesIn = (found: FoundObjects): string[] | FoundObjects =>
  found.kind === 'Objects' ? found.objects.map(({ metadata }) => metadata.name).sort() : found;
const selected = async (selector: LabelSelector): Promise<unknown> => namesIn(await objects.list({ ...maps, selector }, never));

test('lists the objects of the own namespace alone, in pages, without what nobody reads', async () => {
  const found = await objects.list(maps, never);
  expect(namesIn(found)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(found).toMatchObject({
    objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop' } }, {}, {}, {}, {}],
  });
  expect(JSON.stringify(found)).not.toContain('managedFields');
  expect(asked.map(({ path }) => path)).toEqual(['/api/v1', ...Array<string>(3).fill('/api/v1/namespaces/shop/configmaps')]);
});

const by = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key: 'tier', operator, ...(values.length > 0 && { values }) }],
});
const selectors: Record<string, [selector: LabelSelector, want: string[]]> = {
  'an empty selector is everything': [{}, ['a', 'b', 'c', 'd', 'e']],
  'labels with these values': [{ matchLabels: { app: 'shop', tier: 'gold' } }, ['a', 'e']],
  'a label with an empty value': [{ matchLabels: { tier: '' } }, ['c']],
  'one of these values': [by('In', 'silver', ''), ['b', 'c']],
  'one of no values is none': [by('In'), []],
  'none of these values, or no label': [by('NotIn', 'gold', ''), ['b', 'd']],
  'none of no values is everything': [by('NotIn'), ['a', 'b', 'c', 'd', 'e']],
  'a label that is there': [by('Exists'), ['a', 'b', 'c', 'e']],
  'a label that is not there': [by('DoesNotExist'), ['d']],
  'a value that no label has is none': [{ matchLabels: { tier: 'gold),app in (shop' } }, []],
};
test.each(Object.entries(selectors))('selects by labels: %s', async (_sentence, [selector, want]) => {
  expect(await selected(selector)).toEqual(want);
});

const refusals: Record<string, [apiVersion: string, kind: string, want: object]> = {
  'a kind that there is not': ['v1', 'Gadget', { reason: 'NotServed', message: 'the API server serves no Gadget of v1' }],
  'a group that there is not': ['nowhere.example/v1', 'Gadget', { reason: 'NotServed' }],
  'a subresource': ['apps/v1', 'Scale', { reason: 'NotServed' }],
  'what can not be listed': ['authentication.k8s.io/v1', 'TokenReview', { reason: 'NotServed' }],
  'Secrets, whoever may read them': ['v1', 'Secret', { reason: 'NotAllowed', message: 'Secrets are never read as evidence' }],
};
test.each(Object.entries(refusals))('gives nothing of %s', async (_sentence, [apiVersion, kind, want]) => {
  expect(await objects.list({ apiVersion, kind, ...shop }, never)).toMatchObject({ kind: 'NotFound', ...want });
});

test('of Namespaces it gives the own one alone', async () => {
  expect(namesIn(await objects.list({ apiVersion: 'v1', kind: 'Namespace', ...shop }, never))).toEqual(['shop']);
});

test('of a kind without namespaces it gives all, but none that names addresses', async () => {
  const crd = load(readFileSync(join(import.meta.dirname, '../../crds/assay.dev_evidencesources.yaml'), 'utf8')) as KubeObject;
  await world.create(CRDS, { ...crd });
  const ours = { apiVersion: 'assay.dev/v1alpha1', kind: 'EvidenceSource', ...shop };
  await eventually('the kind is served', async () => {
    await clock.advance(30_000);
    const found = await objects.list(ours, never);
    return found.kind === 'NotFound' && found.reason === 'NotAllowed';
  });
  const definitions = { apiVersion: CRDS.apiVersion, kind: CRDS.kind, ...shop };
  expect(namesIn(await objects.list(definitions, never))).toEqual(['evidencesources.assay.dev']);
});

test('what the operator has no right to is not allowed, and what it has is given', async () => {
  const limited = newClusterObjects({ transport: reader, clock });
  expect(namesIn(await limited.list(maps, never))).toHaveLength(5);
  const refused = await limited.list({ apiVersion: 'apps/v1', kind: 'Deployment', ...shop }, never);
  const message =
    "the operator may not list deployments of apps: the chart's value readableResources lists the kinds that may be read";
  expect(refused).toEqual({ kind: 'NotFound', reason: 'NotAllowed', message });
  const query = { apiVersion: 'apps/v1', kind: 'Deployment', expression: 'true' };
  expect(await resourceReader.check(query, limited, shop, never)).toEqual({ reason: 'KindNotAllowed', message });
});

test('Deployments with too few replicas are counted', async () => {
  const query = { apiVersion: 'apps/v1', kind: 'Deployment', expression: 'object.spec.replicas >= 2' };
  const samples = [{ labels: {}, value: 1 }];
  expect(await resourceReader.check(query, objects, shop, never)).toBeUndefined();
  expect(await resourceReader.read(query, objects, shop, never)).toEqual({ kind: 'Samples', samples });
  expect(await resourceReader.read(query, objects, { namespace: 'bank' }, never)).toEqual({ kind: 'Samples', samples: [] });
});

test(
  'policy reports are counted as soon as their kinds are there, and no more once these are gone',
  async () => {
    const read = () => policyReportsReader.read({}, objects, shop, never);
    const unserved = { kind: 'Unavailable', reason: 'SourceUnreachable' };
    expect(await read()).toMatchObject(unserved);
    const empty = { kind: 'Samples', samples: [] };
    for (const resource of REPORTS) await world.create(CRDS, definitionOf(resource));
    await eventually('the kinds are served', async () => {
      await clock.advance(30_000);
      return JSON.stringify(await read()) === JSON.stringify(empty);
    });
    await Promise.all([
      world.create(REPORTS[0], kyverno),
      world.create(REPORTS[1], kyvernoOpen),
      world.create(REPORTS[0], trivy),
    ]);
    await clock.advance(5_000);
    const sample = (value: number, severity: string, source: string) => ({ labels: { result: 'fail', severity, source }, value });
    expect(await read()).toEqual({
      kind: 'Samples',
      samples: expect.arrayContaining([
        sample(1, 'medium', 'kyverno'),
        sample(2, 'critical', 'Trivy Vulnerability'),
        sample(1, 'high', 'Trivy Vulnerability'),
      ]) as unknown,
    });
    for (const { plural, apiVersion } of REPORTS) await world.remove(CRDS, undefined, `${plural}.${apiVersion.split('/')[0]!}`);
    await eventually('the kinds are gone', async () => {
      await clock.advance(5_000);
      return (await read()).kind === 'Unavailable';
    });
    expect(await read()).toMatchObject(unserved);
  },
  START_WITHIN_MS,
);

function definitionOf({ apiVersion, kind, plural }: Resource): { metadata: object; spec: object } {
  const [group, name] = apiVersion.split('/') as [string, string];
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced', names: { plural, singular: kind.toLowerCase(), kind } },
      versions: [{ name, served: true, storage: true, schema }],
    },
  };
}
