import type { Condition } from '../../api/common.ts';
import { UNKNOWN_REASONS } from '../../api/conditions.ts';
import type { CertificationCriterion, CertificationCriterionSpec, CertificationCriterionStatus } from '../../api/criterion.ts';
import { boundText, numberText } from '../../domain/bound.ts';
import { demandText, unmeasuredText } from '../../domain/demand.ts';
import { verdictOf, type VerdictReason, windowOf } from '../../domain/criterion.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { durationText, spanText } from '../../domain/duration.ts';
import { figuresOf, percentText } from '../../domain/figures.ts';
import type { EvidenceSummary } from '../../domain/outcome.ts';
import { piecesOf, timesOf } from '../../domain/timeline.ts';
import { setCondition } from '../../kube/index.ts';
import { expiringSoon } from '../../sources/attestation.ts';
import type { Look } from '../../sources/observe.ts';
import type { KnownCriterion } from './known.ts';
import type { Plan } from './plan.ts';
import { seriesComplete } from './series-complete.ts';
import { timeText } from '../../domain/moment.ts';
import { controlsText, generationOf } from '../words.ts';

export interface StatusInput {
  readonly object: CertificationCriterion;
  readonly known: KnownCriterion;
  readonly plan: Plan;
  /** The latest observation; undefined until the first one after a start. */
  readonly observation: Look | undefined;
  /** Whether its queries find anything; undefined for a criterion without queries. */
  readonly matches?: NextCondition | undefined;
  readonly now: number;
}

/** The status of a criterion, from what the log knows of it. Pure. */
export function criterionStatus(input: StatusInput): CertificationCriterionStatus {
  const { object, known, observation, now } = input;
  const { state } = known;
  const before = object.status;
  return {
    ...generationOf(object.metadata),
    verdict: verdictOf(state),
    since: timeText(state.since),
    ...seen(observation, object),
    ...(observation || !before?.evidence ? {} : { evidence: before.evidence }),
    ...deviationStatus(known),
    ...objectiveStatus(known, now),
    ...(known.verdict?.digest === undefined ? {} : { record: { seq: known.verdict.seq, digest: known.verdict.digest } }),
    conditions: conditionsOf(input),
    controls: controlsText(object.spec.controls),
  };
}

function seen(observation: Look | undefined, { spec, status }: CertificationCriterion): Partial<CertificationCriterionStatus> {
  if (!observation) {
    return {
      ...(status?.observation ? { observation: status.observation } : {}),
      measured: status?.measured ?? unmeasuredText(spec.rule),
    };
  }
  const { outcome, message, measured } = observation.judgement;
  return {
    observation: {
      at: timeText(observation.slot),
      outcome: outcome.kind,
      ...(outcome.kind === 'Unknown' ? { reason: outcome.reason } : {}),
      message: message.slice(0, MESSAGE_LENGTH).toWellFormed(),
    },
    evidence: observation.summaries.map(evidenceStatus),
    measured: measured ?? unmeasuredText(spec.rule),
  };
}

const MESSAGE_LENGTH = 1000;
// As many as the CRD takes.
const MOST_TOLD = 32;

function evidenceStatus({
  name,
  series,
  failing,
  value,
  sampleAt,
}: EvidenceSummary): NonNullable<CertificationCriterionStatus['evidence']>[number] {
  return {
    name,
    series,
    failing,
    ...(value === undefined ? {} : { value: numberText(value) }),
    ...(sampleAt === undefined ? {} : { sampleAt: timeText(sampleAt) }),
  };
}

function deviationStatus({ state }: KnownCriterion): Pick<CertificationCriterionStatus, 'deviation'> {
  const { deviation } = state.track;
  if (!deviation) return {};
  const told = state.episode?.told.map(({ audience, at }) => ({ audience, at: timeText(at) })).slice(-MOST_TOLD) ?? [];
  return { deviation: { id: deviationId(state.id, deviation.from), since: timeText(deviation.from), told } };
}

