import { apply, create, type SlotJudged } from '../../domain/criterion.ts';
import { observe, type Observation, observeRange } from '../../sources/observe.ts';
import type { Asking, Sources } from '../../sources/evidence.ts';
import { inParallel } from './in-parallel.ts';
import { timeText } from '../../domain/moment.ts';
import { type Judged, judgedOf, unjudged } from './result.ts';
import { type Subject, suspendedUntil } from './subjects.ts';

/** The instant that is judged; of a past one, a source may no longer know everything. */
export interface Instant {
  readonly at: number;
  readonly isPast: boolean;
}

const AT_ONCE = 16;

/** Judges every criterion as of one instant. */
export function judgeOnce(
  subjects: readonly Subject[],
  instant: Instant,
  sources: Sources,
  signal: AbortSignal,
): Promise<Judged[]> {
  return inParallel(subjects, AT_ONCE, async (subject) => {
    const { id, spec, rules } = subject;
    const { at } = instant;
    // One look has no history, so no time can have passed: whatever must last is taken to have lasted.
    const state = create(id, { at, rules: { ...rules, holdForMs: 0, recoverForMs: 0, unknownForMs: 0 } });
    if (suspendedUntil(spec, at) !== undefined)
      return unjudged(apply(state, { kind: 'Suspended', at }).state, suspendedText(subject));
    const observation = await observeInstant(subject, instant, { sources, asker: subject, signal });
    return judgedOf(apply(state, slotOf(observation)).state, observation);
  });
}

async function observeInstant({ spec, rules }: Subject, { at, isPast }: Instant, asking: Asking): Promise<Observation> {
  const past = isPast ? await observeRange(spec, { from: at, to: at, stepMs: rules.intervalMs }, asking) : [];
  return past[0] ?? observe(spec, at, asking);
}

/** An observation as judging over time takes it. */
export function slotOf({ slot, judgement }: Observation): SlotJudged {
  const { outcome, warning } = judgement;
  return {
    kind: 'Slot',
    slot,
    outcome: outcome.kind,
    ...(outcome.kind === 'Unknown' ? { reason: outcome.reason } : {}),
    ...(warning === undefined ? {} : { warning }),
  };
}

/** `suspended until 2026-12-01T00:00:00Z: the data centre moves`. */
export function suspendedText({ spec: { suspend } }: Subject): string {
  const until = suspend?.until === undefined ? '' : ` until ${timeText(Date.parse(suspend.until))}`;
  return `suspended${until}: ${suspend?.reason ?? ''}`;
}
