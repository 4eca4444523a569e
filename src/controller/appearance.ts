import type { CertificationCriterion } from '../api/criterion.ts';
import type { EvidenceReport } from '../api/report.ts';
import type { Look } from '../sources/observe.ts';
import { expiringSoon } from '../sources/attestation.ts';
import type { KnownCriterion } from './judging/known.ts';
import type { Plan } from './judging/plan.ts';
import { withoutNumbers } from './status-pace.ts';

/** All that a status and its report are made of, but what moves with every slot and is shown with the next change. */
export interface Appearing {
  readonly object: CertificationCriterion;
  readonly report: EvidenceReport | undefined;
  readonly known: KnownCriterion;
  readonly plan: Plan;
  readonly observation: Look | undefined;
  readonly now: number;
}

export type Appearance = readonly unknown[];

/** What a reader would see change; much cheaper than the status, and compared by `isSameAppearance`. */
export function appearanceOf({ object, report, known, plan, observation, now }: Appearing): Appearance {
  const { standing, since, reason, objectiveMet, warning, track, episode } = known.state;
  const { outcome, message } = observation?.judgement ?? {};
  return [
    ...[object, report, plan, known.verdict],
    ...[standing, since, reason, objectiveMet, warning.verdict, track.deviation?.from, episode?.told],
    ...[observation?.unmatched.join(), expiringSoon(known.spec.evidence, now)],
    ...[outcome?.kind, outcome?.kind === 'Unknown' ? outcome.reason : undefined, message && withoutNumbers(message)],
  ];
}

/** Objects are replaced when they change, so they are compared by identity. */
export function isSameAppearance(one: Appearance | undefined, other: Appearance): boolean {
  return one !== undefined && one.every((each, index) => each === other[index]);
}
