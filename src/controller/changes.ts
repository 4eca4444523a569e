import type { CertificationCriterion } from '../api/criterion.ts';
import type { CriterionChange, NewRecord } from '../api/records.ts';
import { rulesOf } from '../domain/rules.ts';
import { slotOffsetMs } from '../domain/slots.ts';
import { type KnownCriterion, specDigestOf } from './known.ts';

/**
 * What to put on record so that the log knows of the criterion what the API server has of it, in order: a creation, a change, a
 * suspension, a deletion, a return.
 * @param object undefined when the API server has none
 * @param at now, in milliseconds
 */
export function changesOf(
  object: CertificationCriterion | undefined,
  known: KnownCriterion | undefined,
  at: number,
): CriterionChange[] {
  if (!object) return known && known.state.standing !== 'Deleted' ? ['Deleted'] : [];
  const standing = known?.state.standing;
  const changes: CriterionChange[] = [];
  if (!known) changes.push('Created');
  else if (standing === 'Deleted') changes.push('Recreated');
  else if (known.uid !== object.metadata.uid) changes.push('Deleted', 'Recreated');
  else if (known.specDigest !== specDigestOf(object.spec)) changes.push('Changed');
  const wasSuspended = standing === 'Suspended' && known?.uid === object.metadata.uid;
  if (isSuspended(object, at)) return wasSuspended ? changes : [...changes, 'Suspended'];
  return wasSuspended ? [...changes, 'Resumed'] : changes;
}

/** Whether nothing is to be judged now. */
export function isSuspended({ spec }: CertificationCriterion, at: number): boolean {
  if (!spec.suspend) return false;
  return spec.suspend.until === undefined || at < Date.parse(spec.suspend.until);
}

/** A criterion as an object or as the log knows it. */
export type Subject = Pick<KnownCriterion, 'namespace' | 'service' | 'name' | 'uid' | 'spec'>;

export function subjectOf({ metadata, spec }: CertificationCriterion): Subject {
  const { name, namespace = '', uid = '' } = metadata;
  return { namespace, service: spec.service, name, uid, spec };
}

/** The record of one change. */
export function changeRecord({ namespace, service, name, uid, spec }: Subject, change: CriterionChange, at: number): NewRecord {
  return {
    kind: 'CriterionChanged',
    namespace,
    service,
    specDigest: specDigestOf(spec),
    offset: slotOffsetMs(namespace, service, rulesOf(spec).intervalMs),
    body: { criterion: name, change, at, uid, spec },
  };
}
