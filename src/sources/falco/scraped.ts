import { AssayError, messageOf } from '../../platform/errors.ts';
import { failure, failureOf } from '../prometheus/failure.ts';
import { FALCO_METRICS, FALCO_VERSION, factsOf } from './facts.ts';
import type { Look } from './looks.ts';
import type { Metric } from './metrics-text.ts';
import type { Watched } from './reading.ts';
import { RELAY_METRICS, relayFactsOf } from './relay.ts';

/** What had been scraped at one moment: of Falcos and relays, and whether the targets of their jobs could be. */
export interface Moment {
  readonly at: number;
  readonly metrics: readonly Metric[];
  readonly ups: readonly Metric[];
}

/**
 * The Falcos and relays that were scraped in a window, each looked at in every moment, of which the first and the last are its ends. A
 * moment without a Falco in between is no loss: it has run on where its start is still the same, and its counters remember.
 */
export function watchedIn(moments: readonly Moment[]): readonly Watched[] {
  const falcos = byTarget(moments, FALCO_METRICS, targetOf);
  const relays = byTarget(moments, RELAY_METRICS, placeOf);
  return [
    ...[...falcos.values()].map((found) => watchedOf(moments, (moment) => lookAt(moment, found), 'a Falco')),
    ...[...relays].map(([place, found]) =>
      watchedOf(moments, (moment) => lookAtRelay(moment, place, found), 'a relay of alerts'),
    ),
    ...downIn(moments),
  ];
}

/** The metrics of one target at each moment at which it has some. */
type Found = ReadonlyMap<Moment, readonly Metric[]>;

function byTarget(
  moments: readonly Moment[],
  names: readonly string[],
  keyOf: (metric: Metric) => string,
): ReadonlyMap<string, Found> {
  const targets = new Map<string, Map<Moment, readonly Metric[]>>();
  for (const moment of moments) {
    const own = moment.metrics.filter(({ name }) => names.includes(name));
    for (const [key, metrics] of Map.groupBy(own, keyOf)) {
      const found = targets.get(key) ?? new Map<Moment, readonly Metric[]>();
      targets.set(key, found.set(moment, metrics));
    }
  }
  return targets;
}

/** Labels that a Falco gives its metrics; all others are of the target. */
const OF_FALCO = [
  ...['version', 'rule_name', 'priority', 'source', 'tags', 'file_name', 'sha256'],
  ...['engine_name', 'evt_source', 'hostname', 'raw_name'],
];

function targetOf({ labels }: Metric): string {
  const isOfTarget = (name: string): boolean => !OF_FALCO.includes(name) && !name.startsWith('tag_');
  const pairs = Object.entries(labels).filter(([name]) => isOfTarget(name));
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A relay may have any further labels: of its target only these are known. */
const placeOf = ({ labels: { job = '', instance = '' } }: Metric): string => JSON.stringify([job, instance]);

type Seen = Look | AssayError | undefined;

function lookAt(moment: Moment, found: Found): Seen {
  const metrics = found.get(moment);
  if (metrics === undefined) return undefined;
  if (metrics.filter(({ name }) => name === FALCO_VERSION).length > 1)
    return new AssayError('SOURCE_BAD_ANSWER', 'several Falcos have the same labels');
  return orError(() => ({ at: moment.at, facts: factsOf(metrics) }));
}

/** A relay that could be scraped had counted nothing yet where it has no series. */
function lookAtRelay(moment: Moment, place: string, found: Found): Seen {
  const metrics = found.get(moment);
  const isUp = moment.ups.some((up) => up.value === 1 && placeOf(up) === place);
  return metrics !== undefined || isUp ? orError(() => ({ at: moment.at, facts: relayFactsOf(metrics ?? []) })) : undefined;
}

function orError(look: () => Look): Seen {
  try {
    return look();
  } catch (error) {
    if (error instanceof AssayError) return error;
    throw error;
  }
}

function watchedOf(moments: readonly Moment[], lookAt: (moment: Moment) => Seen, what: string): Watched {
  const seen = moments.map(lookAt);
  const error = seen.find((one) => one instanceof AssayError);
  const [first, ...others] = seen.filter((one): one is Look => one !== undefined && !(one instanceof AssayError));
  if (first === undefined) return error === undefined ? { kind: 'NotSeen' } : failureOf(error);
  const missing = [
    ...(error === undefined ? [] : [`the metrics of ${what} can not be read: ${messageOf(error)}`]),
    ...(seen[0] === undefined ? [`${what} was not there at the beginning of the window`] : []),
    ...(seen.at(-1) === undefined ? [`${what} was not there at the end of the window`] : []),
  ];
  if (missing.length === 0) return { kind: 'Around', looks: [first, ...others], first, last: others.at(-1) ?? first };
  return { kind: 'Partly', looks: startingWith(birthOf(first, moments), first, others), missing: missing.join('; ') };
}

const startingWith = (birth: Look | undefined, first: Look, others: readonly Look[]): readonly [Look, ...Look[]] =>
  birth === undefined ? [first, ...others] : [birth, first, ...others];

/** Where a Falco started in the window, all that it has counted is of the window. It was scraped since the moment before, or later. */
function birthOf({ at, facts }: Look, moments: readonly Moment[]): Look | undefined {
  const before = moments.findLast((moment) => moment.at < at)?.at;
  const [begin] = moments;
  if (begin === undefined || before === undefined || facts.counter !== 'Falco') return undefined;
  const isYounger = facts.upSeconds * 1000 < before - begin.at;
  return isYounger ? { at: begin.at, facts: { ...facts, rules: [], upSeconds: 0 } } : undefined;
}

/** The labels `job` of all that was scraped at these moments. */
export function jobsOf(metrics: readonly Metric[]): string[] {
  return [...new Set(metrics.flatMap(({ labels }) => labels['job'] ?? []))].sort();
}

/**
 * Falcos that are targets and can't be scraped. Where a job scrapes other programs as well it is not known what is down there; and a
 * Falco that is no target any more leaves no trace.
 */
function downIn(moments: readonly Moment[]): Watched[] {
  const falcos = moments.flatMap(({ metrics }) => metrics.filter(({ name }) => name === FALCO_VERSION));
  const places = new Set(falcos.map(placeOf));
  const ups = moments.at(-1)?.ups ?? [];
  return jobsOf(falcos).flatMap((job): Watched[] => {
    const others = ups.filter((up) => up.labels['job'] === job && !places.has(placeOf(up)));
    const isMixed = others.some(({ value }) => value === 1);
    return others.length > 0 && !isMixed ? [failure('SOURCE_BAD_ANSWER', 'Prometheus can not scrape one of them')] : [];
  });
}
