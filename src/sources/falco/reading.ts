import type { Reading, Sample } from '../../domain/sample.ts';
import type { WindowSummary } from '../../inbox/index.ts';
import type { Failure } from '../prometheus/failure.ts';
import type { Counter } from './facts.ts';
import { counterOf, growthOver, lossesBetween } from './losses.ts';
import type { Around, Look } from './looks.ts';
import { countGroups, type Counted, type FalcoQuestion, together } from './matching.ts';

/** The looks that there are at a Falco which was not seen over the whole window, and what is missing as a part of a sentence. */
export interface Partly {
  readonly kind: 'Partly';
  readonly looks: readonly [Look, ...Look[]];
  readonly missing: string;
}

/** What the metrics of one Falco, or of one relay, say about a window: the looks around it, or why there are none. */
export type Watched = Around | Partly | Failure;

/** The alerts of the window, and what came up to looks since it ended. */
export interface Pushed {
  readonly inWindow: WindowSummary;
  readonly compared: readonly Compared[];
  /** Whether the window reaches back to before what the inbox keeps. */
  readonly isForgotten: boolean;
}

/**
 * What was counted from the first look that counts for the window until a later one, and what was received until that was asked for.
 * Each alert that was received by then had been raised, and so is counted in that look: what comes afterwards can not stand for
 * one that was lost.
 */
export interface Compared {
  readonly watched: readonly Watched[];
  readonly received: WindowSummary;
}

export interface Findings {
  readonly question: FalcoQuestion;
  readonly windowMs: number;
  /** The beginning of the window. */
  readonly from: number;
  readonly watched: readonly Watched[];
  /** Absent for a source that takes no alerts. */
  readonly pushed?: Pushed;
  /** What is said where no Falco was seen. */
  readonly noProof?: string;
  /** Why what was watched may not be all. */
  readonly incomplete?: string | undefined;
}

const MAX_RULES = 1_000;
const NAMED_LOSSES = 5;
const NO_PROOF = 'nothing proves that Falco was running: give the source the address of its metrics';
const RELAYS_PROVE_NOTHING =
  'falcosidekick and falco-exporter do not prove that Falco was running: its own metrics (falcosecurity_falco_version_info) do';

/**
 * The number of alerts by rule. None is 0 only where Falco's own figures prove that it ran and lost nothing; what is known to be
 * incomplete is partial where there are alerts, and no answer where there are none.
 */
export function readingOf(findings: Findings): Reading {
  const { pushed, watched } = findings;
  const unread = pushed === undefined ? failureOfAll(watched) : undefined;
  if (unread !== undefined) return { kind: 'Unavailable', reason: unread.reason, message: unread.message };
  if (pushed?.inWindow.whole === false) return tooMany;
  const { byRule, losses } = pushed === undefined ? fromCounters(findings) : fromAlerts(findings, pushed);
  if (byRule.size === 0) return none(losses, findings);
  if (byRule.size > MAX_RULES) return tooMany;
  const partial = losses.length > 0 ? { partial: textOf(losses) } : {};
  return { kind: 'Samples', samples: samplesOf(byRule), ...partial, ...versionOf(watched) };
}

function none(losses: readonly string[], { watched, noProof = NO_PROOF }: Findings): Reading {
  const proof = provenBy(watched) ? [] : [watched.length === 0 ? noProof : RELAYS_PROVE_NOTHING];
  const missing = [...losses, ...proof];
  if (missing.length > 0) return { kind: 'Unavailable', reason: 'IncompleteEvidence', message: textOf(missing) };
  return { kind: 'Samples', samples: [{ labels: {}, value: 0 }], ...versionOf(watched) };
}

/** Whether one of them is a Falco, or may be: what is not known of that one is among the losses. */
const provenBy = (watched: readonly Watched[]): boolean => watched.some((one) => !hasLooks(one) || isOfFalco(one));

const isOfFalco = (watched: Watched): boolean => hasLooks(watched) && counterOf(watched.looks) === 'Falco';

const hasLooks = (watched: Watched): watched is Partly | Extract<Around, { kind: 'Around' }> =>
  watched.kind === 'Around' || watched.kind === 'Partly';

/** Several Falcos may miss the same; it is said once. */
const textOf = (losses: readonly string[]): string => [...new Set(losses)].slice(0, NAMED_LOSSES).join('; ');

const tooMany: Reading = { kind: 'Unavailable', reason: 'TooManySeries', message: `alerts of more than ${MAX_RULES} rules` };

