import type { DeliveryResult } from '../notifier.ts';
import { isTemporary, meaningOf, sentenceOn } from './meaning.ts';
import type { Refusal, Visit } from './smtp.ts';

/**
 * Keeps who has a mail already while others are still to get it, so that nobody gets it twice. It is kept in memory alone: after a
 * restart everybody is sent it again.
 */
export interface Served {
  /** The receivers that a delivery is still to reach. */
  restOf(id: string, to: readonly string[]): readonly string[];
  /** What a visit with these receivers means for the delivery. Who takes no mail for half an hour holds up the others no longer. */
  resultOf(visited: Visited, visit: Visit): DeliveryResult;
}

export interface Visited {
  readonly id: string;
  readonly to: readonly string[];
  readonly messageId: string;
  /** When it was made. */
  readonly at: number;
}

interface Progress {
  /** Since when some have it and others do not. */
  readonly since: number;
  readonly settled: ReadonlySet<string>;
  readonly refused: readonly Refusal[];
}

const MOST_KEPT = 1_000;
/** Longer than a mail server makes a stranger wait (greylisting). */
const GIVE_UP_MS = 30 * 60_000;

const isLong = (since: number, { at }: Visited): boolean => at - since >= GIVE_UP_MS;

export function newServed(): Served {
  const parts = new Map<string, Progress>();
  const keep = (id: string, progress: Progress): void => {
    parts.set(id, progress);
    const [oldest] = parts.keys();
    if (parts.size > MOST_KEPT && oldest !== undefined) parts.delete(oldest);
  };
  const finished = ({ id, messageId }: Visited, refused: readonly Refusal[]): DeliveryResult => {
    parts.delete(id);
    return { kind: 'Delivered', message: messageId, ...(refused.length > 0 && { note: sentenceOn(refused) }) };
  };
  const failed = (visited: Visited, before: Progress | undefined, visit: Extract<Visit, { kind: 'Failed' }>): DeliveryResult => {
    const meaning = meaningOf(visit);
    if (before === undefined) return meaning;
    const isGivenUp = visit.error.refused.length > 0 && isLong(before.since, visited);
    if (meaning.kind === 'Rejected' || isGivenUp) return finished(visited, [...before.refused, ...visit.error.refused]);
    return meaning.kind === 'NotNow' ? { kind: 'Unanswered', message: meaning.message } : meaning;
  };
  const done = (visited: Visited, before: Progress | undefined, refused: readonly Refusal[]): DeliveryResult => {
    const { since, settled, refused: known } = before ?? { since: visited.at, settled: [], refused: [] };
    const later = refused.filter(isTemporary);
    if (later.length === 0 || isLong(since, visited)) return finished(visited, [...known, ...refused]);
    const waiting = new Set(later.map(({ address }) => address));
    keep(visited.id, {
      since,
      settled: new Set([...settled, ...visited.to.filter((address) => !waiting.has(address))]),
      refused: [...known, ...refused.filter((one) => !isTemporary(one))],
    });
    return { kind: 'Unanswered', message: `only some have the mail yet: ${sentenceOn(later)} for now` };
  };
  return {
    restOf: (id, to) => to.filter((address) => parts.get(id)?.settled.has(address) !== true),
    resultOf: (visited, visit) => {
      const before = parts.get(visited.id);
      return visit.kind === 'Failed' ? failed(visited, before, visit) : done(visited, before, visit.refused);
    },
  };
}
