import { parsedJson } from '../prometheus/client.ts';
import { type Failure, failure, failureOfStatus } from '../prometheus/failure.ts';

/** Statuses that mean the same whatever answers. */
const OF_ANY_SERVER = [401, 403, 429];

/**
 * The failure that a status of 400 or more of Alertmanager stands for. Of the body only the sentence of a 400 is passed on, which
 * speaks of the matchers; it is cut and cleaned as that of Prometheus is, and never holds one of `secrets`.
 */
export function failureOfAnswer(status: number, text: string, secrets: readonly string[]): Failure {
  if (status === 400) {
    const sentence = sentenceIn(text);
    if (sentence !== undefined) return failureOfStatus(400, JSON.stringify({ errorType: 'bad_data', error: sentence }), secrets);
  }
  if (status >= 500 || OF_ANY_SERVER.includes(status)) return failureOfStatus(status, '', secrets);
  return failure('SOURCE_BAD_ANSWER', `the source does not answer as an Alertmanager does (${status})`);
}

/** Alertmanager says what is wrong as one string of JSON. */
function sentenceIn(text: string): string | undefined {
  try {
    const parsed = parsedJson(text);
    return typeof parsed === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}
