import type { Reading, Sample } from '../../domain/sample.ts';
import type { Clock } from '../../platform/clock.ts';
import { matchersOf, matcherText } from '../alertmanager/matchers.ts';
import { slotsOf } from '../evidence.ts';
import type { Basis, KindReader, Questions, Unavailable } from '../source.ts';
import { type Trial, trialOf } from './alerts-match.ts';
import { alertingRulesOf, type AlertingRule, whySilenceIsNoAnswer } from './alerts-rules.ts';
import type { Bases } from './basis-reader.ts';
import type { PrometheusClient } from './client.ts';
import { type Failure, failure, failureOf, unavailable } from './failure.ts';
import { newSharing } from '../sharing.ts';

type Question = Questions['alerts'];

/** What alerts are read through: the PromQL of the same source, and its client for the rules. */
export interface AlertsAccess {
  readonly queries: KindReader;
  readonly client: Pick<PrometheusClient, 'rules'>;
  /** What alerts rest on, for whoever asks. */
  readonly bases?: Pick<Bases, 'ofAlerts'>;
  readonly clock: Clock;
  /** More rules than this are not looked at (10,000). */
  readonly maxRules?: number;
}

/** The rules of a server, and when (ms) they were told. */
interface Rules {
  readonly kind: 'Rules';
  readonly rules: readonly AlertingRule[];
  readonly at: number;
}

const MAX_RULES = 10_000;
const KEEP_RULES_MS = 30_000;

/**
 * Makes the reader of firing alerts. Prometheus knows no silences, so all are active. That nothing fires is an answer, 0, only where
 * rules could have raised such an alert and could be evaluated. Of a past slot that is not known: a rule of now need not have been there.
 */
export function newPrometheusAlerts({ queries, client, bases, clock, maxRules = MAX_RULES }: AlertsAccess): KindReader<Question> {
  const shared = newSharing<Rules | Failure>({
    ...{ clock, keepMs: KEEP_RULES_MS, maxWeight: 1 },
    // What has not been evaluated yet soon will be.
    weightOf: (known) => (known.kind === 'Rules' && !known.rules.some(({ health }) => health === 'unknown') ? 1 : 0),
  });
  /** Undefined where 0 is the answer. */
  const silence = async (asked: Asked, maxAgeMs: number, signal: AbortSignal): Promise<Reading | undefined> => {
    const known = await shared.ask('', (all) => readRules(client, { clock, maxRules }, all), signal).catch(failureOf);
    if (known.kind === 'Failure') return unavailable({ ...known, message: `nothing fires, but of the rules: ${known.message}` });
    return whySilenceIsNoAnswer(known.rules, asked.trials, { at: known.at, maxAgeMs });
  };

  return {
    read: async ({ query: question, slot, maxAgeMs }, signal) => {
      const asked = askedOf(question);
      if (asked.kind === 'Refused') return refused(asked);
      const reading = asked.active ? await queries.read({ query: asked.query, slot, maxAgeMs }, signal) : NOTHING;
      return isEmpty(reading) ? ((await silence(asked, maxAgeMs, signal)) ?? zero(reading)) : active(reading);
    },
    readRange: async ({ query: question, ...range }, signal) => {
      const slots = slotsOf(range);
      const asked = askedOf(question);
      if (asked.kind === 'Refused') return slots.map(() => refused(asked));
      const readings = asked.active
        ? await queries.readRange({ query: asked.query, ...range }, signal)
        : slots.map(() => NOTHING);
      return readings.map((reading) => (isEmpty(reading) ? RULES_OF_THEN : active(reading)));
    },
    check: async ({ query: question, maxAgeMs }, signal) => {
      const asked = askedOf(question);
      if (asked.kind === 'Refused') return { reason: 'InvalidQuery', message: asked.message };
      return queries.check({ query: asked.query, maxAgeMs }, signal);
    },
    ...(bases && { basis: (question, signal) => basisOf(question, bases, signal) }),
  };
}

/** A rule that stands now need not have been there then, and without one nothing fires. */
const RULES_OF_THEN: Reading = {
  kind: 'Unavailable',
  reason: 'NoHistory',
  message: 'nothing fired, and whether a rule was there then is not known',
};

interface Asked {
  readonly kind: 'Asked';
  readonly query: string;
  readonly trials: readonly Trial[];
  /** Whether those count that Prometheus knows. */
  readonly active: boolean;
}

interface Refused {
  readonly kind: 'Refused';
  readonly message: string;
}

function askedOf({ matchers: texts, states }: Question): Asked | Refused {
  const written = matchersOf(texts);
  if (written.kind === 'NotMatchers') return { kind: 'Refused', message: written.message };
  const trials: Trial[] = [];
  for (const matcher of written.matchers) {
    const trial = ofPrometheus(matcher.label) ? 'is of a label that Prometheus keeps for itself' : trialOf(matcher);
    if (typeof trial === 'string') return { kind: 'Refused', message: `matcher ${trials.length + 1} ${trial}` };
    trials.push(trial);
  }
  const selector = ['alertstate="firing"', ...written.matchers.map(matcherText)].join(',');
  const query = `count by (alertname) (ALERTS{${selector}})`;
  return { kind: 'Asked', query, trials, active: states?.includes('Active') ?? true };
}

/** What the alerts that match rest on: the rules that can raise them, whether they fire or not. */
async function basisOf(
  { matchers }: Question,
  bases: Pick<Bases, 'ofAlerts'>,
  signal: AbortSignal,
): Promise<Basis | Unavailable> {
  const asked = askedOf({ matchers });
  if (asked.kind === 'Refused') return { kind: 'Unavailable', reason: 'QueryFailed', message: asked.message };
  return bases.ofAlerts({ key: JSON.stringify(matchers), trials: asked.trials }, signal);
}

/** Labels of the series ALERTS that no alert has: what is asked about them never fires. */
const ofPrometheus = (label: string): boolean => label === 'alertstate' || label.startsWith('__');

const refused = ({ message }: Refused): Reading => unavailable(failure('QUERY_INVALID', message));

async function readRules(
  client: AlertsAccess['client'],
  { clock, maxRules }: { clock: Clock; maxRules: number },
  signal: AbortSignal,
): Promise<Rules | Failure> {
  const answer = await client.rules(signal);
  if (answer.kind === 'Failure') return answer;
  if (answer.partial !== undefined) return failure('SOURCE_BAD_ANSWER', answer.partial, { reason: 'PartialAnswer' });
  try {
    const rules = alertingRulesOf(answer.data);
    if (rules.length <= maxRules) return { kind: 'Rules', rules, at: clock.now() };
    return failure('SOURCE_ANSWER_TOO_LARGE', `the answer holds more than ${maxRules} rules`, { reason: 'TooManySeries' });
  } catch (error) {
    return failureOf(error);
  }
}

const NOTHING: Reading = { kind: 'Samples', samples: [] };

const isEmpty = (reading: Reading): boolean => reading.kind === 'Samples' && reading.samples.length === 0;

const zero = (reading: Reading): Reading => ({ ...reading, samples: [{ labels: {}, value: 0 }] }) as Reading;

function active(reading: Reading): Reading {
  if (reading.kind === 'Unavailable') return reading;
  const samples = reading.samples.map((sample): Sample => ({ ...sample, labels: { ...sample.labels, state: 'active' } }));
  return { ...reading, samples };
}
