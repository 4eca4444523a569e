import type { KubeObject, ObjectMeta } from '../api/common.ts';

/** A kind as the API server addresses it. */
export interface Resource {
  /** `group/version`, or `v1` for the core group. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Which object of a kind is meant. */
export type ObjectName = Pick<ObjectMeta, 'name' | 'namespace'>;

/** Path of all objects of a kind, or of those in one namespace. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.apiVersion.includes('/') ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`;
  const within = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${resource.plural}`;
}

/** Path of one object. */
export function objectPath(resource: Resource, { name, namespace }: ObjectName): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

/** The key of an object in stores and queues: `namespace/name`, or `name` for a kind without namespaces. */
export function keyOf(object: Pick<KubeObject, 'metadata'>): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}
