import type { Labels, Reading } from '../../domain/sample.ts';
import type { Episode, Gaps } from '../../inbox/index.ts';
import { type Alert, counted } from './alerts.ts';

/** What is known of the time around a slot. */
export interface Heard {
  /** Whether the alert that always fires was received shortly before. */
  readonly heartbeat: 'Received' | 'Missing' | 'NotSet';
  /** How long before that may be, as it was written. */
  readonly within: string;
  readonly gaps: Gaps;
  /** Whether this time lies before what the inbox keeps. */
  readonly isForgotten: boolean;
}

/** Whether an alert fires at a slot, as far as it was told. */
export function firesAt(slot: number): (episode: Pick<Episode, 'startsAt' | 'endedAt'>) => boolean {
  return ({ startsAt, endedAt = Infinity }) => startsAt <= slot && slot < endedAt;
}

/**
 * The number of alerts by name. What was told as firing counts, and is partial where more may have been sent; none is 0 only where the
 * alert that always fires was received, and nothing may be missing.
 */
export function receivedReading(firing: readonly Episode[], heard: Heard): Reading {
  const missing = missingIn(heard);
  if (firing.length > 0) {
    return { kind: 'Samples', samples: counted(alertsIn(firing)), ...(missing.length > 0 && { partial: missing.join('; ') }) };
  }
  const unproven = heard.heartbeat === 'NotSet' ? [...missing, NO_PROOF] : missing;
  if (unproven.length === 0) return { kind: 'Samples', samples: counted([]) };
  const reason = heard.isForgotten ? 'NoHistory' : 'IncompleteEvidence';
  return { kind: 'Unavailable', reason, message: unproven.join('; ') };
}

const NO_PROOF =
  'nothing proves that Alertmanager was sending: give the source a heartbeat, the matcher of an alert that always fires';

/** Whether none is 0. */
export function isProven(heard: Heard): boolean {
  return heard.heartbeat === 'Received' && missingIn(heard).length === 0;
}

function missingIn({ heartbeat, within, gaps: { lost, wasClosed, isBegun }, isForgotten }: Heard): string[] {
  const found: [boolean, string][] = [
    [isForgotten, 'this is before what the inbox still keeps'],
    [heartbeat === 'Missing', `the alert that always fires was not received in the ${within} before`],
    [lost > 0, `${lost} alerts were sent that could not be taken`],
    [isBegun && wasClosed, `the operator was not there all the time within ${within}`],
    [!isBegun, `nothing had been received ${within} before`],
  ];
  return found.flatMap(([is, what]) => (is ? [what] : []));
}

/** One that was told in several groups, or several times, is one. */
function alertsIn(firing: readonly Episode[]): Pick<Alert, 'labels' | 'state'>[] {
  const distinct = new Set(firing.map(({ labels }) => labels));
  return [...distinct].map((labels) => ({ labels: JSON.parse(labels) as Labels, state: 'Active' }));
}