function objectiveStatus({ state }: KnownCriterion, now: number): Pick<CertificationCriterionStatus, 'objective'> {
  const { objective } = state.rules;
  if (!objective) return {};
  const times = timesOf(piecesOf(state.timeline, windowOf(state, now), now));
  const { availability, coverage } = figuresOf(times, objective.unknownCountsAs);
  const unknown = percentText({ part: coverage.of - coverage.part, of: coverage.of });
  return { objective: { achieved: percentText(availability), window: durationText(objective.windowMs), unknown } };
}

type NextCondition = Omit<Condition, 'lastTransitionTime'>;

function conditionsOf({ object, known, plan, observation, matches, now }: StatusInput): Condition[] {
  const at = new Date(now);
  const series = seriesComplete(known, observation, now);
  const next = [
    readyCondition(known, plan),
    passingCondition(known),
    ...warningCondition(known, now),
    ...(matches ? [matches] : []),
    ...(series ? [series] : []),
    ...objectiveCondition(known),
  ];
  const names = new Set(next.map(({ type }) => type));
  return next.reduce<readonly Condition[]>(
    (conditions, condition) => setCondition(conditions, { ...condition, ...generationOf(object.metadata) }, at),
    (object.status?.conditions ?? []).filter(({ type }) => names.has(type)),
  ) as Condition[];
}

function readyCondition({ state, spec }: KnownCriterion, plan: Plan): NextCondition {
  if (plan.kind === 'NotReady') return { type: 'Ready', status: 'False', reason: plan.reason, message: plan.message };
  if (state.standing === 'Suspended') {
    return {
      type: 'Ready',
      status: 'False',
      reason: 'Suspended',
      message: `nothing is evaluated: ${spec.suspend?.reason ?? 'suspended'}`,
    };
  }
  return {
    type: 'Ready',
    status: 'True',
    reason: 'Evaluating',
    message: `evaluated every ${durationText(state.rules.intervalMs)}`,
  };
}

const PASSING = { Pass: 'True', Fail: 'False', Inconclusive: 'Unknown', Suspended: 'Unknown' } as const;

function passingCondition({ state, spec }: KnownCriterion): NextCondition {
  const verdict = verdictOf(state);
  const reason = verdict === 'Suspended' ? 'Suspended' : state.reason;
  return { type: 'Passing', status: PASSING[verdict], reason, message: passingText(reason, spec) };
}

/** A sentence without numbers that move: with them the time of transition would move too. What was seen stands in the observation. */
function passingText(reason: VerdictReason, { rule }: CertificationCriterionSpec): string {
  const required = demandText(rule)
    .slice(0, MESSAGE_LENGTH / 2)
    .toWellFormed();
  if (reason === 'Pending') return 'nothing was judged yet, or not for long enough';
  if (reason === 'Suspended') return 'nothing is judged while the criterion is suspended';
  if (reason === 'Met') return `holds: ${required}`;
  if (reason === 'NotMet') return `does not hold: ${required}`;
  return `not known whether ${required}: ${UNKNOWN_REASONS[reason]}`;
}

function warningCondition({ state, spec }: KnownCriterion, now: number): NextCondition[] {
  const expiring = expiringSoon(spec.evidence, now);
  if (expiring !== undefined) return [{ type: 'Warning', status: 'True', reason: 'AttestationExpires', message: expiring }];
  const warn = spec.rule.threshold?.warn;
  if (!warn) return [];
  const { verdict } = state.warning;
  const message = `required ${boundText(warn)} to give no warning`;
  if (verdict === 'Inconclusive') return [{ type: 'Warning', status: 'Unknown', reason: 'NoEvidence', message }];
  return [
    {
      type: 'Warning',
      status: verdict === 'Fail' ? 'True' : 'False',
      reason: verdict === 'Fail' ? 'BoundBroken' : 'BoundHolds',
      message,
    },
  ];
}

function objectiveCondition({ state }: KnownCriterion): NextCondition[] {
  const { objective } = state.rules;
  if (!objective) return [];
  const message = `required ${objective.target} % over ${spanText(objective.windowMs)}`;
  if (state.objectiveMet === undefined) return [{ type: 'ObjectiveMet', status: 'Unknown', reason: 'NoEvidence', message }];
  return [
    {
      type: 'ObjectiveMet',
      status: state.objectiveMet ? 'True' : 'False',
      reason: state.objectiveMet ? 'Reached' : 'Missed',
      message,
    },
  ];
}
