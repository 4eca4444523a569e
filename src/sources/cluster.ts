import type { KubeObject, LabelSelector } from '../api/common.ts';
import type { Reading } from '../domain/sample.ts';

/** Which objects are wanted. */
export interface WantedObjects {
  readonly apiVersion: string;
  readonly kind: string;
  /** Those of this namespace; of a kind that has no namespaces all. */
  readonly namespace: string;
  readonly selector?: LabelSelector;
}

/** What was found; `NotServed`: the API server knows no such kind. */
export type FoundObjects =
  | { readonly kind: 'Objects'; readonly objects: readonly KubeObject[] }
  | {
      readonly kind: 'NotFound';
      readonly reason: 'NotServed' | 'NotAllowed' | 'Unreachable' | 'TooMany';
      readonly message: string;
    };

/** The objects of the cluster that this runs in, as they are now. Never throws for what the API server does. */
export interface ClusterObjects {
  list(wanted: WantedObjects, signal: AbortSignal): Promise<FoundObjects>;
}

/** Why evidence in the cluster can't be evaluated as it is written. */
export interface ClusterRefusal {
  readonly reason: 'InvalidExpression' | 'KindNotAllowed';
  readonly message: string;
}

/** Whose evidence it is: objects are read in the namespace of the criterion only. */
export interface Asker {
  readonly namespace: string;
}

/** Reads one kind of evidence from the objects of the cluster. */
export interface ClusterReader<Q> {
  read(query: Q, objects: ClusterObjects, asker: Asker, signal: AbortSignal): Promise<Reading>;
  /** Whether it can be asked at all; undefined when it can. */
  check(query: Q, objects: ClusterObjects, asker: Asker, signal: AbortSignal): Promise<ClusterRefusal | undefined>;
}
