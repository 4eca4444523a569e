import type { Dispatcher } from 'undici';

import { KubeError } from './kube-error.ts';
import { cutText } from './text.ts';

const MAX_BODY_BYTES = 64 * 2 ** 20;
const MAX_REFUSAL_BYTES = 2 ** 20;
const MAX_DETAIL_BYTES = 1024;

/** The Status object, as far as it is read. */
interface Status {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string }[] };
}

/** The parsed body of an answer; undefined for an empty one. */
export async function readBody(answer: Dispatcher.ResponseData, maxBytes = MAX_BODY_BYTES): Promise<unknown> {
  const text = await readText(answer, maxBytes);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** What an answer that is no success says; `now` in milliseconds since 1970. */
export async function refusalOf(what: string, answer: Dispatcher.ResponseData, now: number): Promise<KubeError> {
  const status = await readStatus(answer);
  return statusError(what, answer.statusCode, status, retryAfterMs(answer.headers['retry-after'], now));
}

/** The error that a Status object stands for; a watch sends one as an event. */
export function statusError(what: string, code: number, status: Status, retryAfter?: number): KubeError {
  return new KubeError(`${what} was answered ${code}${status.reason === undefined ? '' : ` ${status.reason}`}`, {
    status: code,
    causes: (status.details?.causes ?? []).flatMap(({ reason }) => reason ?? []),
    ...(status.reason === undefined ? {} : { reason: status.reason }),
    ...(status.message === undefined ? {} : { detail: cutText(status.message, MAX_DETAIL_BYTES) }),
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
  });
}

async function readStatus(answer: Dispatcher.ResponseData): Promise<Status> {
  const text = await readText(answer, MAX_REFUSAL_BYTES).catch(() => '');
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    // Some refusals are plain text: of a path that is not served, of a proxy, of a server that starts.
    return {};
  }
}

/** The header holds seconds or a date. */
function retryAfterMs(header: string | string[] | undefined, now: number): number | undefined {
  const value = String(header ?? '').trim();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}

async function readText({ headers, body }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const announced = Number(headers['content-length'] ?? Number.NaN);
  if (announced <= maxBytes) return body.text();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new KubeError(`an answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}
