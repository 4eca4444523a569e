import { GROUP, type KubeObject } from '../../api/common.ts';
import { type Resource, statusOf, type Transport, withoutManagedFields } from '../../kube/index.ts';
import { listPages } from '../../kube/list-pages.ts';
import type { Clock } from '../../platform/clock.ts';
import { AssayError, messageOf } from '../../platform/errors.ts';
import type { ClusterObjects, FoundObjects, WantedObjects } from '../../sources/cluster.ts';
import { newLimiter } from '../../sources/limiter.ts';
import { newSharing } from '../../sources/sharing.ts';
import { READABLE_KINDS } from '../../sources/resource-absence.ts';
import { newClusterKinds } from './cluster-kinds.ts';
import { labelQuery } from './label-query.ts';
import { matches } from '../selector.ts';

/** What is read at most, and how long it stands; the defaults are right but for tests. */
export interface ClusterObjectsOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly maxObjects?: number;
  readonly maxBytes?: number;
  readonly pageSize?: number;
}

const MAX_OBJECTS = 10_000;
const MAX_BYTES = 32 * 2 ** 20;
const PAGE_SIZE = 500;
// The criteria of a namespace ask for the same objects at the same moment.
const KEEP_MS = 5_000;
const LIST_WITHIN_MS = 30_000;
const MAX_AT_ONCE = 2;
const MAX_WAITING = 10_000;

/** An answer with its size, by which it is kept. */
interface Answer {
  readonly found: FoundObjects;
  readonly bytes: number;
}

/**
 * Lists objects of the cluster as evidence: in pages, of the namespace that asks alone, and the same question once for all who ask
 * it within five seconds. What the operator may read for its own sake is not handed on: no Secret, no other Namespace, and no kind of
 * ours that names addresses.
 */
export function newClusterObjects(options: ClusterObjectsOptions): ClusterObjects {
  const { transport, clock, maxBytes = MAX_BYTES } = options;
  const kinds = newClusterKinds(transport, clock);
  const lists = newLimiter(MAX_AT_ONCE, MAX_WAITING);
  const shared = newSharing<Answer>({ clock, keepMs: KEEP_MS, maxWeight: maxBytes, weightOf: ({ bytes }) => bytes });

  const listOnce = async (wanted: WantedObjects, resource: Resource, signal: AbortSignal): Promise<Answer> => {
    try {
      // Waiting for a place counts: whoever waits for too long is told that nothing is known.
      return await within(clock, signal, (ending) => lists.run(() => listed(options, resource, wanted, ending), ending));
    } catch (error) {
      const found = listFailure(error, resource);
      if (found.reason === 'NotServed') kinds.forget(resource.apiVersion);
      // What may be otherwise in a moment is asked anew.
      return { found, bytes: found.reason === 'Unreachable' ? 0 : 1 };
    }
  };
  const find = async (wanted: WantedObjects, signal: AbortSignal): Promise<FoundObjects> => {
    const { apiVersion, kind, namespace, selector = {} } = wanted;
    if (apiVersion === 'v1' && kind === 'Secret') return notFound('NotAllowed', 'Secrets are never read as evidence');
    const resource = await kinds.find(apiVersion, kind, signal);
    if (resource === undefined) return notFound('NotServed', `the API server serves no ${kind} of ${apiVersion}`);
    if (namesAddresses(resource)) return notFound('NotAllowed', `no ${kind} is read as evidence: it names addresses`);
    const where = resource.namespaced || isNamespaces(resource) ? namespace : '';
    const key = JSON.stringify([apiVersion, kind, where, selector]);
    return (await shared.ask(key, (all) => listOnce(wanted, resource, all), signal)).found;
  };
  return {
    list: (wanted, signal) =>
      find(wanted, signal).catch((error: unknown) => {
        if (statusOf(error) === 403) return notFound('NotAllowed', `the operator may not see what ${wanted.apiVersion} holds`);
        return notFound('Unreachable', failureText(error));
      }),
  };
}

const isNamespaces = ({ apiVersion, kind }: Resource): boolean => apiVersion === 'v1' && kind === 'Namespace';
const namesAddresses = ({ apiVersion, namespaced }: Resource): boolean => apiVersion.startsWith(`${GROUP}/`) && !namespaced;

type NotFound = Extract<FoundObjects, { kind: 'NotFound' }>;
const notFound = (reason: NotFound['reason'], message: string): NotFound => ({ kind: 'NotFound', reason, message });

class TooMany extends Error {}

async function listed(
  { transport, maxObjects = MAX_OBJECTS, maxBytes = MAX_BYTES, pageSize = PAGE_SIZE }: ClusterObjectsOptions,
  resource: Resource,
  { namespace, selector = {} }: WantedObjects,
  signal: AbortSignal,
): Promise<Answer> {
  const sizes = new Map<string, number>();
  let bytes = 0;
  // A list that is begun anew shows objects again.
  const trim = (object: KubeObject): KubeObject => {
    const trimmed = withoutManagedFields(object);
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const size = JSON.stringify(trimmed).length;
    bytes += size - (sizes.get(key) ?? 0);
    sizes.set(key, size);
    if (sizes.size > maxObjects) throw new TooMany(`there are more than ${maxObjects} of them`);
    if (bytes > maxBytes) throw new TooMany(`they are larger than ${Math.floor(maxBytes / 2 ** 20)} MiB together`);
    return trimmed;
  };
  const selectors = {
    labelSelector: labelQuery(selector),
    ...(isNamespaces(resource) && { fieldSelector: `metadata.name=${namespace}` }),
  };
  const { objects } = await listPages({ transport, resource, namespace, selectors, pageSize, trim, signal });
  const selected = [...objects.values()].filter(({ metadata }) => matches(selector, metadata.labels));
  return { found: { kind: 'Objects', objects: selected }, bytes: Math.max(1, bytes) };
}

function listFailure(error: unknown, { plural, apiVersion, kind }: Resource): NotFound {
  const group = apiVersion.includes('/') ? `${plural} of ${apiVersion.split('/')[0] ?? ''}` : plural;
  if (error instanceof TooMany) return notFound('TooMany', `${group} can not be counted: ${error.message}`);
  if (statusOf(error) === 403) return notFound('NotAllowed', `the operator may not list ${group}: ${READABLE_KINDS}`);
  if (statusOf(error) === 404) return notFound('NotServed', `the API server serves no ${kind} of ${apiVersion}`);
  return notFound('Unreachable', failureText(error));
}

/** Messages of the transport hold neither query nor what came; anything else is an answer that is no list of objects. */
const failureText = (error: unknown): string =>
  error instanceof AssayError ? messageOf(error) : 'the API server answered with something that is not of its documented format';

/** Runs work with a signal that also aborts after a while. */
async function within<T>(clock: Clock, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController();
  const abort = (): void => ending.abort(signal.reason);
  const cancel = clock.after(LIST_WITHIN_MS, () => ending.abort());
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await work(ending.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', abort);
  }
}
