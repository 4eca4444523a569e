import type { Delivery, DeliveryResult, Probe } from './notifier.ts';

/** Everything but a delivery. */
export type Failed = Exclude<DeliveryResult, { kind: 'Delivered' }>;

/** Something failed before this attempt could send anything; what an earlier attempt left there is as unknown as before. */
export function withoutSending(failed: Failed, { repeated }: Pick<Delivery, 'repeated'>): Failed {
  if (repeated) return failed.kind === 'NotNow' ? { ...failed, kind: 'Unanswered' } : failed;
  return failed.kind === 'Unanswered' ? { ...failed, kind: 'NotNow' } : failed;
}

/** The same of a look, which sends nothing at all. */
export function probed(failed: Failed): Probe {
  if (failed.kind === 'NotNow' || failed.kind === 'Unanswered') return { ...failed, kind: 'NotNow' };
  return { kind: 'Stopped', message: failed.message };
}
