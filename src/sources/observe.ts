import type { CertificationCriterionSpec, EvidenceItem } from '../api/criterion.ts';
import { durationMs } from '../domain/duration.ts';
import type { Programs } from '../domain/expression-program.ts';
import { judgeExpression } from '../domain/expression.ts';
import { type EvidenceSummary, judge, type Judgement } from '../domain/outcome.ts';
import type { Reading } from '../domain/sample.ts';
import { accessTo, type Asking, type SlotRange, slotsOf } from './evidence.ts';

/** One evaluation of a criterion: what each evidence item said, and what that means. */
export interface Observation {
  readonly slot: number;
  readonly judgement: Judgement;
  readonly readings: readonly { readonly item: EvidenceItem; readonly reading: Reading }[];
  /** One entry for each evidence item. */
  readonly summaries: readonly EvidenceSummary[];
}

/** What is shown of an observation; what was read for it is on record, and need not be held. */
export interface Look extends Omit<Observation, 'readings'> {
  /** Names of the queries whose answer held a series, and of those whose answer held none. */
  readonly matched: readonly string[];
  readonly unmatched: readonly string[];
}

/** An observation without what was read for it. */
export function lookOf({ slot, judgement, summaries, readings }: Observation): Look {
  const answers = readings.flatMap(({ item, reading }) =>
    item.prometheus && reading.kind === 'Samples' ? [{ name: item.name, some: reading.samples.length > 0 }] : [],
  );
  const named = (some: boolean): string[] => answers.filter((answer) => answer.some === some).map(({ name }) => name);
  return { slot, judgement, summaries, matched: named(true), unmatched: named(false) };
}

/** Observes one slot: asks for all evidence items side by side and judges. Whatever a source does, this gives an observation. */
export async function observe(spec: CertificationCriterionSpec, slot: number, asking: Asking): Promise<Observation> {
  const maxAgeMs = maxAgeOf(spec);
  const readings = await Promise.all(
    spec.evidence.map(async (item) => ({ item, reading: await accessTo(item).read(item, { slot, maxAgeMs }, asking) })),
  );
  return observation(spec, slot, readings, asking.sources.programs);
}

/** Observes each slot of a range, one range question for each evidence item. */
export async function observeRange(
  spec: CertificationCriterionSpec,
  range: Omit<SlotRange, 'maxAgeMs'>,
  asking: Asking,
): Promise<Observation[]> {
  const full = { ...range, maxAgeMs: maxAgeOf(spec) };
  const columns = await Promise.all(spec.evidence.map((item) => accessTo(item).readRange(item, full, asking)));
  return slotsOf(range).map((slot, index) =>
    observation(
      spec,
      slot,
      spec.evidence.map((item, column) => ({ item, reading: columns[column]?.[index] ?? noHistory })),
      asking.sources.programs,
    ),
  );
}

/** An observation of a slot for which nothing could be asked. */
export function unobservable(spec: CertificationCriterionSpec, slot: number, reading: Reading): Observation {
  return observation(
    spec,
    slot,
    spec.evidence.map((item) => ({ item, reading })),
  );
}

const noHistory: Reading = { kind: 'Unavailable', reason: 'NoHistory', message: 'the source gave no answer for this slot' };
const DEFAULT_MAX_AGE = '5m';
/** How old a sample of a criterion may be, in milliseconds. */
export const maxAgeOf = (spec: CertificationCriterionSpec): number => durationMs(spec.maxAge ?? DEFAULT_MAX_AGE);

function observation(
  spec: CertificationCriterionSpec,
  slot: number,
  readings: Observation['readings'],
  programs?: Programs,
): Observation {
  const { threshold, expression = '' } = spec.rule;
  const maxAgeMs = maxAgeOf(spec);
  if (threshold === undefined) {
    const { judgement, summaries } = judgeExpression({
      ...{ expression, readings, slot, maxAgeMs },
      ...(programs ? { programs } : {}),
    });
    return { slot, judgement: recordable(judgement), readings, summaries };
  }
  const judged = readings.find(({ item }) => item.name === threshold.evidence);
  if (!judged) throw new RangeError(`no evidence item is named ${threshold.evidence}`);
  const { summary, ...judgement } = judge({ ...judged, threshold, slot, maxAgeMs });
  const summaries = readings.map(({ item, reading }) => (item === judged.item ? summary : seen(item, reading)));
  return { slot, judgement: recordable(judgement), readings, summaries };
}

/** Half a character, which some cut may have left, goes on no record; and nothing may keep an observation off the record. */
const recordable = (judgement: Judgement): Judgement => ({ ...judgement, message: judgement.message.toWellFormed() });

/** An evidence item that no rule refers to is recorded, not judged. */
function seen({ name }: EvidenceItem, reading: Reading): EvidenceSummary {
  if (reading.kind === 'Unavailable') return { name, series: 0, failing: 0 };
  const value = reading.samples[0]?.value;
  return { name, series: reading.samples.length, failing: 0, ...(value === undefined ? {} : { value }) };
}
