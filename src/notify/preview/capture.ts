import type { NotificationChannelSpec, PlatformKind } from '../../api/channel.ts';
import type { HttpAnswer, HttpClient, HttpClientOptions, HttpRequest } from '../../platform/http.ts';
import { type Place, roomFor } from '../notifier.ts';
import { masked } from './stub-secrets.ts';

/** What a platform would be sent, with `***` for everything secret. */
export interface Payload {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Read, where it is JSON; else its text. */
  readonly body: unknown;
}

/** Takes what is to be sent, and answers as the platform would that takes it; nothing leaves the process. */
export interface Capture {
  readonly newClient: (options: HttpClientOptions) => HttpClient;
  /** What was sent since it was last asked, without what is only looked up. */
  taken(): Payload[];
}

/** Makes it for the channel of a platform. */
export function newCapture(kind: PlatformKind, spec: NotificationChannelSpec, place: Place): Capture {
  let payloads: Payload[] = [];
  const answer = ANSWERS[kind](spec, place);
  return {
    newClient: ({ url, headers = {} }) => ({
      request: (request) => {
        if (isSaid(request)) payloads.push(payloadOf(url, headers, request));
        const [status, body] = answer(request);
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        return Promise.resolve({ status, headers: {}, text } satisfies HttpAnswer);
      },
      close: () => Promise.resolve(),
    }),
    taken: () => {
      const taken = payloads;
      payloads = [];
      return taken;
    },
  };
}

/** Slack looks up by POST as well. */
const isSaid = ({ method, path }: HttpRequest): boolean => method !== 'GET' && path !== '/users.conversations';

function payloadOf(url: string, common: Readonly<Record<string, string>>, request: HttpRequest): Payload {
  const { method, path, headers = {}, body = '' } = request;
  const text = typeof body === 'string' ? body : Buffer.from(body).toString();
  const all = { ...common, ...headers };
  return {
    ...{ method, url: masked(`${url}${path}`) },
    headers: Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, SECRET_HEADERS.has(name) ? '***' : masked(value)]),
    ),
    body: (headers['content-type'] ?? '').includes('json') ? (JSON.parse(masked(text)) as unknown) : masked(text),
  };
}

/** Signed with a secret that is not the real one. */
const SECRET_HEADERS = new Set(['webhook-signature']);

type Answer = (request: HttpRequest) => readonly [status: number, body: unknown];

// What only the platform knows stands as zeros.
const SLACK_ID = 'C0000000000';
const SLACK_TS = '0000000000.000000';
const MATTERMOST_ID = '0'.repeat(26);
const MATRIX = { event: '$0', user: '@assay:000', room: '!0:000' };
const DISCORD_ID = '0';

/** How each platform answers that takes everything. */
const ANSWERS: Readonly<Record<PlatformKind, (spec: NotificationChannelSpec, place: Place) => Answer>> = {
  matrix: () => () => [
    200,
    {
      ...{ event_id: MATRIX.event, user_id: MATRIX.user, room_id: MATRIX.room },
      ...{ sender: MATRIX.user, content: { msgtype: 'm.text' } },
    },
  ],
  slack: ({ slack }, place) => {
    if (slack?.webhookSecret) return () => [200, 'ok'];
    const name = roomFor(slack?.channel ?? '', place)
      .replace(/^#/, '')
      .toLowerCase();
    return () => [200, { ok: true, ts: SLACK_TS, channels: [{ id: SLACK_ID, name }] }];
  },
  mattermost: () => () => [200, { id: MATTERMOST_ID, channel_id: MATTERMOST_ID }],
  teams: () => () => [202, ''],
  discord: () => () => [200, { id: DISCORD_ID }],
  webhook: () => () => [204, ''],
  alertmanager: () => () => [200, ''],
  email: () => () => [200, ''],
};
