import type { CertificationCriterionSpec, EvidenceItem } from '../api/criterion.ts';
import { durationMs } from '../domain/duration.ts';
import { type EvidenceSummary, judge, type Judgement } from '../domain/outcome.ts';
import type { Reading } from '../domain/sample.ts';
import { accessTo, type SlotRange, slotsOf, type Sources } from './evidence.ts';

/** One evaluation of a criterion: what each evidence item said, and what that means. */
export interface Observation {
  readonly slot: number;
  readonly judgement: Judgement;
  readonly readings: readonly { readonly item: EvidenceItem; readonly reading: Reading }[];
  /** One entry for each evidence item. */
  readonly summaries: readonly EvidenceSummary[];
}

/** What is shown of an observation; what was read for it is on record, and need not be held. */
export type Look = Omit<Observation, 'readings'>;

/** Observes one slot: asks for all evidence items side by side and judges. Whatever a source does, this gives an observation. */
export async function observe(
  spec: CertificationCriterionSpec,
  slot: number,
  sources: Sources,
  signal: AbortSignal,
): Promise<Observation> {
  const maxAgeMs = maxAgeOf(spec);
  const readings = await Promise.all(
    spec.evidence.map(async (item) => ({ item, reading: await accessTo(item).read(item, { slot, maxAgeMs }, sources, signal) })),
  );
  return observation(spec, slot, readings);
}

/** Observes each slot of a range, one range question for each evidence item. */
export async function observeRange(
  spec: CertificationCriterionSpec,
  range: Omit<SlotRange, 'maxAgeMs'>,
  sources: Sources,
  signal: AbortSignal,
): Promise<Observation[]> {
  const full = { ...range, maxAgeMs: maxAgeOf(spec) };
  const columns = await Promise.all(spec.evidence.map((item) => accessTo(item).readRange(item, full, sources, signal)));
  return slotsOf(range).map((slot, index) =>
    observation(
      spec,
      slot,
      spec.evidence.map((item, column) => ({ item, reading: columns[column]?.[index] ?? noHistory })),
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
const maxAgeOf = (spec: CertificationCriterionSpec): number => durationMs(spec.maxAge ?? DEFAULT_MAX_AGE);

function observation(spec: CertificationCriterionSpec, slot: number, readings: Observation['readings']): Observation {
  const { threshold } = spec.rule;
  const judged = readings.find(({ item }) => item.name === threshold.evidence);
  if (!judged) throw new RangeError(`no evidence item is named ${threshold.evidence}`);
  const judgement = judge({ ...judged, threshold, slot, maxAgeMs: maxAgeOf(spec) });
  const summaries = readings.map(({ item, reading }) => (item === judged.item ? judgement.summary : seen(item, reading)));
  return { slot, judgement, readings, summaries };
}

/** An evidence item that no rule refers to is recorded, not judged. */
function seen({ name }: EvidenceItem, reading: Reading): EvidenceSummary {
  if (reading.kind === 'Unavailable') return { name, series: 0, failing: 0 };
  const value = reading.samples[0]?.value;
  return { name, series: reading.samples.length, failing: 0, ...(value === undefined ? {} : { value }) };
}
