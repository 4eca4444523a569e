import type { Reading, Sample } from '../../domain/sample.ts';
import type { Clock } from '../../platform/clock.ts';
import { durationMs } from '../../domain/duration.ts';
import { slotsOf } from '../evidence.ts';
import { whyNotAnswerable } from '../falco/answerable.ts';
import { FALCO_METRICS } from '../falco/facts.ts';
import type { FalcoQuestion } from '../falco/matching.ts';
import type { Metric } from '../falco/metrics-text.ts';
import { readingOf } from '../falco/reading.ts';
import { RELAY_METRICS } from '../falco/relay.ts';
import { jobsOf, type Moment, watchedIn } from '../falco/scraped.ts';
import { newSharing } from '../sharing.ts';
import type { KindReader, Unavailable } from '../source.ts';
import { failure, failureOf, unavailable } from './failure.ts';
import { familyQuery } from './family-query.ts';

/** What counters are read through: the PromQL of the same source. */
export interface FalcoAccess {
  readonly queries: KindReader;
  readonly clock: Clock;
}

// No text of a user is part of a query: what a question asks for is looked for in the answer.
const COUNTERS = `{__name__=~"${[...FALCO_METRICS, ...RELAY_METRICS].join('|')}"}`;
const NO_FALCO =
  'nothing proves that Falco was running: Prometheus has no falcosecurity_falco_version_info, which Falco says of itself, in this window';
const DEFAULT_WINDOW = '5m';
// Criteria of a service ask for the same window at the same moment.
const KEEP_MS = 10_000;
const KEEP_SAMPLES = 100_000;

/** What there was at one step of a window, or why nothing is known of it. */
type Step = (Moment & { readonly kind: 'Moment'; readonly partial: string | undefined; readonly version?: string }) | Unavailable;

interface Span {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly maxAgeMs: number;
}

/**
 * Makes the reader of Falco's counters as Prometheus has scraped them: raw values at moments all over the window are looked at like the
 * metrics of Falco themselves. Only values are read, no `increase`, which guesses; so a past slot reads what it read then.
 */
export function newFalcoCounters({ queries, clock }: FalcoAccess): KindReader<FalcoQuestion> {
  const weightOf = (steps: readonly Step[]): number =>
    steps.reduce((sum, step) => (step.kind === 'Moment' ? sum + 1 + step.metrics.length + step.ups.length : sum), 0);
  const shared = newSharing<readonly Step[]>({ clock, keepMs: KEEP_MS, maxWeight: KEEP_SAMPLES, weightOf });
  const ask = async (span: Span, signal: AbortSignal): Promise<readonly Step[]> => {
    const counters = await queries.readRange({ ...span, query: COUNTERS }, signal);
    const jobs = jobsOf(counters.flatMap(metricsOf)).filter(Boolean);
    const ups = jobs.length > 0 ? await queries.readRange({ ...span, query: upOf(jobs) }, signal) : [];
    return slotsOf(span).map((at, index) => stepOf(at, counters[index], ups[index]));
  };
  const stepsOf = (span: Span, signal: AbortSignal): Promise<readonly Step[]> =>
    shared.ask(JSON.stringify([span.from, span.to, span.stepMs, span.maxAgeMs]), (all) => ask(span, all), signal).catch(asSteps);

  const readPiece = async ({ query, slots, maxAgeMs }: Piece, signal: AbortSignal): Promise<readonly Reading[]> => {
    const windowMs = windowOf(query);
    const stepMs = stepFor(windowMs);
    const [begin = 0] = slots;
    const from = begin - windowMs;
    const steps = await stepsOf({ from, to: slots.at(-1) ?? begin, stepMs, maxAgeMs }, signal);
    const indexOf = (at: number): number => Math.round((at - from) / stepMs);
    return slots.map((slot) => readingAt(query, slot, steps.slice(indexOf(slot - windowMs), indexOf(slot) + 1)));
  };

  return {
    read: async ({ query, slot, maxAgeMs }, signal) =>
      (await readPiece({ query, slots: [slot], maxAgeMs }, signal))[0] ?? unavailable(NOTHING_READ),
    readRange: async ({ query, maxAgeMs, ...range }, signal) => {
      const readings: Reading[] = [];
      for (const slots of piecesOf(range, windowOf(query))) {
        const last = readings.at(-1);
        // A source that stopped answering is not asked for the rest.
        readings.push(...(isSilent(last) ? slots.map(() => last) : await readPiece({ query, slots, maxAgeMs }, signal)));
      }
      return readings;
    },
    check: async ({ query, maxAgeMs }, signal) => {
      const refusal = await queries.check({ query: COUNTERS, maxAgeMs }, signal);
      if (refusal !== undefined) return refusal;
      const now = clock.now();
      const [step] = await stepsOf({ from: now, to: now, stepMs: 1, maxAgeMs }, signal);
      const facts = step?.kind === 'Moment' ? watchedIn([step]).flatMap((one) => ('looks' in one ? one.looks[0].facts : [])) : [];
      const message = whyNotAnswerable(query, { facts, all: false });
      return message === undefined ? undefined : { reason: 'InvalidQuery', message };
    },
  };
}

