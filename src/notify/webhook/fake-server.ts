import { createHmac, timingSafeEqual } from 'node:crypto';

import { type FakeAnswer, type FakeHttp, type FakeRequest, startFakeHttp } from '../fake-http.ts';
import type { CloudEvent } from './encode.ts';

/** A receiver that does all that CloudEvents and Standard Webhooks ask of one. */
export interface FakeReceiver extends Pick<FakeHttp, 'asked' | 'next' | 'close'> {
  readonly url: string;
  /** Each event that was taken, once. */
  readonly events: readonly CloudEvent[];
  /** Each event as a person would be shown it. */
  readonly visible: readonly string[];
  state: 'open' | 'gone';
}

export interface FakeReceiverOptions {
  /** Without one, signatures are not looked at. */
  readonly secret?: string;
  readonly now: () => number;
}

const TOLERANCE_SECONDS = 300;

/** Starts it. Names of requests: `event`, and `look` for every other method. */
export async function startFakeReceiver(options: FakeReceiverOptions): Promise<FakeReceiver> {
  const seen = new Map<string, CloudEvent>();
  const receiver = { state: 'open' as FakeReceiver['state'], events: [] as CloudEvent[], visible: [] as string[] };
  const http = await startFakeHttp({
    nameOf: ({ method }) => (method === 'POST' ? 'event' : 'look'),
    answer: (request) => {
      if (receiver.state === 'gone') return plain(410);
      if (request.method !== 'POST') return plain(405);
      const event = JSON.parse(request.body.toString()) as CloudEvent;
      const fault = faultOf(request, options) ?? faultIn(event, request);
      if (fault !== undefined) return plain(fault === 'signature' ? 401 : 400, `canary-upstream: ${fault}`);
      if (!seen.has(event.id)) {
        receiver.events.push(event);
        receiver.visible.push(`${event.type}: ${event.data.card.title}`);
      }
      seen.set(event.id, event);
      return plain(204);
    },
  });
  return Object.assign(receiver, { ...http, url: `${http.origin}/hooks/assay` });
}

const plain = (status: number, body = ''): FakeAnswer => ({ status, body });

function faultOf(request: FakeRequest, { secret, now }: FakeReceiverOptions): string | undefined {
  if (request.path !== '/hooks/assay') return 'path';
  if (request.headers['content-type'] !== 'application/cloudevents+json; charset=utf-8') return 'content type';
  return secret === undefined || isSigned(request, secret, now()) ? undefined : 'signature';
}

function isSigned({ headers, body }: FakeRequest, secret: string, now: number): boolean {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures = '' } = headers;
  if (!/^\d+$/.test(timestamp) || Math.abs(now / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(' ').some((signature) => isSame(signature, wanted));
}

function isSame(signature: string, wanted: Buffer): boolean {
  const [version, text = ''] = signature.split(',');
  const given = Buffer.from(text, 'base64');
  return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
}

// The attributes as cloudevents/spec.md words them; names are lower-case letters and digits.
function faultIn(event: CloudEvent, { headers }: FakeRequest): string | undefined {
  const { specversion, id, source, type, subject } = event as unknown as Readonly<Record<string, unknown>>;
  if (specversion !== '1.0') return 'specversion';
  if ([id, source, type, subject].some((text) => typeof text !== 'string' || text === '')) return 'required attribute';
  if (event.id !== headers['webhook-id']) return 'id';
  if (!URL.canParse(event.source, 'https://host.example')) return 'source';
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(event.time)) return 'time';
  return Object.keys(event).every((name) => /^[a-z0-9]+$/.test(name)) ? undefined : 'name of an attribute';
}
