import type { NewObservation, NewRecord, ObservedDetail, ObservedOutcome, RecordedEvidence } from '../../api/records.ts';
import { type Bound, numberText, worstFirst } from '../../domain/bound.ts';
import { labelsKey } from '../../domain/outcome.ts';
import type { Labels, Sample } from '../../domain/sample.ts';
import { digest } from '../../evidence/index.ts';
import type { Observation } from '../../sources/observe.ts';
import type { KnownCriterion } from './known.ts';
import { frameOf } from './records-of.ts';

const KEPT_SERIES = 20;
// An expression says of no series that it is worse than another.
const LARGEST_FIRST: Bound = { op: '<', value: 0 };

/** An observation made in time, as it goes on record. */
export function observationOf(known: KnownCriterion, observation: Observation): NewObservation {
  const { namespace, service } = known;
  return {
    kind: 'Observation',
    namespace,
    service,
    outcome: outcomeOf(known, observation),
    detail: detailOf(known, observation),
  };
}

/** Observations that were read back, oldest first, as one record; at most 256. */
export function readBackOf(known: KnownCriterion, observations: readonly Observation[]): NewRecord {
  return {
    ...frameOf(known, observations[0]?.slot ?? 0),
    kind: 'ReadBack',
    body: {
      observations: observations.map((observation) => outcomeOf(known, observation)),
      details: observations.map((observation) => detailOf(known, observation)),
    },
  };
}

function outcomeOf({ name }: KnownCriterion, { slot, judgement }: Observation): ObservedOutcome {
  return { criterion: name, slot, outcome: judgement.outcome.kind };
}

function detailOf({ specDigest, queryDigests, spec }: KnownCriterion, { judgement, readings }: Observation): ObservedDetail {
  const { outcome, message, warning } = judgement;
  return {
    specDigest,
    ...(outcome.kind === 'Unknown' ? { reason: outcome.reason } : {}),
    message,
    ...(warning === undefined ? {} : { warning }),
    evidence: readings.map((reading) => evidenceOf(reading, queryDigests[reading.item.name] ?? '', spec.rule.threshold)),
  };
}

function evidenceOf(
  { item, reading }: Observation['readings'][number],
  queryDigest: string,
  bound: Bound = LARGEST_FIRST,
): RecordedEvidence {
  if (reading.kind === 'Unavailable') return { name: item.name, queryDigest, count: 0, series: [] };
  const { samples, sourceVersion } = reading;
  const sorted = samples.length > KEPT_SERIES ? worstFirst(samples, bound) : samples;
  const rest = sorted.slice(KEPT_SERIES);
  return {
    name: item.name,
    queryDigest,
    ...(sourceVersion === undefined ? {} : { sourceVersion }),
    count: samples.length,
    series: sorted.slice(0, KEPT_SERIES).map(seriesOf),
    ...(rest.length === 0 ? {} : { rest: { count: rest.length, digest: restDigest(rest) } }),
  };
}

const seriesOf = ({ labels, value, sampleAt }: Sample): RecordedEvidence['series'][number] => ({
  labels: recordable(labels),
  value: numberText(value),
  ...(sampleAt === undefined ? {} : { sampleAt }),
});

function restDigest(samples: readonly Sample[]): string {
  return digest(
    samples
      .map((sample) => [labelsKey(recordable(sample.labels)), numberText(sample.value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Labels as they can go on record: JSON may bring half a character, which no record can hold. */
function recordable(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key.toWellFormed(), value.toWellFormed()]));
}
