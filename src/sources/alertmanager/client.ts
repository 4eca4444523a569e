import { type ApiAnswer, type ClientOptions, MAX_WAITING, newSourceHttp, parsedJson } from '../prometheus/client.ts';
import { failureOf } from '../prometheus/failure.ts';
import { newLimiter } from '../limiter.ts';
import type { Connection } from '../source.ts';
import { failureOfAnswer } from './failure.ts';

/** The calls of Alertmanager's API v2 that evidence needs. None throws for what the server does. */
export interface AlertmanagerClient {
  /** The alerts for which all filters hold: those of every state, or with `None` none, only to hear whether the filters can be read. */
  alerts(filters: readonly string[], states: 'All' | 'None', signal: AbortSignal): Promise<ApiAnswer>;
  status(signal: AbortSignal): Promise<ApiAnswer>;
  close(): Promise<void>;
}

/** Makes the client of one server; alerts wait for one of `maxConcurrency` places, calls for its status don't. */
export function newAlertmanagerClient(connection: Connection, options: ClientOptions): AlertmanagerClient {
  const http = newSourceHttp(connection, options);
  const limiter = newLimiter(connection.maxConcurrency, MAX_WAITING);

  const get = async (path: string, signal: AbortSignal): Promise<ApiAnswer> => {
    const answer = await http.call({ method: 'GET', path, packed: true }, signal);
    if (answer.kind === 'Failure') return answer;
    if (answer.status >= 400) return failureOfAnswer(answer.status, answer.text, http.secrets);
    try {
      return { kind: 'Data', data: parsedJson(answer.text) };
    } catch (error) {
      return failureOf(error);
    }
  };
  return {
    alerts: (filters, states, signal) => {
      const asked = String(states === 'All');
      const parameters = new URLSearchParams({ active: asked, silenced: asked, inhibited: asked, unprocessed: asked });
      for (const filter of filters) parameters.append('filter', filter);
      return limiter.run(() => get(`/api/v2/alerts?${parameters.toString()}`, signal), signal).catch(failureOf);
    },
    status: (signal) => get('/api/v2/status', signal),
    close: () => http.close(),
  };
}
