import type { CertificationCriterion } from '../../api/criterion.ts';
import type { CriterionChange, NewRecord } from '../../api/records.ts';
import { digest } from '../../evidence/index.ts';
import { rulesOf } from '../../domain/rules.ts';
import { slotOffsetMs } from '../../domain/slots.ts';
import { type KnownCriterion, specDigestOf } from './known.ts';

/** One change to be put on record, and when it was. */
export interface DatedChange {
  readonly change: CriterionChange;
  readonly at: number;
}

/**
 * What to put on record so that the log knows of the criterion what the API server has of it, in order: a creation, a change, a
 * suspension, a deletion, a return. Under the name of a deleted criterion of another service a new one is created.
 * @param object undefined when the API server has none
 * @param at now, in milliseconds
 */
export function changesOf(
  object: CertificationCriterion | undefined,
  known: KnownCriterion | undefined,
  at: number,
): DatedChange[] {
  const dated = (...changes: CriterionChange[]): DatedChange[] => changes.map((change) => ({ change, at }));
  const inForce = known !== undefined && known.state.standing !== 'Deleted';
  if (!object) return inForce ? dated('Deleted') : [];
  if (inForce && isSameObject(object, known)) {
    const changed = known.specDigest === specDigestOf(object.spec) ? [] : dated('Changed');
    return [...changed, ...suspensionChange(object, known, at)];
  }
  const gone = inForce ? dated('Deleted') : [];
  return [...gone, ...dated(known?.service === object.spec.service ? 'Recreated' : 'Created', ...suspension(object, at))];
}

const isSameObject = ({ metadata, spec }: CertificationCriterion, known: KnownCriterion): boolean =>
  known.uid === metadata.uid && known.service === spec.service;

const suspension = (object: CertificationCriterion, at: number): CriterionChange[] =>
  isSuspended(object, at) ? ['Suspended'] : [];

function suspensionChange(object: CertificationCriterion, { state, spec }: KnownCriterion, at: number): DatedChange[] {
  const was = state.standing === 'Suspended';
  const is = isSuspended(object, at);
  // A suspension that is prolonged, or gets another reason, is put on record again.
  if (is) return was && digest(spec.suspend ?? null) === digest(object.spec.suspend ?? null) ? [] : [{ change: 'Suspended', at }];
  if (!was) return [];
  const until = object.spec.suspend?.until === undefined ? at : Date.parse(object.spec.suspend.until);
  // It ended when it said it would, be the operator there or not.
  return [{ change: 'Resumed', at: Math.min(at, Math.max(until, state.suspendedAt ?? until)) }];
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
