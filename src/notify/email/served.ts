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
  /** What a visit with these receivers means for the delivery. */
  resultOf(visited: Visited, visit: Visit): DeliveryResult;
}

export interface Visited {
  readonly id: string;
  readonly to: readonly string[];
  readonly messageId: string;
}

interface Progress {
  readonly settled: ReadonlySet<string>;
  readonly refused: readonly Refusal[];
}

const MOST_KEPT = 1_000;

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
  return {
    restOf: (id, to) => to.filter((address) => parts.get(id)?.settled.has(address) !== true),
    resultOf: (visited, visit) => {
      const before = parts.get(visited.id);
      if (visit.kind === 'Failed') {
        const meaning = meaningOf(visit);
        if (before === undefined) return meaning;
        if (meaning.kind === 'Rejected') return finished(visited, [...before.refused, ...visit.error.refused]);
        return meaning.kind === 'NotNow' ? { kind: 'Unanswered', message: meaning.message } : meaning;
      }
      const later = visit.refused.filter(isTemporary);
      const refused = [...(before?.refused ?? []), ...visit.refused.filter((one) => !isTemporary(one))];
      if (later.length === 0) return finished(visited, refused);
      const waiting = new Set(later.map(({ address }) => address));
      const settled = visited.to.filter((address) => !waiting.has(address));
      keep(visited.id, { settled: new Set([...(before?.settled ?? []), ...settled]), refused });
      return { kind: 'Unanswered', message: `only some have the mail yet: ${sentenceOn(later)} for now` };
    },
  };
}
