/**
 * The chart as Helm reads it: `openChart` gives Helm with folders of its own, and what the chart makes of some values.
 */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { promisify } from 'node:util';

import { loadAll } from 'js-yaml';

import { fetchParts, type Session } from '../../src/parts/index.ts';

import { SYSTEM } from './operator-world.ts';

export const CHART = join(import.meta.dirname, '../../helm/assay');
// The least that the chart is for: Helm without a cluster would take a version of its own.
const KUBE_VERSION = '1.31.0';

/** An object that the chart makes, as far as tests look into it. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly rules?: readonly Rule[];
  readonly [field: string]: unknown;
}

/** A rule of a Role or ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Chart {
  /** Runs Helm; rejects with what it complained of. `kubeconfig` where it is to speak to a cluster. */
  helm(args: readonly string[], kubeconfig?: string): Promise<string>;
  /** What the chart makes of the values, for a release in SYSTEM. */
  render(values?: object, release?: string): Promise<Rendered[]>;
}

/** Sets of values that a user may choose; every object that comes of them has to be a good one. */
export const VALUE_SETS: Readonly<Record<string, object>> = {
  'nothing set': {},
  'everything set': {
    image: {
      repository: 'registry.example.org:5000/team/assay',
      digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
      pullPolicy: 'Always',
      pullSecrets: [{ name: 'registry' }],
    },
    logLevel: 'debug',
    leaseDuration: '1m',
    intake: { tls: { secretName: 'assay-intake-tls' } },
    storage: { size: '512Mi', className: 'fast', accessMode: 'ReadWriteOnce' },
    resources: { requests: { cpu: 1 }, limits: { cpu: '2', memory: '1Gi' } },
    policyReports: { write: true },
    incidents: { openFrom: 'high', times: { critical: { react: '10m', recover: '6h' }, low: { recover: '60d' } } },
    serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'prometheus' } },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'monitoring', effect: 'NoSchedule' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
        },
      },
    },
    podLabels: { team: 'audit', 'app.kubernetes.io/name': 'never this' },
    podAnnotations: { 'example.org/owner': 'audit' },
  },
  'as little as there can be': {
    crds: { install: false },
    admissionPolicies: { enabled: false },
    resources: { requests: null, limits: null },
  },
};

/** Gets Helm, and lets it keep what it keeps within the session. */
export async function openChart(session: Session): Promise<Chart> {
  const { helm: program } = await fetchParts(['helm'], { env, say: () => undefined, signal: session.signal });
  const home = join(session.dir, 'helm');
  await mkdir(home, { recursive: true });
  const own = { HOME: home, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const helm = async (args: readonly string[], kubeconfig = join(home, 'none')): Promise<string> => {
    const running = promisify(execFile)(program, [...args], { env: { ...own, KUBECONFIG: kubeconfig }, signal: session.signal });
    const { stdout, stderr } = await running.catch((error: unknown) => {
      throw new Error(String((error as { stderr?: unknown }).stderr));
    });
    return stdout + stderr;
  };
  return {
    helm,
    render: async (values = {}, release = 'assay') => {
      const args = ['template', release, CHART, '--namespace', SYSTEM, '--kube-version', KUBE_VERSION, ...valueFlags(values)];
      return (loadAll(await helm(args)) as (Rendered | null)[]).filter((object) => object !== null);
    },
  };
}

/** Flags that set these values. */
export const valueFlags = (values: object): string[] =>
  Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`]);

/** The one object of a kind. */
export function only(objects: readonly Rendered[], kind: string, name?: string): Rendered {
  const found = objects.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  if (found.length !== 1) throw new Error(`the chart makes ${found.length} objects of kind ${kind}`);
  return found[0]!;
}

/** The pod that a StatefulSet makes. */
export const podOf = (objects: readonly Rendered[]): { metadata: object; spec: PodSpec } =>
  (only(objects, 'StatefulSet')['spec'] as { template: { metadata: object; spec: PodSpec } }).template;

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly securityContext?: object;
  readonly volumes?: readonly object[];
  readonly containers: readonly {
    readonly image: string;
    readonly args: readonly string[];
    readonly ports: readonly object[];
    readonly volumeMounts: readonly object[];
  }[];
}
