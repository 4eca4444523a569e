import type { ApiAnswer, PrometheusClient } from './client.ts';
import type { Failure } from './failure.ts';
import { bareSelector } from './promql.ts';
import { withTimes } from './sample-times.ts';

/** What a server does about old samples, and its version where it tells it. */
export interface Lookback {
  readonly kind: 'Lookback';
  readonly honoured: boolean;
  /** How far the server looks back by itself. */
  readonly defaultMs: number;
  readonly version?: string;
}

/** How a query is asked so that no sample older than `maxAge` counts. */
export type Plan =
  | { readonly kind: 'Ask'; readonly query: string; readonly form: Readonly<Record<string, string>>; readonly timed: boolean }
  | { readonly kind: 'NotSupported'; readonly message: string };

/** Decides it as judging.md says under "Slots". `timed` answers carry the time of each sample, and the judge drops old ones. */
export function planFor(query: string, maxAgeMs: number, lookback: Lookback): Plan {
  if (lookback.honoured) return { kind: 'Ask', query, form: { lookback_delta: `${maxAgeMs}ms` }, timed: false };
  if (maxAgeMs === lookback.defaultMs) return plainly(query);
  const server = `this server ignores lookback_delta and looks back ${lookback.defaultMs / 1000}s by itself`;
  if (maxAgeMs > lookback.defaultMs) {
    return { kind: 'NotSupported', message: `${server}, so a maxAge of ${maxAgeMs / 1000}s can not be had` };
  }
  const selector = bareSelector(query);
  if (selector !== undefined) return { kind: 'Ask', query: withTimes(selector), form: {}, timed: true };
  const message = `${server}; a maxAge of ${maxAgeMs / 1000}s needs a query that is one selector of one metric`;
  return { kind: 'NotSupported', message };
}

/** A plan without regard to age. */
export const plainly = (query: string): Plan & { kind: 'Ask' } => ({ kind: 'Ask', query, form: {}, timed: false });

const PROMETHEUS_DEFAULT_MS = 300_000;
const NO_DURATION = 'assay';

/**
 * Finds out what the server does with `lookback_delta`, without needing any data in it: who reads the parameter refuses one that
 * is no duration, who doesn't ignores it. Both kinds of query have to refuse, since proxies drop parameters for one of them.
 */
export async function findLookback(client: PrometheusClient, signal: AbortSignal): Promise<Lookback | Failure> {
  const instant = { query: '1', time: '0' };
  const range = { query: '1', start: '0', end: '0', step: '1' };
  const accepted = await client.query({ ...instant, lookback_delta: '1s' }, signal);
  if (accepted.kind === 'Failure') return accepted;
  const atInstant = refusal(await client.query({ ...instant, lookback_delta: NO_DURATION }, signal));
  const atRange = refusal(await client.queryRange({ ...range, lookback_delta: NO_DURATION }, signal));
  if (typeof atInstant !== 'boolean') return atInstant;
  if (typeof atRange !== 'boolean') return atRange;
  const version = versionOf(await client.status('buildinfo', signal));
  const known = { kind: 'Lookback', ...(version !== undefined && { version }) } as const;
  if (atInstant && atRange) return { ...known, honoured: true, defaultMs: PROMETHEUS_DEFAULT_MS };
  const flags = await client.status('flags', signal);
  if (flags.kind === 'Failure' && ['SOURCE_UNREACHABLE', 'SOURCE_ERROR'].includes(flags.code)) return flags;
  return { ...known, honoured: false, defaultMs: defaultLookbackOf(flags) };
}

function refusal(answer: ApiAnswer): boolean | Failure {
  if (answer.kind === 'Data') return false;
  return answer.code === 'QUERY_INVALID' ? true : answer;
}

/** The version in an answer to `status/buildinfo`, if one can be read from it. */
export function versionOf(answer: ApiAnswer): string | undefined {
  const version = fieldOf(answer, 'version');
  return typeof version === 'string' && /^[\w.+~-]{1,128}$/.test(version) ? version : undefined;
}

function defaultLookbackOf(flags: ApiAnswer): number {
  const text = fieldOf(flags, 'query.lookback-delta');
  return (typeof text === 'string' ? durationMs(text) : undefined) ?? PROMETHEUS_DEFAULT_MS;
}

function fieldOf(answer: ApiAnswer, name: string): unknown {
  if (answer.kind === 'Failure' || typeof answer.data !== 'object' || answer.data === null) return undefined;
  return (answer.data as Record<string, unknown>)[name];
}

const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** A duration as Prometheus and Go write it (`5m`, `1h30m`, `5m0s`), in milliseconds. */
export function durationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:ms|d|h|m|s))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|d|h|m|s)/g))
    sum += Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  return sum;
}
