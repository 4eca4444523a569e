import type { HttpRequest } from '../../platform/http.ts';
import type { Failed } from '../attempt.ts';
import { jsonOf, objectOf, textOf } from '../json.ts';
import type { NotifierOptions } from '../notifier.ts';
import { newSender } from '../sending.ts';
import { failureOf } from './failure.ts';

/** What a route answered with 2xx. */
export interface MattermostOk {
  readonly kind: 'Ok';
  readonly body: Readonly<Record<string, unknown>>;
}

/** The REST API, version 4 (https://api.mattermost.com). None throws for what the server does. */
export interface MattermostApi {
  get(path: string, signal: AbortSignal): Promise<MattermostOk | Failed>;
  json(method: 'POST' | 'PUT', path: string, body: object, signal: AbortSignal): Promise<MattermostOk | Failed>;
  multipart(path: string, form: FormData, signal: AbortSignal): Promise<MattermostOk | Failed>;
  close(): Promise<void>;
}

/** Makes it; nothing is connected yet. */
export function newMattermostApi(url: string, token: string, options: NotifierOptions): MattermostApi {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const sender = newSender({ ...options, url: `${url.replace(/\/+$/, '')}/api/v4`, headers });
  const call = async (request: HttpRequest, signal: AbortSignal): Promise<MattermostOk | Failed> => {
    const answer = await sender.send(request, signal);
    if (answer.kind !== 'Answer') return answer;
    const body = jsonOf(answer.text);
    if (answer.status >= 400) return failureOf(answer, textOf(objectOf(body)['id']), options.clock.now());
    if (typeof body === 'object' && body !== null) return { kind: 'Ok', body: objectOf(body) };
    return { kind: 'Unanswered', message: 'what answers does not speak as Mattermost does' };
  };
  return {
    get: (path, signal) => call({ method: 'GET', path }, signal),
    json: (method, path, body, signal) =>
      call({ method, path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }, signal),
    multipart: async (path, form, signal) => {
      const encoded = new Response(form);
      const type = encoded.headers.get('content-type') ?? '';
      const body = new Uint8Array(await encoded.arrayBuffer());
      return call({ method: 'POST', path, headers: { 'content-type': type }, body }, signal);
    },
    close: () => sender.close(),
  };
}
