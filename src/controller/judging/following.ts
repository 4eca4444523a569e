import { isDeepStrictEqual } from 'node:util';

import type { LogRecord, NewObservation, NewRecord } from '../../api/records.ts';
import { type Fact, JUDGING_VERSION } from '../../domain/criterion.ts';
import { applyTo, eventOf, eventsOf, type NamedEvent, type RecordContent } from '../../domain/fold.ts';
import { peaksAfter, type SeriesPeaks } from '../../domain/series-peaks.ts';
import type { EvidenceStore, ServiceName, Snapshot } from '../../evidence/index.ts';
import { criterionKey, derivedFrom, type KnownCriterion, restored } from './known.ts';

type CriterionName = ServiceName & { readonly criterion: string };
type Content = RecordContent | NewRecord | NewObservation;

/** What is known of a criterion once this is on record of it, and the facts that follow. */
export function follow(
  before: KnownCriterion | undefined,
  name: CriterionName,
  content: NewRecord | NewObservation,
): { readonly known: KnownCriterion; readonly facts: readonly Fact[] } {
  const facts: Fact[] = [];
  let known = before;
  for (const named of content.kind === 'Observation' ? [eventOf(content)] : eventsOf(content)) {
    const step = followEvent(known, name, named, content);
    if (!step) continue;
    known = step.known;
    facts.push(...step.facts);
  }
  known = noted(known, content);
  if (!known) throw new RangeError(`nothing is known of ${criterionKey({ namespace: name.namespace, name: name.criterion })}`);
  return { known, facts };
}

/** The criteria of one service, by key, as its log gives them: from its saved states on, where it has some. */
export async function foldService(store: EvidenceStore, service: ServiceName): Promise<Map<string, KnownCriterion>> {
  const saved = await store.snapshot(service);
  const from = saved?.judgingVersion === JUDGING_VERSION ? saved : NOTHING_SAVED;
  const folded = new Map(
    from.criteria.map(({ state }) => {
      const known = restored(service, state);
      return [criterionKey(known), known] as const;
    }),
  );
  const keyOf = (criterion: string): string => criterionKey({ namespace: service.namespace, name: criterion });
  const take = (named: NamedEvent, content: Content): void => {
    const { criterion } = named;
    const step = followEvent(folded.get(keyOf(criterion)), { ...service, criterion }, named, content);
    if (step) folded.set(keyOf(criterion), step.known);
  };
  let end = from.seq;
  for await (const record of store.read({ ...service, fromSeq: from.seq })) {
    // The batch that was open when the states were saved: they hold its first observations.
    const skipped = record.head.seq === from.seq ? from.pending : 0;
    for (const named of eventsOf(record).slice(skipped)) take(named, record);
    for (const criterion of notedIn(record)) {
      const known = noted(folded.get(keyOf(criterion)), record);
      if (known) folded.set(keyOf(criterion), known);
    }
    end = record.head.seq + 1;
  }
  const open = await store.pending(service);
  for (const observation of open.slice(end === from.seq ? from.pending : 0)) take(eventOf(observation), observation);
  return folded;
}

const NOTHING_SAVED: Snapshot = { judgingVersion: JUDGING_VERSION, seq: 0, pending: 0, criteria: [] };

function followEvent(
  before: KnownCriterion | undefined,
  name: CriterionName,
  { event, series = [] }: NamedEvent,
  content: Content,
): { readonly known: KnownCriterion; readonly facts: readonly Fact[] } | undefined {
  const applied = applyTo(before?.state, criterionKey({ namespace: name.namespace, name: name.criterion }), event);
  if (!applied) return undefined;
  const criterion = described(before, name, content);
  const queries = series.filter((count) => queryOf(criterion.spec, count.name) !== undefined);
  const peaks = event.kind === 'Slot' && queries.length > 0 ? peaksAfter(criterion.peaks, event.slot, queries) : undefined;
  return { known: { ...criterion, ...(peaks && { peaks }), state: applied.state }, facts: applied.facts };
}

const queryOf = ({ evidence }: KnownCriterion['spec'], name: string): string | undefined =>
  evidence.find((item) => item.name === name)?.prometheus?.query;

/** Of which criteria a record says something that is no event. */
function notedIn(record: LogRecord): readonly string[] {
  if (record.kind === 'SourceChanged') return record.body.criteria;
  return record.kind === 'VerdictChanged' || record.kind === 'BasisChanged' ? [record.body.criterion] : [];
}

/**
 * The first sight of a source, or of what a query rests on, is no event, but the next change is measured against it; and a verdict that
 * has its place in the log is shown with it.
 */
function noted(known: KnownCriterion | undefined, content: Content | LogRecord): KnownCriterion | undefined {
  if (!known) return undefined;
  if (content.kind === 'SourceChanged') {
    const { source, digest } = content.body;
    return { ...known, sources: { ...known.sources, [source]: digest } };
  }
  if (content.kind === 'BasisChanged') {
    const { evidence, digest } = content.body;
    return { ...known, bases: { ...known.bases, [evidence]: digest } };
  }
  if (content.kind === 'VerdictChanged' && 'head' in content)
    return { ...known, verdict: { seq: content.head.seq, digest: content.digest } };
  return known;
}

/** What a record says of the criterion itself. */
function described(
  before: KnownCriterion | undefined,
  { namespace, service, criterion }: CriterionName,
  content: Content,
): Omit<KnownCriterion, 'state'> {
  if (content.kind === 'CriterionChanged') {
    const { uid, spec, change, at } = content.body;
    const same = change === 'Created' ? undefined : before;
    return {
      ...{ namespace, service, name: criterion, uid, spec, changedAt: at },
      ...derivedFrom({ namespace, service }, spec),
      sources: same?.sources ?? {},
      ...(same && keptOf(same, spec)),
    };
  }
  if (!before) throw new RangeError(`the log of ${namespace}/${service} speaks of ${criterion} before it was created`);
  return before;
}

/** What was seen before a change of the spec and holds after it, too. */
function keptOf(before: KnownCriterion, spec: KnownCriterion['spec']): Partial<KnownCriterion> {
  const { bases, peaks, verdict } = before;
  return {
    ...(bases && { bases: basesOf(before, spec) }),
    ...(peaks && { peaks: peaksOf(peaks, before.spec, spec) }),
    ...(verdict && { verdict }),
  };
}

/** What is known to lie under evidence items that are as they were: of another query the basis is seen for the first time. */
function basesOf({ bases = {}, spec: before }: KnownCriterion, { evidence }: KnownCriterion['spec']): Record<string, string> {
  const isSame = (name: string): boolean => {
    const [was, is] = [before.evidence, evidence].map((items) => items.find((item) => item.name === name));
    return is !== undefined && isDeepStrictEqual(was, is);
  };
  return Object.fromEntries(Object.entries(bases).filter(([name]) => isSame(name)));
}

/** How many series a query had is forgotten with the query only: not because another line of the spec, or the source, was changed. */
function peaksOf(peaks: SeriesPeaks, before: KnownCriterion['spec'], after: KnownCriterion['spec']): SeriesPeaks {
  return Object.fromEntries(Object.entries(peaks).filter(([name]) => queryOf(before, name) === queryOf(after, name)));
}
