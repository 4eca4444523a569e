import { Agent, fetch } from 'undici';

import { API_VERSION, type KubeObject } from '../../src/api/common.ts';
import type { NotificationChannel } from '../../src/api/channel.ts';
import type { ChangeRecord } from '../../src/api/change.ts';
import type { DeviationComment } from '../../src/api/comment.ts';
import type { CertificationCriterion } from '../../src/api/criterion.ts';
import type { Finding } from '../../src/api/finding.ts';
import { KINDS } from '../../src/api/kinds.ts';
import type { Incident } from '../../src/api/incident.ts';
import type { EvidenceReport } from '../../src/api/report.ts';
import type { EvidenceSource } from '../../src/api/source.ts';
import type { ControlPlane } from '../../src/parts/index.ts';

/** The kinds that tests read, as they come back. */
export interface Kinds {
  readonly CertificationCriterion: CertificationCriterion;
  readonly EvidenceReport: EvidenceReport;
  readonly EvidenceSource: EvidenceSource;
  readonly Incident: Incident;
  readonly ChangeRecord: ChangeRecord;
  readonly DeviationComment: DeviationComment;
  readonly Finding: Finding;
  readonly NotificationChannel: NotificationChannel;
  readonly Namespace: KubeObject;
  readonly Secret: KubeObject & { readonly data?: Readonly<Record<string, string>> };
  readonly Event: KubeObject & KubeEvent;
}
export type Kind = keyof Kinds;

export interface KubeEvent {
  readonly reason: string;
  readonly type: string;
  readonly note: string;
  readonly eventTime: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly namespace?: string; readonly uid?: string };
}

/** An object as somebody writes it. */
export type Manifest = object & {
  readonly kind: Kind;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

/** Which object: `['CertificationCriterion', 'shop/up']`, `['EvidenceSource', 'prometheus']`. */
export type Key = string;

/** What the API server says no to. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refused';
    this.status = status;
  }
}

/** The API server as a person with kubectl sees it; shares no code with the operator. Everything but `find` throws `Refused`. */
export interface KubeApi {
  /** Server-side apply, in order, strict about unknown fields. */
  apply(...manifests: readonly Manifest[]): Promise<void>;
  /** A JSON merge patch; null removes a field. */
  patch(kind: Kind, key: Key, change: object): Promise<void>;
  remove(kind: Kind, key: Key): Promise<void>;
  get<K extends Kind>(kind: K, key: Key): Promise<Kinds[K]>;
  find<K extends Kind>(kind: K, key: Key): Promise<Kinds[K] | undefined>;
  list<K extends Kind>(kind: K, namespace?: string): Promise<Kinds[K][]>;
  /** Events about one object, oldest first. */
  events(kind: Kind, key: Key): Promise<KubeEvent[]>;
  close(): Promise<void>;
}

const FIELD_MANAGER = 'tester';

/** Makes a client with the admin's rights. */
export function newKubeApi(cluster: ControlPlane): KubeApi {
  const agent = new Agent({ connect: { ca: cluster.ca } });
  const send = async (method: string, path: string, body?: object, contentType = 'application/json'): Promise<unknown> => {
    const headers = { authorization: `Bearer ${cluster.adminToken}`, 'content-type': contentType };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(cluster.url + path, { method, headers, dispatcher: agent, ...sent });
    const content = (await answer.json()) as { message?: string };
    if (!answer.ok) throw new Refused(answer.status, content.message ?? '');
    return content;
  };
  const get = async <K extends Kind>(kind: K, key: Key): Promise<Kinds[K]> => (await send('GET', pathOf(kind, key))) as Kinds[K];
  const list = async <K extends Kind>(kind: K, namespace?: string): Promise<Kinds[K][]> =>
    ((await send('GET', collectionOf(kind, namespace))) as { items: Kinds[K][] }).items;
  return {
    ...{ get, list },
    apply: async (...manifests) => {
      for (const manifest of manifests) {
        const { kind, metadata } = manifest;
        const path = pathOf(kind, [metadata.namespace, metadata.name].filter(Boolean).join('/'));
        const query = `fieldManager=${FIELD_MANAGER}&force=true&fieldValidation=Strict`;
        await send('PATCH', `${path}?${query}`, { apiVersion: versionOf(kind), ...manifest }, 'application/apply-patch+yaml');
      }
    },
    patch: async (kind, key, change) => {
      await send('PATCH', pathOf(kind, key), change, 'application/merge-patch+json');
    },
    remove: async (kind, key) => {
      await send('DELETE', pathOf(kind, key));
    },
    find: async (kind, key) =>
      get(kind, key).catch((error: unknown) => {
        if (error instanceof Refused && error.status === 404) return undefined;
        throw error;
      }),
    events: async (kind, key) => {
      const name = key.split('/').at(-1);
      const namespace = key.includes('/') ? key.split('/')[0] : 'default';
      const all = await list('Event', namespace);
      return all
        .filter(({ regarding }) => regarding.kind === kind && regarding.name === name)
        .sort((a, b) => (a.eventTime < b.eventTime ? -1 : 1));
    },
    close: () => agent.close(),
  };
}

const CORE = ['Namespace', 'Secret'];
const OF_THE_CLUSTER = ['Namespace', 'EvidenceSource', 'NotificationChannel'];

function versionOf(kind: Kind): string {
  if (kind === 'Event') return 'events.k8s.io/v1';
  return CORE.includes(kind) ? 'v1' : API_VERSION;
}

function collectionOf(kind: Kind, namespace?: string): string {
  const plural = KINDS.find((known) => known.kind === kind)?.plural ?? `${kind.toLowerCase()}s`;
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${CORE.includes(kind) ? '/api' : '/apis'}/${versionOf(kind)}${within}/${plural}`;
}

function pathOf(kind: Kind, key: Key): string {
  const [namespace = '', name = ''] = OF_THE_CLUSTER.includes(kind) ? ['', key] : key.split('/');
  return `${collectionOf(kind, namespace === '' ? undefined : namespace)}/${name}`;
}