interface Piece {
  readonly query: FalcoQuestion;
  readonly slots: readonly number[];
  readonly maxAgeMs: number;
}

const windowOf = ({ window = DEFAULT_WINDOW }: FalcoQuestion): number => durationMs(window);

const STEP_MS = 30_000;
const MAX_STEPS = 120;
const MAX_STEPS_AT_ONCE = 1_000;

/** The moments of a window lie so far apart that they hit both its ends: half a minute, or more in a long window. */
function stepFor(windowMs: number): number {
  let parts = Math.max(1, Math.min(MAX_STEPS, Math.floor(windowMs / STEP_MS)));
  while (windowMs % parts !== 0) parts -= 1;
  return windowMs / parts;
}

/** Slots whose windows share their moments are one question, as far as that does not become too large. */
function piecesOf(range: Pick<Span, 'from' | 'to' | 'stepMs'>, windowMs: number): number[][] {
  const slots = slotsOf(range);
  const step = stepFor(windowMs);
  const perSlot = range.stepMs % step === 0 ? range.stepMs / step : MAX_STEPS_AT_ONCE;
  const size = Math.max(1, Math.floor((MAX_STEPS_AT_ONCE - windowMs / step) / perSlot));
  return Array.from({ length: Math.ceil(slots.length / size) }, (_, index) => slots.slice(index * size, (index + 1) * size));
}

const isSilent = (reading: Reading | undefined): reading is Unavailable =>
  reading?.kind === 'Unavailable' && reading.reason === 'SourceUnreachable';

const NOTHING_READ = failure('SOURCE_UNREACHABLE', 'nothing was asked for');

/** The query for whether the targets of these jobs can be scraped; their names are those of Prometheus. */
const upOf = (jobs: readonly string[]): string => familyQuery('job\0up{\0}', jobs);

function metricsOf(reading: Reading | undefined): readonly Metric[] {
  return reading?.kind === 'Samples' ? reading.samples.map(metricOf) : [];
}

/** Where a target has a label of the same name, Prometheus renames that of the metric. */
const EXPORTED = 'exported_';

function metricOf({ labels: { __name__: name = '', ...labels }, value }: Sample): Metric {
  const renamed = Object.entries(labels).filter(([label]) => label.startsWith(EXPORTED));
  if (renamed.length === 0) return { name, labels, value };
  const others = Object.entries(labels).filter(([label]) => !label.startsWith(EXPORTED));
  const own = renamed.map(([label, text]) => [label.slice(EXPORTED.length), text] as const);
  return { name, labels: Object.fromEntries([...others, ...own.filter(([label]) => !PLACE.includes(label))]), value };
}

/** What tells targets apart stays that of the target. */
const PLACE = ['job', 'instance'];

function stepOf(at: number, counters: Reading | undefined, ups: Reading | undefined): Step {
  if (counters?.kind === 'Unavailable') return counters;
  if (ups?.kind === 'Unavailable') return ups;
  const partial = counters?.partial ?? ups?.partial;
  const version = counters?.sourceVersion;
  const metrics = metricsOf(counters);
  return { kind: 'Moment', at, metrics, ups: metricsOf(ups), partial, ...(version !== undefined && { version }) };
}

function asSteps(error: unknown): readonly Step[] {
  const { reason, message } = failureOf(error);
  return [{ kind: 'Unavailable', reason, message }];
}

function readingAt(question: FalcoQuestion, slot: number, steps: readonly Step[]): Reading {
  const unread = steps.find((step) => step.kind === 'Unavailable');
  if (unread !== undefined) return unread;
  const moments = steps.filter((step) => step.kind === 'Moment');
  const windowMs = windowOf(question);
  const incomplete = moments.find(({ partial }) => partial !== undefined)?.partial;
  const known = { question, windowMs, from: slot - windowMs, noProof: NO_FALCO, incomplete };
  const reading = readingOf({ ...known, watched: watchedIn(moments) });
  const version = moments.at(-1)?.version;
  return reading.kind === 'Samples' && version !== undefined ? { ...reading, sourceVersion: version } : reading;
}
