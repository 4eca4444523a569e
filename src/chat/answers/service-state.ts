import { type CriterionStanding, openDeviation } from '../../domain/standing.ts';
import type { Tone } from '../../notify/notifier.ts';

/** Whether a service is there, as far as anybody outside is told. */
export interface ServiceState {
  /** `Unmeasured`: nothing speaks of its availability. */
  readonly kind: 'Up' | 'Down' | 'Unclear' | 'Unmeasured';
  /** In milliseconds since 1970-01-01T00:00:00Z; absent where it is up or not measured. */
  readonly since?: number;
}

/** The worst of what speaks of its availability, since the earliest moment. */
export function serviceState(criteria: readonly CriterionStanding[]): ServiceState {
  const counted = criteria.filter(({ counts }) => counts);
  if (counted.length === 0) return { kind: 'Unmeasured' };
  const down = counted.filter(isDown).map((standing) => openDeviation(standing)?.from ?? standing.since);
  if (down.length > 0) return { kind: 'Down', since: Math.min(...down) };
  const unclear = counted.filter(({ verdict }) => verdict !== 'Pass').map(({ since }) => since);
  return unclear.length > 0 ? { kind: 'Unclear', since: Math.min(...unclear) } : { kind: 'Up' };
}

/** Without evidence a deviation goes on; what is suspended is not looked at. */
function isDown(standing: CriterionStanding): boolean {
  const { verdict } = standing;
  return verdict === 'Fail' || (verdict === 'Inconclusive' && openDeviation(standing) !== undefined);
}

export function stateTone(states: readonly ServiceState[]): Tone {
  if (states.some(({ kind }) => kind === 'Down')) return 'Failing';
  return states.some(({ kind }) => kind === 'Unclear') ? 'Unclear' : 'Notice';
}
