import type { OutcomeKind } from '../api/criterion.ts';
import type { JudgingRules } from './rules.ts';

/** A verdict that evidence alone decides; `Suspended` is laid over it. */
export type JudgedVerdict = 'Pass' | 'Fail' | 'Inconclusive';

/**
 * The clocks of judging.md, "Verdict". All times are milliseconds; `...Since` and `from` are slots. What is frozen is kept in two
 * sums, time without evidence and time suspended, because an escalation step may count the one and never counts the other.
 */
export interface Track {
  readonly verdict: JudgedVerdict;
  readonly last?: { readonly slot: number; readonly outcome: OutcomeKind };
  /** Suspended time since the last slot: not part of the distance between two slots. */
  readonly pausedMs: number;
  readonly badSince?: number;
  readonly goodSince?: number;
  readonly unknownSince?: number;
  readonly frozenMs: number;
  readonly frozenSuspendedMs: number;
  readonly unknownSuspendedMs: number;
  readonly deviation?: OpenSpan;
  readonly gap?: { readonly from: number };
}

export interface OpenSpan {
  readonly from: number;
  readonly unknownMs: number;
  readonly suspendedMs: number;
}

export interface Observed {
  readonly slot: number;
  readonly outcome: OutcomeKind;
  /** Asked for long after its slot: such a slot never closes a deviation. */
  readonly readBack?: boolean;
}

export const newTrack: Track = { verdict: 'Inconclusive', pausedMs: 0, frozenMs: 0, frozenSuspendedMs: 0, unknownSuspendedMs: 0 };

type Clocks = Pick<JudgingRules, 'holdForMs' | 'recoverForMs' | 'unknownForMs' | 'whenUnknown'>;

/** Judges one slot: the track after it. Slots come in order, each once. */
export function advance(before: Track, { slot, outcome, readBack }: Observed, rules: Clocks): Track {
  const seen = rules.whenUnknown === 'Fail' && outcome === 'Unknown' ? 'NotMet' : outcome;
  const track = { ...withFrozenTime(before, slot), last: { slot, outcome: seen }, pausedMs: 0 };
  switch (seen) {
    case 'NotMet':
      return onNotMet(track, slot, rules);
    case 'Met':
      return onMet(track, slot, rules, readBack === true);
    case 'Unknown':
      return onUnknown(track, slot, rules);
  }
}

/** Adds suspended time to every clock that runs, so that it stands still. */
export function pause(track: Track, ms: number): Track {
  const running = track.badSince !== undefined || track.goodSince !== undefined;
  return {
    ...track,
    pausedMs: track.pausedMs + ms,
    frozenSuspendedMs: track.frozenSuspendedMs + (running ? ms : 0),
    unknownSuspendedMs: track.unknownSuspendedMs + (track.unknownSince === undefined ? 0 : ms),
    ...(track.deviation ? { deviation: { ...track.deviation, suspendedMs: track.deviation.suspendedMs + ms } } : {}),
  };
}

function withFrozenTime(track: Track, slot: number): Track {
  if (track.last?.outcome !== 'Unknown') return track;
  const distance = slot - track.last.slot - track.pausedMs;
  const running = track.badSince !== undefined || track.goodSince !== undefined;
  return {
    ...track,
    frozenMs: track.frozenMs + (running ? distance : 0),
    ...(track.deviation ? { deviation: { ...track.deviation, unknownMs: track.deviation.unknownMs + distance } } : {}),
  };
}

function onNotMet(track: Track, slot: number, rules: Clocks): Track {
  const { goodSince: _good, unknownSince: _unknown, gap: _gap, ...kept } = track;
  if (kept.deviation) return { ...kept, verdict: 'Fail' };
  const timed = kept.badSince === undefined ? { ...kept, badSince: slot, frozenMs: 0, frozenSuspendedMs: 0 } : kept;
  const badSince = timed.badSince ?? slot;
  if (slot - badSince - timed.frozenMs - timed.frozenSuspendedMs < rules.holdForMs) return timed;
  const deviation = { from: badSince, unknownMs: timed.frozenMs, suspendedMs: timed.frozenSuspendedMs };
  return { ...timed, verdict: 'Fail', deviation };
}

function onMet(track: Track, slot: number, rules: Clocks, readBack: boolean): Track {
  const { unknownSince: _unknown, gap: _gap, ...kept } = track;
  if (!kept.deviation) {
    const { badSince: _bad, ...calm } = kept;
    return { ...calm, verdict: 'Pass' };
  }
  const timed = kept.goodSince === undefined ? { ...kept, goodSince: slot, frozenMs: 0, frozenSuspendedMs: 0 } : kept;
  const goodFor = slot - (timed.goodSince ?? slot) - timed.frozenMs - timed.frozenSuspendedMs;
  if (readBack || goodFor < rules.recoverForMs) return { ...timed, verdict: 'Fail' };
  const { badSince: _bad, goodSince: _good, deviation: _deviation, ...closed } = timed;
  return { ...closed, verdict: 'Pass' };
}

function onUnknown(track: Track, slot: number, rules: Clocks): Track {
  const timed = track.unknownSince === undefined ? { ...track, unknownSince: slot, unknownSuspendedMs: 0 } : track;
  const unknownSince = timed.unknownSince ?? slot;
  if (slot - unknownSince - timed.unknownSuspendedMs < rules.unknownForMs) return timed;
  const gap = timed.gap ?? { from: unknownSince };
  if (timed.deviation) return { ...timed, verdict: 'Inconclusive', gap };
  const { badSince: _bad, ...calm } = timed;
  return { ...calm, verdict: 'Inconclusive', gap };
}
