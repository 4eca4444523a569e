import type { CertificationCriterionSpec, Verdict } from '../api/criterion.ts';
import type { ReportedDeviation } from './period.ts';
import type { VerdictReason } from './state.ts';

/** How a criterion stands now. Times in milliseconds since 1970-01-01T00:00:00Z. */
export interface CriterionStanding {
  readonly name: string;
  readonly spec: CertificationCriterionSpec;
  readonly verdict: Verdict;
  readonly reason: VerdictReason;
  /** Since when the verdict is what it is. */
  readonly since: number;
  /** What was seen when the verdict became so; absent where it holds, and where that is not on record. */
  readonly message?: string;
  /** Whether it is part of the availability of its service. */
  readonly counts: boolean;
  /** Those of the last weeks, oldest first; one that goes on has no end. */
  readonly deviations: readonly ReportedDeviation[];
}

/** The deviation that goes on. */
export function openDeviation({ deviations }: Pick<CriterionStanding, 'deviations'>): ReportedDeviation | undefined {
  return deviations.findLast(({ to }) => to === undefined);
}
