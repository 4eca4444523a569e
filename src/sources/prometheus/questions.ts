import type { Reading, Sample } from '../../domain/sample.ts';
import type { ApiAnswer, PrometheusClient } from './client.ts';
import { failure, failureOf, unavailable } from './failure.ts';
import type { Plan } from './lookback.ts';
import { notANumber, samplesOf, seriesOf } from './parse.ts';
import { dealOut, type RangeAnswer } from './range.ts';
import { newJoinTimes } from './sample-times.ts';

/** A planned query as a question to the server, and its answer as readings. None throws for what the server does. */
export interface Questions {
  instant(plan: AskPlan, slot: number, signal: AbortSignal): Promise<Reading>;
  range(plan: AskPlan, slots: readonly number[], signal: AbortSignal): Promise<RangeAnswer>;
}

export type AskPlan = Plan & { readonly kind: 'Ask' };

/** Makes the questions; more than `maxSeries` series at a slot are not read. */
export function newQuestions(client: PrometheusClient, maxSeries: number): Questions {
  return {
    instant: async (plan, slot, signal) => {
      // Servers that know `limit` stop one beyond what is read; marked times count as series there.
      const limit = plan.timed ? {} : { limit: String(maxSeries + 1) };
      const answer = await client.query({ query: plan.query, time: seconds(slot), ...limit, ...plan.form }, signal);
      const join = plan.timed ? newJoinTimes() : same;
      return reading(answer, maxSeries, (data) => join(samplesOf(data, slot)));
    },
    range: async (plan, slots, signal) => {
      const [first = 0, second = first + 1] = slots;
      const times = { start: seconds(first), end: seconds(slots.at(-1) ?? first), step: `${second - first}ms` };
      const answer = await client.queryRange({ query: plan.query, ...times, ...plan.form }, signal);
      if (answer.kind === 'Failure') return answer;
      const join = plan.timed ? newJoinTimes() : same;
      try {
        const dealt = dealOut(seriesOf(answer.data), slots);
        if (dealt === undefined) return { kind: 'OtherTimes' };
        const readings = dealt.map(({ samples, histogram }) => {
          return reading(answer, maxSeries, () => {
            if (histogram) throw notANumber();
            return join(samples);
          });
        });
        return { kind: 'Readings', readings };
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

const same = (samples: readonly Sample[]): readonly Sample[] => samples;

/** Seconds with milliseconds, which Prometheus rounds to the same millisecond again. */
const seconds = (ms: number): string => (ms / 1000).toFixed(3);

function reading(answer: ApiAnswer, maxSeries: number, samplesIn: (data: unknown) => readonly Sample[]): Reading {
  if (answer.kind === 'Failure') return unavailable(answer);
  try {
    const samples = samplesIn(answer.data);
    if (samples.length > maxSeries) return unavailable(tooMany(maxSeries));
    return { kind: 'Samples', samples, ...(answer.partial !== undefined && { partial: answer.partial }) };
  } catch (error) {
    return unavailable(failureOf(error));
  }
}

const tooMany = (maxSeries: number) =>
  failure('SOURCE_ANSWER_TOO_LARGE', `the answer holds more than ${maxSeries} series`, { reason: 'TooManySeries' });
