import { isDeepStrictEqual } from 'node:util';

import { qualified } from '../../api/common.ts';
import { KINDS } from '../../api/kinds.ts';
import { valueAt } from '../../api/validate-paths.ts';
import type { Finding } from './finding.ts';
import type { Manifest } from './read.ts';

const CLUSTER_KINDS = new Set(KINDS.filter((kind) => kind.scope === 'Cluster').map((kind) => kind.kind));

/** Objects that are not who they should be: without a namespace, or named like another one of these files. */
export function identityFindings(manifests: readonly Manifest[]): Finding[] {
  return [...manifests.flatMap(namespaceFindings), ...duplicateFindings(manifests)];
}

const NAMESPACE = ['metadata', 'namespace'];

function namespaceFindings(manifest: Manifest): Finding[] {
  const { kind, namespace, service } = identityOf(manifest);
  if (CLUSTER_KINDS.has(kind)) {
    const isGiven = namespace !== undefined;
    return isGiven ? [manifest.finding('warning', NAMESPACE, `${kind} belongs to the whole cluster: remove the namespace`)] : [];
  }
  if (namespace !== undefined && namespace !== '') return [];
  const named = service === undefined ? 'its service' : `the service ${service}`;
  return [manifest.finding('error', NAMESPACE, `is required: a service is namespace/service, and ${named} has no namespace`)];
}

function duplicateFindings(manifests: readonly Manifest[]): Finding[] {
  const first = new Map<string, Manifest>();
  return manifests.flatMap((manifest) => {
    const { kind, namespace, name } = identityOf(manifest);
    if (name === undefined) return [];
    const said = namespace === undefined || CLUSTER_KINDS.has(kind) ? name : qualified(namespace, name);
    const before = first.get(`${kind} ${said}`);
    if (!before) {
      first.set(`${kind} ${said}`, manifest);
      return [];
    }
    // Folders that are applied apart may each bring the source that they share.
    if (CLUSTER_KINDS.has(kind) && isDeepStrictEqual(before.object, manifest.object)) return [];
    const message = `${kind} ${said} stands at ${before.file}:${before.line} already: remove one, or name it otherwise`;
    return [manifest.finding('error', ['metadata', 'name'], message)];
  });
}

interface Identity {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly service: string | undefined;
}

function identityOf({ object }: Manifest): Identity {
  const text = (...at: string[]): string | undefined => {
    const value = valueAt(object, at);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    kind: text('kind') ?? '',
    namespace: text(...NAMESPACE),
    name: text('metadata', 'name'),
    service: text('spec', 'service'),
  };
}
