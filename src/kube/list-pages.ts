import type { KubeObject } from '../api/common.ts';
import { statusOf } from './kube-error.ts';
import { collectionPath, keyOf, type Resource } from './resource.ts';
import type { Query, Transport } from './transport.ts';

/** All objects of a kind at one version. */
export interface Listing<T> {
  readonly version: string;
  readonly objects: ReadonlyMap<string, T>;
}

export interface ListOptions<T> {
  readonly transport: Transport;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly selectors: Query;
  readonly pageSize: number;
  /** Applied page by page, so that the whole is never held untrimmed. */
  readonly trim: (object: T) => T;
  readonly signal: AbortSignal;
}

interface Page<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[];
}

/** Reads a kind in pages. When a continue token has expired meanwhile it is read once more, in one piece, as client-go does. */
export async function listPages<T extends KubeObject>(options: ListOptions<T>): Promise<Listing<T>> {
  try {
    return await read(options, options.pageSize);
  } catch (error) {
    if (statusOf(error) !== 410) throw error;
    return read(options, undefined);
  }
}

async function read<T extends KubeObject>(options: ListOptions<T>, limit: number | undefined): Promise<Listing<T>> {
  const { transport, resource, namespace, selectors, trim, signal } = options;
  const objects = new Map<string, T>();
  let version: string | undefined;
  let token: string | undefined;
  do {
    const query = { ...selectors, limit, continue: token };
    const answer = await transport.request({ method: 'GET', path: collectionPath(resource, namespace), query, signal });
    const { metadata = {}, items = [] } = answer as Page<T>;
    for (const item of items) {
      // Items of a list of a built-in kind do not say what they are.
      const object = trim({ ...item, apiVersion: resource.apiVersion, kind: resource.kind });
      objects.set(keyOf(object), object);
    }
    version ??= metadata.resourceVersion;
    token = metadata.continue === '' ? undefined : metadata.continue;
  } while (token !== undefined);
  return { version: version ?? '', objects };
}
