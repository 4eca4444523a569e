import type { CertificationCriterion, CertificationCriterionStatus } from '../api/criterion.ts';
import { setCondition } from '../kube/index.ts';
import { generationOf } from './words.ts';

/** The status of a criterion whose spec breaks a rule that the API server did not hold (an older CRD, validation switched off). */
export function invalidSpecStatus(
  { metadata, status }: CertificationCriterion,
  problem: string,
  now: number,
): CertificationCriterionStatus {
  const condition = { type: 'Ready', status: 'False', reason: 'InvalidSpec', message: problem } as const;
  const observed = generationOf(metadata);
  return { ...status, ...observed, conditions: setCondition(status?.conditions, { ...condition, ...observed }, new Date(now)) };
}
