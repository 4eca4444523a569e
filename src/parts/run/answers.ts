import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';

const ANSWER_TIMEOUT_MS = 1_000;

/** What a readiness question carries beside its address. */
export type Asking = Pick<RequestOptions, 'method' | 'headers'> & { readonly ca?: string };

/** Whether the address answers 2xx within a second; refused, late and any other status are all `false`. */
export function answers(url: string, asking: Asking = {}): Promise<boolean> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const request = send(url, { ...asking, agent: false, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }, (response) => {
      response.resume();
      response.once('error', () => resolve(false));
      response.once('end', () => resolve(Math.floor((response.statusCode ?? 0) / 100) === 2));
    });
    request.once('error', () => resolve(false));
    request.end();
  });
}
