/**
 * What an API server wrote down of the requests of one user, and the rights that those requests took.
 */
import { readFile } from 'node:fs/promises';

import type { Rendered } from './chart-world.ts';
import { SYSTEM } from './operator-world.ts';

/** A request, once it was answered. */
export interface Asked {
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

/** A right to one verb on one resource: in one namespace or in all (`*`), on one name or on any (`*`). */
export interface Right {
  readonly namespace: string;
  readonly verb: string;
  readonly resource: string;
  readonly name: string;
}

/** An audit policy that writes down who asked for what, of this user alone. */
export const auditOf = (user: string): object => ({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
});

export async function readAudit(path: string): Promise<Asked[]> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  // The last line may be half written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Asked);
}

/** The rights that the operator's roles grant. */
export function rightsIn(objects: readonly Rendered[]): Right[] {
  const roles = objects.filter(({ kind, metadata }) => ['ClusterRole', 'Role'].includes(kind) && metadata.name === 'assay');
  return roles.flatMap(({ kind, rules = [] }) => {
    const namespace = kind === 'Role' ? SYSTEM : '*';
    return rules.flatMap(({ apiGroups, resources, verbs, resourceNames = ['*'] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((plain) =>
          verbs.flatMap((verb) => resourceNames.map((name) => ({ namespace, verb, resource: resourceIn(group, plain), name }))),
        ),
      ),
    );
  });
}

const resourceIn = (group: string, resource: string): string => `${resource}.${group}`;

/** The rights that a request took; none where it was no request for a resource. */
export function takenBy({ verb, objectRef, responseStatus }: Asked): Right[] {
  if (!objectRef) return [];
  const { apiGroup = '', resource, subresource, namespace = '*', name = '*' } = objectRef;
  const full = resourceIn(apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`);
  // An apply that makes an object takes the right to create, which the API server looks up without writing it down.
  const verbs = verb === 'patch' && responseStatus?.code === 201 ? ['patch', 'create'] : [verb];
  return verbs.map((each) => ({ namespace, verb: each, resource: full, name }));
}

/** Whether a request asked which kinds there are, which an API server tells everybody who is known to it (`system:discovery`). */
export const isDiscovery = ({ verb, requestURI, objectRef }: Asked): boolean =>
  verb === 'get' && objectRef === undefined && /^\/apis?(\/|$)/.test(requestURI);

/** Whether a right that was granted is one that was taken. */
export const covers = (granted: Right, taken: Right): boolean =>
  granted.verb === taken.verb &&
  granted.resource === taken.resource &&
  [taken.namespace, '*'].includes(granted.namespace) &&
  [taken.name, '*'].includes(granted.name);

export const textOf = ({ namespace, verb, resource, name }: Right): string => `${verb} ${resource} ${namespace}/${name}`;
