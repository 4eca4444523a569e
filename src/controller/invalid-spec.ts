import type { Condition, KubeObject } from '../api/common.ts';
import { setCondition } from '../kube/index.ts';
import { generationOf } from './words.ts';

interface Shown {
  readonly conditions?: Condition[];
}

/** The status of an object whose spec breaks a rule that the API server did not hold (an older CRD, validation switched off). */
export function invalidSpecStatus<S extends Shown>(
  { metadata, status }: KubeObject & { readonly status?: S },
  problem: string,
  now: number,
): (S | object) & Shown {
  const condition = { type: 'Ready', status: 'False', reason: 'InvalidSpec', message: problem } as const;
  const observed = generationOf(metadata);
  return { ...status, ...observed, conditions: setCondition(status?.conditions, { ...condition, ...observed }, new Date(now)) };
}
