import type { AlertState } from '../../api/evidence-kinds.ts';
import type { Labels, Sample } from '../../domain/sample.ts';
import { badAnswer, fieldsOf } from '../prometheus/parse.ts';

/** One alert as Alertmanager tells it; times in milliseconds. */
export interface Alert {
  readonly labels: Labels;
  readonly state: AlertState;
  readonly startsAt: number;
  readonly endsAt: number;
}

/** The alerts of an answer. Throws `AssayError`. */
export function alertsOf(data: unknown): readonly Alert[] {
  if (!Array.isArray(data)) throw badAnswer('no list of alerts');
  return data.map((item: unknown) => {
    const { labels, status, startsAt, endsAt } = fieldsOf(item, 'an alert');
    return { labels: labelsOf(labels), state: stateOf(status), startsAt: timeOf(startsAt), endsAt: timeOf(endsAt) };
  });
}

const STATES: readonly unknown[] = ['unprocessed', 'active', 'suppressed'];

/**
 * A silence is somebody's decision, an inhibition follows from a rule: with both it counts as silenced. What is suppressed by neither
 * is muted at this time of day only, and what is not processed yet is not known to be muted at all: both are active.
 */
function stateOf(status: unknown): AlertState {
  const { state, silencedBy, inhibitedBy } = fieldsOf(status, 'the status of an alert');
  if (!STATES.includes(state)) throw badAnswer('an unknown state of an alert');
  if (!Array.isArray(silencedBy) || !Array.isArray(inhibitedBy)) throw badAnswer('an alert without who mutes it');
  if (silencedBy.length > 0) return 'Silenced';
  return inhibitedBy.length > 0 ? 'Inhibited' : 'Active';
}

function labelsOf(value: unknown): Labels {
  const labels = fieldsOf(value, 'the labels of an alert');
  for (const [name, text] of Object.entries(labels)) {
    if (typeof text !== 'string') throw badAnswer('a label that is not a string');
    // Half a surrogate pair fits no canonical JSON, and so no record.
    if (!name.isWellFormed() || !text.isWellFormed()) throw badAnswer('a label that is not well-formed text');
  }
  return labels as Labels;
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
/** How Go writes a time that is not set. */
const NOT_SET = Date.parse('0001-01-01T00:00:00Z');

function timeOf(text: unknown): number {
  const at = typeof text === 'string' && RFC3339.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw badAnswer('a time of an alert that is none');
  return at;
}

/** Whether the alert had begun at the slot and has not ended by now: of what ended in between, Alertmanager no longer tells. */
export function fires({ startsAt, endsAt }: Alert, slot: number, now: number): boolean {
  return startsAt <= slot && (endsAt === NOT_SET || endsAt > now);
}

/** How many of the alerts there are by name and state, in a fixed order; one 0 without labels where there are none. */
export function counted(alerts: readonly Pick<Alert, 'labels' | 'state'>[]): readonly Sample[] {
  const counts = new Map<string, { labels: Labels; value: number }>();
  for (const { labels, state } of alerts) {
    const { alertname } = labels;
    const key = JSON.stringify([alertname ?? '', state]);
    const count = counts.get(key) ?? { labels: { ...(alertname && { alertname }), state: state.toLowerCase() }, value: 0 };
    count.value += 1;
    counts.set(key, count);
  }
  if (counts.size === 0) return [{ labels: {}, value: 0 }];
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sample]) => sample);
}
