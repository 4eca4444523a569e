import { qualified } from '../../api/common.ts';
import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { CriterionState } from '../../domain/criterion.ts';
import { rulesOf } from '../../domain/rules.ts';
import type { SeriesPeaks } from '../../domain/series-peaks.ts';
import { slotOffsetMs } from '../../domain/slots.ts';
import { type CriterionSnapshot, digest, type Position, type ServiceName } from '../../evidence/index.ts';
import { accessTo } from '../../sources/evidence.ts';

/** A criterion as the log knows it. */
export interface KnownCriterion extends ServiceName {
  readonly name: string;
  readonly uid: string;
  readonly spec: CertificationCriterionSpec;
  /** Digest of the spec without its suspension. */
  readonly specDigest: string;
  /** Digests of what its evidence items ask, by name. */
  readonly queryDigests: Readonly<Record<string, string>>;
  /** Where its slots lie within the interval, in milliseconds. */
  readonly offsetMs: number;
  /** When it was last put on record as created, changed, suspended, resumed or deleted. */
  readonly changedAt: number;
  /** Digests of the sources that it rests on, by name. */
  readonly sources: Readonly<Record<string, string>>;
  /** Digests of what its evidence items rest on, by name; of items of which that is on record. */
  readonly bases?: Readonly<Record<string, string>>;
  /** How many series its queries had; absent before the first. */
  readonly peaks?: SeriesPeaks;
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

/** What follows from a spec and is asked for at every slot. */
export function derivedFrom(
  { namespace, service }: ServiceName,
  spec: CertificationCriterionSpec,
): Pick<KnownCriterion, 'specDigest' | 'queryDigests' | 'offsetMs'> {
  return {
    specDigest: specDigestOf(spec),
    queryDigests: Object.fromEntries(spec.evidence.map((item) => [item.name, digest(accessTo(item).question(item))])),
    offsetMs: slotOffsetMs(namespace, service, rulesOf(spec).intervalMs),
  };
}

/** What is saved of a criterion, as plain JSON: all that does not follow from its spec. */
export function savedOf(known: KnownCriterion): CriterionSnapshot {
  const { name, uid, spec, changedAt, sources, bases, peaks, state, verdict } = known;
  const parts = { ...(bases && { bases }), ...(peaks && { peaks }), ...(verdict && { verdict }) };
  return { criterion: name, state: { name, uid, spec, changedAt, sources, state, ...parts } };
}

/** The way back. */
export function restored(service: ServiceName, saved: unknown): KnownCriterion {
  const { name, ...rest } = saved as Omit<KnownCriterion, keyof ServiceName | 'specDigest' | 'queryDigests' | 'offsetMs'>;
  const { namespace } = service;
  return { namespace, service: service.service, name, ...rest, ...derivedFrom(service, rest.spec) };
}

/** `namespace/name`: the key of a criterion in stores, queues and here. */
export const criterionKey = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  qualified(namespace, name);
