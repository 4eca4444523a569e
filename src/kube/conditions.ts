import type { Condition } from '../api/common.ts';
import { cutText } from './text.ts';

const MAX_MESSAGE_BYTES = 1024;

/**
 * The conditions with one of them set. Its `lastTransitionTime` moves only when status, reason or message changes; the others
 * keep their place and stay as they are.
 */
export function setCondition(
  previous: readonly Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  now: Date,
): Condition[] {
  const conditions = [...(previous ?? [])];
  const place = conditions.findIndex(({ type }) => type === next.type);
  const before = conditions[place];
  const wanted = { ...next, message: cutText(next.message, MAX_MESSAGE_BYTES) };
  const lastTransitionTime = before !== undefined && says(before, wanted) ? before.lastTransitionTime : seconds(now);
  conditions.splice(place === -1 ? conditions.length : place, 1, { ...wanted, lastTransitionTime });
  return conditions;
}

function says(before: Condition, next: Omit<Condition, 'lastTransitionTime'>): boolean {
  return before.status === next.status && before.reason === next.reason && before.message === next.message;
}

/** A moment as `metav1.Time` writes it: whole seconds. */
function seconds(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}
