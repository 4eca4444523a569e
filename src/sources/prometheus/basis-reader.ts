import type { Clock } from '../../platform/clock.ts';
import type { Unavailable } from '../evidence.ts';
import { newSharing, type Sharing } from '../sharing.ts';
import type { Basis } from '../source.ts';
import type { Trial } from './alerts-match.ts';
import { newRuleBook, type RuleBook } from './basis.ts';
import { type AlertRule, alertRulesOf, type RecordingRule, recordingRulesOf } from './basis-rules.ts';
import type { ApiAnswer, PrometheusClient } from './client.ts';
import { type Failure, failure, failureOf } from './failure.ts';

/** What the rules are read with; more than `maxRules` (10,000) of a kind are not looked at. */
export interface BasisAccess {
  readonly client: Pick<PrometheusClient, 'recordingRules' | 'rules'>;
  readonly clock: Clock;
  readonly maxRules?: number;
}

/** Matchers of alerts; the same ones have the same `key`. */
export interface AskedAlerts {
  readonly key: string;
  readonly trials: readonly Trial[];
}

/** What questions rest on. As long as the rules stay the same, the basis of a question is the same object. */
export interface Bases {
  ofQuery(query: string, signal: AbortSignal): Promise<Basis | Unavailable>;
  ofAlerts(asked: AskedAlerts, signal: AbortSignal): Promise<Basis | Unavailable>;
}

interface Found<R> {
  readonly kind: 'Found';
  readonly rules: R;
}
interface Book {
  readonly kind: 'Book';
  readonly book: RuleBook;
}

const MAX_RULES = 10_000;
// A little less than the five minutes after which whoever asks comes back.
const KEEP_RULES_MS = 285_000;

/**
 * Makes what tells the bases of questions. Rules are asked for once in about five minutes, also of a server that does not tell them;
 * alerting rules only where somebody rests on them.
 */
export function newBases({ client, clock, maxRules = MAX_RULES }: BasisAccess): Bases {
  const sharing = <T>(): Sharing<T> => newSharing<T>({ clock, keepMs: KEEP_RULES_MS, maxWeight: 1, weightOf: () => 1 });
  const recording = sharing<Found<readonly RecordingRule[]> | Failure>();
  const alerting = sharing<Found<readonly AlertRule[]> | Failure>();
  const ofRecording = newShelf();
  const ofAll = newShelf();

  const recordingRules = (signal: AbortSignal) =>
    recording
      .ask('', async (all) => found(await client.recordingRules(all), recordingRulesOf, maxRules), signal)
      .catch(failureOf);
  const alertingRules = (signal: AbortSignal) =>
    alerting.ask('', async (all) => found(await client.rules(all), alertRulesOf, maxRules), signal).catch(failureOf);

  const bookOfRecording = async (signal: AbortSignal): Promise<Book | Failure> => {
    const rules = await recordingRules(signal);
    return rules.kind === 'Found' ? ofRecording(rules.rules) : rules;
  };
  const bookOfAll = async (signal: AbortSignal): Promise<Book | Failure> => {
    const [rules, alerts] = await Promise.all([recordingRules(signal), alertingRules(signal)]);
    if (rules.kind === 'Failure') return rules;
    return alerts.kind === 'Found' ? ofAll(rules.rules, alerts.rules) : alerts;
  };

  return {
    ofQuery: async (query, signal) => {
      const alone = await bookOfRecording(signal);
      const known = alone.kind === 'Book' && alone.book.readsAlerts(query) ? await bookOfAll(signal) : alone;
      return known.kind === 'Book' ? known.book.basisOf(query) : notKnown('its recording rules', known);
    },
    ofAlerts: async ({ key, trials }, signal) => {
      const known = await bookOfAll(signal);
      if (known.kind === 'Failure') return notKnown('its rules', known);
      try {
        return known.book.basisOfAlerts(key, trials);
      } catch (error) {
        return notKnown('its rules', failureOf(error));
      }
    },
  };
}

/** No rules would be another thing to say. */
const notKnown = (what: string, { reason, message }: Failure): Unavailable => ({
  kind: 'Unavailable',
  reason,
  message: `${what} are not known: ${message}`,
});

function found<R>(answer: ApiAnswer, rulesOf: (data: unknown) => readonly R[], maxRules: number): Found<readonly R[]> | Failure {
  if (answer.kind === 'Failure') return answer;
  if (answer.partial !== undefined) return failure('SOURCE_BAD_ANSWER', answer.partial, { reason: 'PartialAnswer' });
  try {
    const rules = rulesOf(answer.data);
    if (rules.length <= maxRules) return { kind: 'Found', rules };
    return failure('SOURCE_ANSWER_TOO_LARGE', `the answer holds more than ${maxRules} rules`, { reason: 'TooManySeries' });
  } catch (error) {
    return failureOf(error);
  }
}

/** Keeps the latest book: rules that were told anew and are the same are the same book. */
function newShelf(): (rules: readonly RecordingRule[], alerts?: readonly AlertRule[]) => Book {
  let latest: { readonly of: readonly unknown[]; readonly book: RuleBook } | undefined;
  return (rules, alerts = NO_ALERTS) => {
    if (latest?.of[0] === rules && latest.of[1] === alerts) return { kind: 'Book', book: latest.book };
    const book = newRuleBook(rules, alerts);
    latest = { of: [rules, alerts], book: latest?.book.version === book.version ? latest.book : book };
    return { kind: 'Book', book: latest.book };
  };
}

const NO_ALERTS: readonly AlertRule[] = [];
