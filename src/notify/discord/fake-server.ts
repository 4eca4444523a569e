import { type FakeAnswer, type FakeHttp, type FakeRequest, startFakeHttp } from '../fake-http.ts';
import { faultOf, type FakeEmbed, type FakePayload } from './fake-rules.ts';

/** Discord with one webhook in one channel. */
export interface FakeDiscord extends Pick<FakeHttp, 'asked' | 'next' | 'close'> {
  /** What the Secret holds. */
  readonly address: string;
  /** Each message as a person sees it, line by line; an edited one in its place. */
  readonly visible: readonly string[];
  /** How many people were mentioned. */
  readonly mentioned: number;
  /** A message is deleted by a person. */
  remove(index: number): void;
  state: 'open' | 'deleted' | 'token changed' | 'forbidden' | 'forum';
}

export const DISCORD_TOKEN = 'canary-token';
const PATH = `/api/webhooks/223704706495545344/${DISCORD_TOKEN}`;

/** Starts it. Names of requests: `post`, `edit`, `look`. */
export async function startFakeDiscord(): Promise<FakeDiscord> {
  const messages = new Map<string, string>();
  const fake = { state: 'open' as FakeDiscord['state'], mentioned: 0 };
  let id = 1_100_000_000_000_000_000n;
  const keep = (request: FakeRequest, known?: string): FakeAnswer => {
    const payload = payloadOf(request);
    if (payload === undefined) return failed(400, 50_109);
    if (faultOf(payload) !== undefined) return failed(400, 50_035);
    // Without `allowed_mentions` whatever the texts say is mentioned.
    if (payload.allowed_mentions?.parse.length !== 0) fake.mentioned += 1;
    const message = known ?? (id++).toString();
    messages.set(
      message,
      payload.embeds
        .map(shown)
        .concat(payload.files.map((name) => `(${name})`))
        .join('\n'),
    );
    return request.query.get('wait') === 'true' || known !== undefined ? found({ id: message }) : { status: 204, body: '' };
  };
  const answer = (request: FakeRequest): FakeAnswer => {
    const refusal = refusalOf(request, fake.state);
    if (refusal !== undefined) return refusal;
    if (request.method === 'GET')
      return found({ id: '223704706495545344', type: 1, channel_id: '199737254929760256', token: DISCORD_TOKEN });
    const message = /\/messages\/(\d+)$/.exec(request.path)?.[1];
    if (message !== undefined && !messages.has(message)) return failed(404, 10_008);
    return (request.method === 'PATCH') === (message !== undefined) ? keep(request, message) : failed(405, 0);
  };
  const http = await startFakeHttp({
    nameOf: ({ method }) => ({ POST: 'post', PATCH: 'edit' })[method] ?? 'look',
    answer,
  });
  return Object.assign(fake, {
    ...{ ...http, address: `${http.origin}${PATH}` },
    visible: live(() => [...messages.values()]),
    remove: (index: number) => void messages.delete([...messages.keys()][index] ?? ''),
  });
}

/** A list that is read anew each time. */
function live(read: () => string[]): readonly string[] {
  return new Proxy<string[]>([], { get: (_target, key) => Reflect.get(read(), key) as unknown });
}

function refusalOf({ path, query, headers }: FakeRequest, state: FakeDiscord['state']): FakeAnswer | undefined {
  if (!/^DiscordBot \(https?:\/\/\S+, \S+\)$/.test(headers['user-agent'] ?? '')) return { status: 403, body: 'error code: 1010' };
  if (!path.startsWith(PATH) || state === 'deleted') return failed(404, 10_015);
  if (state === 'token changed') return failed(401, 50_027);
  if (state === 'forbidden') return failed(403, 50_013);
  return state === 'forum' && !query.has('thread_id') ? failed(400, 220_001) : undefined;
}

const found = (body: object): FakeAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
/** An answer as Discord words it. */
export const failed = (status: number, code: number, more: object = {}): FakeAnswer => ({
  ...{ status, headers: { 'content-type': 'application/json' } },
  body: JSON.stringify({ message: `canary-upstream ${DISCORD_TOKEN}`, code, ...more }),
});

function payloadOf({ headers, body }: FakeRequest): FakePayload | undefined {
  const type = headers['content-type'] ?? '';
  if (type === 'application/json') return { ...(JSON.parse(body.toString()) as FakePayload), files: [] };
  const boundary = /^multipart\/form-data; boundary=([\w-]{1,70})$/.exec(type)?.[1];
  if (boundary === undefined) return undefined;
  const parts = body.toString('latin1').split(`\r\n--${boundary}`).slice(1, -1).map(partOf);
  const json = parts.find(({ name }) => name === 'payload_json');
  const files = parts.filter(({ name }) => /^files\[\d\]$/.test(name)).map(({ file, text }) => `${file}, ${text.length} bytes`);
  return json && { ...(JSON.parse(Buffer.from(json.text, 'latin1').toString()) as FakePayload), files };
}

function partOf(part: string): { name: string; file: string; text: string } {
  const [head = '', ...rest] = part.split('\r\n\r\n');
  const [, name = '', file = ''] = /form-data; name="([^"]+)"(?:; filename="([^"]+)")?/.exec(head) ?? [];
  return { name, file, text: rest.join('\r\n\r\n') };
}

/** As the app shows it: markdown read, where a backslash takes the meaning of a sign. */
function shown({ title, description, fields = [] }: FakeEmbed): string {
  return [title, ...fields.map(({ name, value }) => `${name}: ${value}`), ...(description === undefined ? [] : [description])]
    .join('\n')
    .replace(/\\([^0-9A-Za-z\s])|<(https?:\/\/[^ >]+)>/g, (_piece, sign?: string, url?: string) => url ?? sign ?? '');
}
