import type { DeliveryResult } from '../notifier.ts';

/** A replica that did not take an alert, and why. */
export interface Failed {
  readonly host: string;
  readonly result: Extract<DeliveryResult, { kind: 'NotNow' | 'Unanswered' | 'Rejected' | 'Stopped' }>;
}

// While one of them may take it later, it is worth to try again; and one that may have it decides over those that have not.
const ORDER = ['Unanswered', 'NotNow', 'Rejected', 'Stopped'] as const;
const LONGEST = 500;

/** What it means that no replica took an alert: for at least one, each named with its reason. */
export function together(failed: readonly Failed[]): Failed['result'] {
  const kind = ORDER.find((one) => failed.some(({ result }) => result.kind === one)) ?? 'Stopped';
  const message = `no replica took it: ${failed.map(({ host, result }) => `${host}: ${result.message}`).join('; ')}`.slice(
    0,
    LONGEST,
  );
  const waits = failed.flatMap(({ result }) => (result.kind === 'NotNow' ? (result.retryAfterMs ?? []) : []));
  return { kind, message, ...(kind === 'NotNow' && waits.length > 0 && { retryAfterMs: Math.min(...waits) }) };
}
