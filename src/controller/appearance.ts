import type { CertificationCriterion } from '../api/criterion.ts';
import type { EvidenceReport } from '../api/report.ts';
import type { Look } from '../sources/observe.ts';
import { explaining } from '../domain/explained.ts';
import { expiringSoon } from '../sources/attestation.ts';
import type { KnownCriterion } from './judging/known.ts';
import type { Plan } from './judging/plan.ts';
import { namesOf, type Said } from './reporting/report-said.ts';
import { withoutNumbers } from './status-pace.ts';

/** All that a status and its report are made of, but what moves with every slot and is shown with the next change. */
export interface Appearing {
  readonly object: CertificationCriterion;
  readonly report: EvidenceReport | undefined;
  readonly known: KnownCriterion;
  /** What people said in its service; undefined as long as that is not read. */
  readonly said: Said | undefined;
  readonly plan: Plan;
  readonly observation: Look | undefined;
  readonly now: number;
}

export type Appearance = readonly unknown[];

/** What a reader would see change; much cheaper than the status, and compared by `isSameAppearance`. */
export function appearanceOf({ object, report, known, said, plan, observation, now }: Appearing): Appearance {
  const { standing, since, reason, objectiveMet, warning, track, episode } = known.state;
  return [
    ...[object, report, plan, known.verdict],
    ...[standing, since, reason, objectiveMet, warning.verdict, track.deviation?.from, episode?.told],
    ...[expiringSoon(known.spec.evidence, now), said, explainedNow(track.deviation?.from, said, now)],
    ...seen(observation),
  ];
}

function seen(observation: Look | undefined): Appearance {
  const { outcome, message } = observation?.judgement ?? {};
  const reason = outcome?.kind === 'Unknown' ? outcome.reason : undefined;
  return [observation?.unmatched.join(), outcome?.kind, reason, message && withoutNumbers(message)];
}

/** The changes whose windows have opened in a deviation that goes on. */
function explainedNow(from: number | undefined, said: Said | undefined, now: number): string {
  if (from === undefined || said === undefined) return '';
  return namesOf(explaining(said.explanations, { from, to: now })).join();
}

/** Objects are replaced when they change, so they are compared by identity. */
export function isSameAppearance(one: Appearance | undefined, other: Appearance): boolean {
  return one !== undefined && one.every((each, index) => each === other[index]);
}