function samplesOf(byRule: ReadonlyMap<string, number>): readonly Sample[] {
  return [...byRule].sort(([a], [b]) => (a < b ? -1 : 1)).map(([rule, value]) => ({ labels: { rule }, value }));
}

function versionOf(watched: readonly Watched[]): { sourceVersion?: string } {
  const version = watched.flatMap((one) => (one.kind === 'Around' ? (one.last.facts.version ?? []) : []))[0];
  return version === undefined ? {} : { sourceVersion: version };
}

function failureOfAll(watched: readonly Watched[]): Failure | undefined {
  const failures = watched.filter((one) => one.kind === 'Failure');
  return failures.length === watched.length ? failures[0] : undefined;
}

interface Found {
  readonly byRule: ReadonlyMap<string, number>;
  readonly losses: readonly string[];
}

function fromAlerts({ question, watched }: Findings, { inWindow, compared, isForgotten }: Pushed): Found {
  const counted = countGroups(inWindow.groups, question);
  const losses = [
    ...lossesOfAlerts(counted, inWindow.lost),
    ...(isForgotten ? ['the window begins before what the inbox still keeps'] : []),
    ...watched.flatMap(lossesOf),
    ...notReceived(compared, question),
  ];
  return { byRule: counted.byRule, losses };
}

function lossesOfAlerts({ drops, unclear }: Counted, lost = 0): string[] {
  const counts: [number, string][] = [
    [lost, 'pushed alerts could not be kept'],
    [drops, 'alerts in which Falco says that it missed something'],
    [sumOf(unclear), 'alerts that do not say their tags or their namespace'],
  ];
  return counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}

const sumOf = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/**
 * An alert that was on its way at one look has come by a later one, and one that is lost never does: a rule misses as many as at the
 * look where it misses fewest. Rules have names that somebody gave them: only how many alerts are missing is said.
 */
function notReceived(compared: readonly Compared[], question: FalcoQuestion): string[] {
  const missed = compared.map(({ watched, received }) =>
    less(countersOf(watched, question).comparable, countGroups(received.groups, question).comparable),
  );
  const rules = new Set(missed.flatMap((one) => [...one.keys()]));
  const missing = [...rules].reduce((sum, rule) => sum + Math.min(...missed.map((one) => one.get(rule) ?? 0)), 0);
  return missing > 0 ? [`${missing} alerts that Falco has counted were not received`] : [];
}

const less = (some: ReadonlyMap<string, number>, others: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
  new Map([...some].map(([rule, count]) => [rule, Math.max(0, count - (others.get(rule) ?? 0))]));

function fromCounters({ question, watched, from, windowMs, incomplete }: Findings): Found {
  const counted = countersOf(watched, question);
  const far = watched.some((one) => one.kind === 'Around' && from - one.first.at > Math.max(windowMs, MIN_REACH_MS));
  const wide = far && counted.byRule.size > 0 ? ['the looks at the metrics of Falco are further apart than the window'] : [];
  // A relay can neither lose nor prove what Falco itself has counted.
  const telling = watched.some(isOfFalco) ? watched.filter((one) => !hasLooks(one) || isOfFalco(one)) : watched;
  const losses = [...lossesOfAlerts(counted), ...telling.flatMap(lossesOf), ...wide, ...(incomplete ? [incomplete] : [])];
  return { byRule: counted.byRule, losses };
}

/** So much wider than it was asked for may a window become by the looks around it. */
const MIN_REACH_MS = 120_000;

/** What all counters have counted; Falcos count different alerts, and relays the same ones again. */
function countersOf(watched: readonly Watched[], question: FalcoQuestion): Counted {
  const grown = watched.filter(hasLooks).map(({ looks }) => ({ counter: counterOf(looks), grown: growthOver(looks) }));
  const counters = Map.groupBy(grown, ({ counter }): Counter => counter);
  const counts = [...counters.values()].map((some) => some.flatMap((one) => one.grown));
  return together(counts.map((groups) => countGroups(groups, question)));
}

function lossesOf(watched: Watched): string[] {
  switch (watched.kind) {
    case 'Around':
      return lossesBetween(watched);
    case 'Partly':
      return [watched.missing, ...lossesBetween(watched)];
    case 'NotSeen':
      return ['the metrics of Falco were not read at the beginning of the window'];
    case 'Failure':
      return [`the metrics of Falco can not be read: ${watched.message}`];
  }
}
