/**
 * Evidence from Alertmanager: asks which alerts fire now, checks the answer strictly, and counts them by name and state, or says why
 * that can't be known.
 */
import { ALERT_STATES } from '../../api/evidence-kinds.ts';
import type { Reading } from '../../domain/sample.ts';
import type { Clock } from '../../platform/clock.ts';
import { nothingPast, slotsOf, type Unavailable } from '../evidence.ts';
import type { ApiAnswer, ClientOptions } from '../prometheus/client.ts';
import { failure, failureOf, notAnswering, unavailable } from '../prometheus/failure.ts';
import { badAnswer, fieldsOf } from '../prometheus/parse.ts';
import { newSharing } from '../sharing.ts';
import type { Connection, EvidenceReader, KindReader, Questions, Reachability } from '../source.ts';
import { type Alert, alertsOf, counted, fires } from './alerts.ts';
import { type AlertmanagerClient, newAlertmanagerClient } from './client.ts';
import { matchersOf, matcherText } from './matchers.ts';

/** Caps default to 8 MiB an answer and 10,000 alerts a reading. */
export interface AlertmanagerOptions {
  readonly clock: Clock;
  readonly maxBytes?: number;
  readonly maxAlerts?: number;
  readonly onRequest?: ClientOptions['onRequest'];
}

type Question = Questions['alerts'];

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_ALERTS = 10_000;
// The criteria of a service ask at the same moment.
const KEEP_READINGS_MS = 10_000;
const KEEP_SAMPLES = 100_000;

/** Makes the reader of one server; nothing is connected yet. */
export function newAlertmanagerReader(connection: Connection, options: AlertmanagerOptions): EvidenceReader {
  const { clock, maxBytes = MAX_BYTES, maxAlerts = MAX_ALERTS, onRequest } = options;
  const client = newAlertmanagerClient(connection, { maxBytes, ...(onRequest && { onRequest }) });
  const shared = newSharing<Reading>({ clock, keepMs: KEEP_READINGS_MS, maxWeight: KEEP_SAMPLES, weightOf });
  const heartbeat = filtersOf(connection.heartbeat === undefined ? [] : [connection.heartbeat], 'the heartbeat of the source: ');

  /** The alerts that fire for these filters, or why they can't be known. */
  const firing = async (
    filters: readonly string[],
    slot: number,
    signal: AbortSignal,
  ): Promise<readonly Alert[] | Unavailable> => {
    const answer = await client.alerts(filters, 'All', signal);
    const alerts = readAs(alertsOf, answer);
    if ('kind' in alerts) return alerts;
    if (alerts.length > maxAlerts) return tooMany(maxAlerts);
    const now = clock.now();
    return alerts.filter((alert) => fires(alert, slot, now));
  };

  const readNow = async (question: Question, slot: number, signal: AbortSignal): Promise<Reading> => {
    const filters = filtersOf(question.matchers);
    if ('kind' in filters) return filters;
    if ('kind' in heartbeat) return heartbeat;
    const alerts = await firing(filters, slot, signal);
    if ('kind' in alerts) return alerts;
    if (heartbeat.length > 0) {
      // Afterwards: one that forgot its alerts before it was asked for them does not know this one either.
      const beats = await firing(heartbeat, slot, signal);
      if ('kind' in beats) return beats;
      if (beats.length === 0) return SILENT;
    }
    const { states = ALERT_STATES } = question;
    return { kind: 'Samples', samples: counted(alerts.filter(({ state }) => states.includes(state))) };
  };

  const alerts: KindReader<Question> = {
    read: ({ query, slot, maxAgeMs }, signal) => {
      if (clock.now() - slot > maxAgeMs) return Promise.resolve(PAST);
      const key = `${slot} ${JSON.stringify([query.matchers, query.states])}`;
      return shared.ask(key, (all) => readNow(query, slot, all), signal).catch((error: unknown) => unavailable(failureOf(error)));
    },
    readRange: (range) => Promise.resolve(nothingPast(range, PAST.message)),
    check: async ({ query }, signal) => {
      const filters = filtersOf(query.matchers);
      if ('kind' in filters) return { reason: 'InvalidQuery', message: filters.message };
      if ('kind' in heartbeat) return { reason: 'InvalidQuery', message: heartbeat.message };
      const answer = await client.alerts(filters, 'None', signal);
      const refused = answer.kind === 'Failure' && answer.code === 'QUERY_INVALID';
      return refused ? { reason: 'InvalidQuery', message: answer.message } : undefined;
    },
  };
  return {
    kinds: { alerts },
    wasCollecting: (range) => Promise.resolve(slotsOf(range).map(() => false)),
    probe: (signal) => probe(client, signal),
    close: () => client.close(),
  };
}

const PAST: Unavailable = { kind: 'Unavailable', reason: 'NoHistory', message: 'past alerts can not be asked for' };

const SILENT: Unavailable = {
  kind: 'Unavailable',
  reason: 'IncompleteEvidence',
  message: 'the alert that always fires is missing: nothing is known of others',
};

const tooMany = (maxAlerts: number): Unavailable => ({
  kind: 'Unavailable',
  reason: 'TooManySeries',
  message: `the answer holds more than ${maxAlerts} alerts`,
});

/** Only answers are kept, each by its size. */
const weightOf = (reading: Reading): number => (reading.kind === 'Samples' ? reading.samples.length : 0);

/** Matchers as they are sent, or the reading where one of them can't be read. */
function filtersOf(texts: readonly string[], of = ''): readonly string[] | Unavailable {
  const written = matchersOf(texts);
  if (written.kind === 'Matchers') return written.matchers.map(matcherText);
  return { kind: 'Unavailable', reason: 'QueryFailed', message: `${of}${written.message}` };
}

/** What an answer holds, or why it can't be read. */
function readAs<T>(parse: (data: unknown) => T, answer: ApiAnswer): T | Unavailable {
  try {
    return answer.kind === 'Data' ? parse(answer.data) : asUnavailable(answer);
  } catch (error) {
    return asUnavailable(failureOf(error));
  }
}

const asUnavailable = ({ reason, message }: ReturnType<typeof failure>): Unavailable => ({
  kind: 'Unavailable',
  reason,
  message,
});

async function probe(client: AlertmanagerClient, signal: AbortSignal): Promise<Reachability> {
  const start = performance.now();
  const answer = await client.status(signal);
  const latencyMs = Math.round(performance.now() - start);
  if (answer.kind === 'Failure') return notAnswering(answer);
  try {
    const version = versionIn(answer.data);
    return { kind: 'Answering', ...(version !== undefined && { version }), latencyMs };
  } catch (error) {
    return notAnswering(failureOf(error));
  }
}

function versionIn(data: unknown): string | undefined {
  const { versionInfo } = fieldsOf(data, 'the status');
  if (versionInfo === undefined) throw badAnswer('no version');
  const { version } = fieldsOf(versionInfo, 'the version');
  return typeof version === 'string' && /^[\w.+~-]{1,128}$/.test(version) ? version : undefined;
}
