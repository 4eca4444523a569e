import { qualified } from '../api/common.ts';
import type { CertificationCriterionSpec } from '../api/criterion.ts';
import type { CriterionState } from '../domain/criterion.ts';
import { digest, type Position, type ServiceName } from '../evidence/index.ts';

/** A criterion as the log knows it. */
export interface KnownCriterion extends ServiceName {
  readonly name: string;
  readonly uid: string;
  readonly spec: CertificationCriterionSpec;
  /** Digest of the spec without its suspension. */
  readonly specDigest: string;
  /** Digests of the sources that it rests on, by name. */
  readonly sources: Readonly<Record<string, string>>;
  readonly state: CriterionState;
  /** Where the log holds the latest verdict. */
  readonly verdict?: Position;
  /** The last slot before a step back of the clock that is on record; not kept over a restart. */
  readonly clockStepNoted?: number;
}

/** The digest of what a criterion demands; whether it is suspended is no part of it. */
export function specDigestOf({ suspend: _suspend, ...spec }: CertificationCriterionSpec): string {
  return digest(spec);
}

/** `namespace/name`: the key of a criterion in stores, queues and here. */
export const criterionKey = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  qualified(namespace, name);
