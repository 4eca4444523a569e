import type { CertificationCriterionStatus } from '../src/api/criterion.ts';

/** A status of the usual size, different for each number. */
export function statusOfWrite(write: number): CertificationCriterionStatus {
  const at = new Date(Date.UTC(2026, 0, 1) + write * 60_000).toISOString();
  const since = '2026-01-01T00:00:00.000Z';
  const condition = { observedGeneration: 1, lastTransitionTime: since };
  return {
    ...{ observedGeneration: 1, verdict: 'Pass', since },
    observation: { at, outcome: 'Met', message: `gauge is ${write}, required < 100` },
    evidence: [{ name: 'gauge', value: String(write), series: 1, failing: 0 }],
    objective: { achieved: '99.972', window: '30d', unknown: '0.012' },
    record: { seq: write, digest: `sha256:${'0'.repeat(64)}` },
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Evaluating', message: 'evaluated every 1m', ...condition },
      { type: 'Passing', status: 'True', reason: 'Met', message: 'holds: gauge < 100', ...condition },
      { type: 'ObjectiveMet', status: 'True', reason: 'Reached', message: 'required 99.9 % over 30d', ...condition },
    ],
    ...{ controls: 'OPS-02', measured: `${write} (< 100)` },
  };
}
