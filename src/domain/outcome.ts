import type { UnknownReason } from '../api/conditions.ts';
import type { EvidenceItem, OutcomeKind, Threshold } from '../api/criterion.ts';
import { type Bound, boundText, holds, numberText, worstFirst } from './bound.ts';
import type { Labels, Reading, Sample } from './sample.ts';

/** The outcome of a slot (judging.md, "Outcome of a slot"). */
export type Outcome =
  | { readonly kind: 'Met' }
  | { readonly kind: 'NotMet' }
  | { readonly kind: 'Unknown'; readonly reason: UnknownReason; readonly detail: string };

/** What one evidence item contributed. `value` is that of the worst series. */
export interface EvidenceSummary {
  readonly name: string;
  readonly series: number;
  readonly failing: number;
  readonly value?: number;
  readonly sampleAt?: number;
}

/** An outcome with what people read of it. */
export interface Judgement {
  readonly outcome: Outcome;
  /** What was seen against what is required; names at most five series. */
  readonly message: string;
  /** The worst value against the bound: `0 (== 1)`; absent when there is none. */
  readonly measured?: string;
  /** The outcome of the warning bound, where there is one. */
  readonly warning?: OutcomeKind;
}

export interface JudgeInput {
  readonly item: Pick<EvidenceItem, 'name' | 'whenEmpty' | 'allowPartial'>;
  readonly threshold: Threshold;
  readonly reading: Reading;
  readonly slot: number;
  readonly maxAgeMs: number;
}

/** Judges what was read for one slot against a threshold. */
export function judge(input: JudgeInput): Judgement & { readonly summary: EvidenceSummary } {
  const { item, threshold, reading } = input;
  const evidence = usable(input);
  if (evidence.kind === 'Unknown') {
    const count = reading.kind === 'Samples' ? reading.samples.length : 0;
    return {
      outcome: evidence,
      message: evidence.detail,
      summary: { name: item.name, series: count, failing: 0 },
      ...(threshold.warn ? { warning: 'Unknown' as const } : {}),
    };
  }
  const outcome = judgeSeries(evidence.samples, threshold, item.name);
  return {
    outcome,
    ...described(evidence.samples, threshold, outcome, item.name),
    ...(threshold.warn ? { warning: judgeSeries(evidence.samples, { ...threshold, ...threshold.warn }, item.name).kind } : {}),
  };
}

/** What may be judged of a reading. */
export type Usable = { readonly kind: 'Samples'; readonly samples: readonly Sample[] } | Extract<Outcome, { kind: 'Unknown' }>;

/** The samples that may be judged, or why none may. */
export function usable({ item, reading, slot, maxAgeMs }: Omit<JudgeInput, 'threshold'>): Usable {
  if (reading.kind === 'Unavailable') return unknown(reading.reason, `${item.name}: ${reading.message}`);
  if (reading.partial !== undefined && item.allowPartial !== true)
    return unknown('PartialAnswer', `${item.name}: ${reading.partial}`);
  if (hasTwins(reading.samples)) return unknown('QueryFailed', `${item.name}: two series carry the same labels`);
  if (reading.samples.length === 0) {
    if (item.whenEmpty === 'Zero') return { kind: 'Samples', samples: [{ labels: {}, value: 0 }] };
    return unknown('EmptyResult', `${item.name}: the answer holds no series`);
  }
  const fresh = reading.samples.filter(({ sampleAt }) => sampleAt === undefined || slot - sampleAt <= maxAgeMs);
  if (fresh.length === 0) return unknown('StaleData', `${item.name}: every sample is older than maxAge`);
  return { kind: 'Samples', samples: fresh };
}

/**
 * Judges the series of one slot by three-valued logic: what is certain stays certain. For All one bad series decides, whatever else
 * is missing or undecided (NaN, infinite); for Any one good series does.
 */
export function judgeSeries(samples: readonly Sample[], threshold: Threshold, name: string): Outcome {
  const { match = 'All', minSeries = 1 } = threshold;
  const undecided = samples.filter(({ value }) => !Number.isFinite(value)).length;
  const good = samples.filter(({ value }) => Number.isFinite(value) && holds(value, threshold)).length;
  const bad = samples.length - undecided - good;
  if (match === 'All' && bad > 0) return { kind: 'NotMet' };
  if (samples.length < minSeries) {
    return unknown('TooFewSeries', `${name}: ${samples.length} series, required at least ${minSeries}`);
  }
  if (match === 'Any' && good > 0) return { kind: 'Met' };
  if (undecided > 0) return unknown('NotANumber', `${name}: ${undecided} of ${samples.length} series are NaN or infinite`);
  return { kind: match === 'Any' ? 'NotMet' : 'Met' };
}

/** An outcome that says why nothing is known. */
export const unknown = (reason: UnknownReason, detail: string): Extract<Outcome, { kind: 'Unknown' }> => ({
  kind: 'Unknown',
  reason,
  detail,
});

function hasTwins(samples: readonly Sample[]): boolean {
  return samples.length > 1 && new Set(samples.map(({ labels }) => labelsKey(labels))).size < samples.length;
}

/** One string for one set of labels, whatever their order. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const NAMED_SERIES = 5;

function described(
  samples: readonly Sample[],
  bound: Bound & Pick<Threshold, 'match'>,
  outcome: Outcome,
  name: string,
): Pick<Judgement, 'message' | 'measured'> & { readonly summary: EvidenceSummary } {
  const decided = samples.filter(({ value }) => Number.isFinite(value));
  const failing = decided.filter(({ value }) => !holds(value, bound));
  const worst = worstFirst(decided, bound);
  const shown = worst[0] ?? samples[0] ?? { labels: {}, value: NaN };
  const required = boundText(bound);
  const where =
    outcome.kind === 'NotMet' ? failingText(worst.slice(0, failing.length), samples.length) : countText(samples.length);
  const seen = `${name} is ${numberText(shown.value)}, required ${required}${where === '' ? '' : ` (${where})`}`;
  return {
    message: outcome.kind === 'Unknown' ? `${outcome.detail} (required ${required})` : seen,
    measured: `${numberText(shown.value)} (${required})`,
    summary: { name, series: samples.length, failing: failing.length, value: shown.value, ...sampledAt(shown) },
  };
}

const countText = (count: number): string => (count === 1 ? '' : `${count} series`);
/** When a sample was taken, where that is known. */
export const sampledAt = ({ sampleAt }: Sample): { sampleAt?: number } => (sampleAt === undefined ? {} : { sampleAt });

/** `1 of 2 series: instance="shop-1"`; of one series only its labels. */
function failingText(failing: readonly Sample[], count: number): string {
  const named = failing.slice(0, NAMED_SERIES).map(({ labels }) => labelsText(labels));
  const text = named.filter((series) => series !== '').join('; ');
  const counted = count === 1 ? '' : `${failing.length} of ${countText(count)}`;
  return [counted, text].filter((part) => part !== '').join(': ');
}

/** Labels for people: without the metric's name, control characters and what is over 120 characters. */
function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .filter(([key]) => key !== '__name__')
    .map(([key, value]) => `${printable(key)}=${JSON.stringify(printable(value))}`)
    .join(',');
}

/** Text of others for people: without control characters, cut to `length` characters. */
export function printable(text: string, length = 120): string {
  const clean = text.replace(/\p{C}/gu, '?');
  // A cut may go through a character of two halves, and half of one can go on no record.
  return clean.length > length ? `${clean.slice(0, length - 1).toWellFormed()}…` : clean.toWellFormed();
}
