import type { Reading, Sample } from '../../domain/sample.ts';
import type { WindowSummary } from '../../inbox/index.ts';
import type { Failure } from '../prometheus/failure.ts';
import { growthBetween, lossesBetween } from './losses.ts';
import type { Around } from './looks.ts';
import { byRuleOf, countGroups, type Counted, type FalcoQuestion, matchesRule } from './matching.ts';

/** What one Falco's metrics say about a window: the looks around it, or why there are none. */
export type Watched = Around | Failure;

/** The alerts of the window, and those that came since the first look that counts for it. */
export interface Pushed {
  readonly inWindow: WindowSummary;
  readonly sinceFirstLook: WindowSummary;
  /** Whether the window reaches back to before what the inbox keeps. */
  readonly isForgotten: boolean;
}

export interface Findings {
  readonly question: FalcoQuestion;
  readonly windowMs: number;
  /** The beginning of the window. */
  readonly from: number;
  readonly watched: readonly Watched[];
  /** Absent for a source that takes no alerts. */
  readonly pushed?: Pushed;
}

const MAX_RULES = 1_000;
const NAMED_LOSSES = 5;
const NO_PROOF = 'nothing proves that Falco was running: give the source the address of its metrics';

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
  if (byRule.size === 0) return none(losses, watched);
  if (byRule.size > MAX_RULES) return tooMany;
  const partial = losses.length > 0 ? { partial: textOf(losses) } : {};
  return { kind: 'Samples', samples: samplesOf(byRule), ...partial, ...versionOf(watched) };
}

function none(losses: readonly string[], watched: readonly Watched[]): Reading {
  const missing = watched.length === 0 ? [...losses, NO_PROOF] : losses;
  if (missing.length > 0) return { kind: 'Unavailable', reason: 'IncompleteEvidence', message: textOf(missing) };
  return { kind: 'Samples', samples: [{ labels: {}, value: 0 }], ...versionOf(watched) };
}

const textOf = (losses: readonly string[]): string => losses.slice(0, NAMED_LOSSES).join('; ');

const tooMany: Reading = { kind: 'Unavailable', reason: 'TooManySeries', message: `alerts of more than ${MAX_RULES} rules` };

function samplesOf(byRule: ReadonlyMap<string, number>): readonly Sample[] {
  return [...byRule].sort(([a], [b]) => (a < b ? -1 : 1)).map(([rule, value]) => ({ labels: { rule }, value }));
}

function versionOf(watched: readonly Watched[]): { sourceVersion?: string } {
  const seen = watched.find((one) => one.kind === 'Around');
  return seen === undefined ? {} : { sourceVersion: seen.last.facts.version };
}

function failureOfAll(watched: readonly Watched[]): Failure | undefined {
  const failures = watched.filter((one) => one.kind === 'Failure');
  return failures.length === watched.length ? failures[0] : undefined;
}

interface Found {
  readonly byRule: ReadonlyMap<string, number>;
  readonly losses: readonly string[];
}

function fromAlerts({ question, watched }: Findings, { inWindow, sinceFirstLook, isForgotten }: Pushed): Found {
  const counted = countGroups(inWindow.groups, question);
  const received = countGroups(sinceFirstLook.groups, question);
  const losses = [
    ...lossesOfAlerts(counted, inWindow.lost),
    ...(isForgotten ? ['the window begins before what the inbox still keeps'] : []),
    ...watched.flatMap(lossesOf),
    ...notReceived(growthOf(watched, question), received.comparable),
  ];
  return { byRule: counted.byRule, losses };
}

function lossesOfAlerts({ drops, unclear }: Counted, lost: number): string[] {
  const counts: [number, string][] = [
    [lost, 'pushed alerts could not be kept'],
    [drops, 'alerts in which Falco says that it missed something'],
    [unclear, 'alerts that do not say their tags or their namespace'],
  ];
  return counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}

/** Rules have names that somebody gave them: only how many alerts are missing is said. */
function notReceived(growth: ReadonlyMap<string, number>, received: ReadonlyMap<string, number>): string[] {
  const missing = [...growth].reduce((sum, [rule, count]) => sum + Math.max(0, count - (received.get(rule) ?? 0)), 0);
  return missing > 0 ? [`${missing} alerts that Falco has counted were not received`] : [];
}

function fromCounters({ question, watched, from, windowMs }: Findings): Found {
  const byRule = growthOf(watched, question);
  const far = watched.some((one) => one.kind === 'Around' && from - one.first.at > Math.max(windowMs, MIN_REACH_MS));
  const wide = far && byRule.size > 0 ? ['the looks at the metrics of Falco are further apart than the window'] : [];
  return { byRule, losses: [...watched.flatMap(lossesOf), ...wide] };
}

/** So much wider than it was asked for may a window become by the looks around it. */
const MIN_REACH_MS = 120_000;

function growthOf(watched: readonly Watched[], question: FalcoQuestion): ReadonlyMap<string, number> {
  const grown = watched.flatMap((one) => (one.kind === 'Around' ? growthBetween(one.first, one.last) : []));
  return byRuleOf(grown.filter((rule) => matchesRule(rule, question)));
}

function lossesOf(watched: Watched): string[] {
  switch (watched.kind) {
    case 'Around':
      return lossesBetween(watched);
    case 'NotSeen':
      return ['the metrics of Falco were not read at the beginning of the window'];
    case 'Failure':
      return [`the metrics of Falco can not be read: ${watched.message}`];
  }
}
