import { type FakeAnswer, type FakeRequest, type Fault, startFakeHttp } from '../fake-http.ts';
import { textOf } from '../json.ts';
import { type Fields, fieldsOf, messageError, readable } from './fake-rules.ts';
import { type FakeSockets, newFakeSockets } from './fake-socket.ts';

/** A message as it lies in a channel of the stand-in. */
export interface FakeMessage {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  /** The root of the thread that it is in. */
  readonly thread?: string;
  text: string;
  blocks?: unknown;
  metadata?: unknown;
  edited: boolean;
  readonly files: readonly FakeFile[];
}

export interface FakeFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly title: string;
  readonly content: string;
}

/** What a person sees. */
export interface Visible {
  readonly channel: string;
  readonly thread?: string;
  readonly text: string;
  readonly files: readonly string[];
  readonly edited: boolean;
}

/** State that a test may change at any time. */
export interface FakeWorkspace {
  token: 'valid' | 'revoked' | 'expired' | 'inactive';
  scopes: string[];
  channels: { id: string; name: string; archived: boolean; member: boolean; shared: boolean }[];
  /** Messages older than this can not be edited any more, in milliseconds; -1: at any time. */
  editWindowMs: number;
  messages: FakeMessage[];
  webhook: 'active' | 'removed' | 'archived';
  /** What was sent to addresses for answers of commands. */
  responses: Fields[];
}

/** A stand-in for Slack that speaks the documented wire format and takes nothing that Slack would not take. */
export interface FakeSlack {
  readonly apiUrl: string;
  readonly webhookUrl: string;
  readonly token: string;
  readonly workspace: FakeWorkspace;
  readonly asked: readonly string[];
  readonly sockets: FakeSockets;
  /** Where the answer of a command may go later. */
  readonly responseUrl: string;
  visible(): readonly Visible[];
  /** `name` is a method of the Web API, `upload`, `webhook` or `response`. */
  next(name: string, ...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

export const FAKE_TOKEN = 'xoxb-not-a-real-token';
export const FAKE_APP_TOKEN = 'xapp-not-a-real-token';
const RESPONSE_PATH = '/commands/T0000/1/not-a-real-secret';
const WEBHOOK_PATH = '/services/T0000/B0000/not-a-real-secret';
const BOT = { user_id: 'U0BOT', bot_id: 'B0BOT' };

/** Starts it with one channel, `C0SHOPALERTS` named `shop-alerts`. `now` is its clock. */
export async function startFakeSlack(now: () => number = Date.now): Promise<FakeSlack> {
  const workspace: FakeWorkspace = {
    token: 'valid',
    scopes: ['chat:write', 'channels:read', 'groups:read', 'channels:history', 'groups:history', 'files:write'],
    channels: [{ id: 'C0SHOPALERTS', name: 'shop-alerts', archived: false, member: true, shared: false }],
    editWindowMs: -1,
    messages: [],
    webhook: 'active',
    responses: [],
  };
  const sockets = newFakeSockets();
  const server = new Server(workspace, now, sockets);
  const http = await startFakeHttp({ nameOf, answer: (request) => server.answer(request), upgrade: sockets.upgrade });
  server.origin = http.origin;
  return {
    apiUrl: `${http.origin}/api`,
    webhookUrl: http.origin + WEBHOOK_PATH,
    token: FAKE_TOKEN,
    workspace,
    asked: http.asked,
    sockets,
    responseUrl: http.origin + RESPONSE_PATH,
    visible: () => workspace.messages.map(seen),
    next: (name, ...faults) => http.next(name, ...faults),
    close: () => {
      sockets.close();
      return http.close();
    },
  };
}

function nameOf({ path }: FakeRequest): string {
  if (path.startsWith('/upload/')) return 'upload';
  if (path === RESPONSE_PATH) return 'response';
  return path === WEBHOOK_PATH ? 'webhook' : path.replace(/^\/api\//, '');
}

function seen({ channel, thread, text, blocks, files, edited }: FakeMessage): Visible {
  const shown = blocks === undefined ? text : readable(blocks);
  return { channel, ...(thread !== undefined && { thread }), text: shown, files: files.map(({ title }) => title), edited };
}

type Reply = Fields | string;
type Method = (fields: Fields) => Reply;

/** A method answers with fields, or with the name of an error. */
class Server {
  origin = '';
  readonly #workspace: FakeWorkspace;
  readonly #now: () => number;
  readonly #pending = new Map<string, { name: string; length: number; content?: string }>();
  readonly #sockets: FakeSockets;
  #count = 0;

  constructor(workspace: FakeWorkspace, now: () => number, sockets: FakeSockets) {
    this.#sockets = sockets;
    this.#workspace = workspace;
    this.#now = now;
  }

  readonly #methods: Readonly<Record<string, { scopes: readonly string[]; json: boolean; run: Method }>> = {
    'auth.test': { scopes: [], json: true, run: () => ({ ...BOT, team_id: 'T0000' }) },
    'apps.connections.open': {
      scopes: [],
      json: false,
      run: () => ({ url: `${this.origin.replace('http', 'ws')}${this.#sockets.newPath()}` }),
    },
    'users.conversations': {
      scopes: ['channels:read', 'groups:read'],
      json: false,
      run: (fields) => this.#conversations(fields),
    },
    'conversations.info': { scopes: ['channels:read'], json: false, run: (fields) => this.#info(fields) },
    'conversations.history': { scopes: ['channels:history'], json: true, run: (fields) => this.#history(fields) },
    'conversations.replies': { scopes: ['channels:history'], json: false, run: (fields) => this.#history(fields) },
    'chat.postMessage': { scopes: ['chat:write'], json: true, run: (fields) => this.#post(fields) },
    'chat.update': { scopes: ['chat:write'], json: true, run: (fields) => this.#update(fields) },
    'files.getUploadURLExternal': { scopes: ['files:write'], json: true, run: (fields) => this.#uploadUrl(fields) },
    'files.completeUploadExternal': { scopes: ['files:write'], json: true, run: (fields) => this.#complete(fields) },
  };

  answer(request: FakeRequest): FakeAnswer {
    if (request.method !== 'POST') return { status: 405, body: 'only POST is used here' };
    const name = nameOf(request);
    if (name === 'upload') return this.#upload(request);
    if (name === 'webhook') return this.#webhook(request);
    if (name === 'response') return this.#respond(request);
    const reply = this.#called(name, request);
    const body = typeof reply === 'string' ? { ok: false, error: reply } : { ok: !('error' in reply), ...reply };
    const headers = { 'content-type': 'application/json; charset=utf-8', 'x-oauth-scopes': this.#workspace.scopes.join(',') };
    return { status: 200, headers, body: JSON.stringify(body) };
  }

  #called(name: string, request: FakeRequest): Reply {
    const method = this.#methods[name];
    if (method === undefined) return 'unknown_method';
    const denied = this.#denied(request, name === 'apps.connections.open' ? FAKE_APP_TOKEN : FAKE_TOKEN);
    if (denied !== undefined) return denied;
    const needed = method.scopes.filter((scope) => !this.#workspace.scopes.includes(scope));
    if (needed.length > 0)
      return { error: 'missing_scope', needed: needed.join(','), provided: this.#workspace.scopes.join(',') };
    const fields = argumentsOf(request, method.json);
    return typeof fields === 'string' ? fields : method.run(fields);
  }

  #denied({ headers }: FakeRequest, wanted: string): string | undefined {
    const authorization = headers['authorization'];
    if (authorization === undefined) return 'not_authed';
    if (authorization !== `Bearer ${wanted}`) return 'invalid_auth';
    const { token } = this.#workspace;
    return { valid: undefined, revoked: 'token_revoked', expired: 'token_expired', inactive: 'account_inactive' }[token];
  }

  #channel(id: unknown): FakeWorkspace['channels'][number] | string {
    const channel = this.#workspace.channels.find((each) => each.id === id);
    if (channel === undefined) return 'channel_not_found';
    if (channel.archived) return 'is_archived';
    return channel.member ? channel : 'not_in_channel';
  }

  #conversations({ types, exclude_archived: live, limit, cursor }: Fields): Reply {
    if (types !== 'public_channel,private_channel' || !isCount(limit, 1_000)) return 'invalid_arguments';
    const all = this.#workspace.channels.filter(({ member, archived }) => member && !(live === 'true' && archived));
    // One on each page: Slack may give fewer than asked for.
    const at = Number(cursor ?? 0);
    const next = at + 1 < all.length ? String(at + 1) : '';
    const channels = all.slice(at, at + 1).map(({ id, name }) => ({ id, name }));
    return { channels, response_metadata: { next_cursor: next } };
  }

  #info({ channel: id }: Fields): Reply {
    const channel = this.#workspace.channels.find((each) => each.id === id);
    if (channel === undefined) return 'channel_not_found';
    const { name, archived, member, shared } = channel;
    return { channel: { id, name, is_archived: archived, is_member: member, is_ext_shared: shared } };
  }

  #history(fields: Fields): Reply {
    const { channel: id, ts, oldest, limit, cursor, include_all_metadata: withMetadata } = fields;
    const channel = this.#workspace.channels.find((each) => each.id === id);
    if (channel === undefined) return 'channel_not_found';
    if (!channel.member) return 'not_in_channel';
    if (!isCount(limit, 999)) return 'invalid_arguments';
    const inThread = ts !== undefined;
    if (inThread && !this.#workspace.messages.some((each) => each.ts === ts)) return 'thread_not_found';
    const all = this.#workspace.messages
      .filter((each) => each.channel === id && (inThread ? each.ts === ts || each.thread === ts : each.thread === undefined))
      .filter((each) => each.ts === ts || Number(each.ts) >= Number(oldest ?? 0));
    // The history shows the newest first, a thread its root first. Two on each page.
    const ordered = inThread ? all : all.toReversed();
    const at = Number(cursor ?? 0);
    const next = at + 2 < ordered.length ? String(at + 2) : '';
    const messages = ordered.slice(at, at + 2).map((each) => wire(each, withMetadata === 'true'));
    return { messages, has_more: next !== '', response_metadata: { next_cursor: next } };
  }

  #post(fields: Fields): Reply {
    const channel = this.#channel(fields['channel']);
    if (typeof channel === 'string') return channel;
    const wrong = messageError(fields, 'post') ?? loud(fields);
    if (wrong !== undefined) return wrong;
    const thread = fields['thread_ts'];
    const root = this.#workspace.messages.find((each) => each.ts === thread && each.channel === channel.id);
    // Which of its errors Slack uses for a root that is gone is not documented.
    if (thread !== undefined && root?.thread !== undefined) return 'invalid_arguments';
    if (thread !== undefined && root === undefined) return 'cannot_reply_to_message';
    const message = this.#add(channel.id, fields, root?.ts, []);
    return { channel: channel.id, ts: message.ts, message: wire(message, true) };
  }

  #update(fields: Fields): Reply {
    const channel = this.#channel(fields['channel']);
    if (typeof channel === 'string') return channel === 'is_archived' ? 'is_inactive' : channel;
    const wrong = messageError(fields, 'update') ?? (fields['parse'] === 'none' ? undefined : 'invalid_arguments');
    if (wrong !== undefined) return wrong;
    const message = this.#editable(channel.id, fields['ts']);
    if (typeof message === 'string') return message;
    Object.assign(message, { text: textOf(fields['text']), blocks: fields['blocks'], edited: true });
    return { channel: channel.id, ts: message.ts, text: message.text };
  }

  #editable(channel: string, ts: unknown): FakeMessage | string {
    const message = this.#workspace.messages.find((each) => each.channel === channel && each.ts === ts);
    if (message === undefined) return 'message_not_found';
    if (message.user !== BOT.user_id) return 'cant_update_message';
    const { editWindowMs } = this.#workspace;
    const late = editWindowMs >= 0 && this.#now() - Number(message.ts) * 1_000 > editWindowMs;
    return late ? 'edit_window_closed' : message;
  }

  #uploadUrl({ filename, length }: Fields): Reply {
    if (typeof filename !== 'string' || filename === '' || !isCount(length, 2 ** 30)) return 'invalid_arguments';
    const id = `F0FILE${(this.#count += 1)}`;
    this.#pending.set(id, { name: filename, length: Number(length) });
    return { upload_url: `${this.origin}/upload/v1/${id}`, file_id: id };
  }

  #upload({ path, body, headers }: FakeRequest): FakeAnswer {
    const file = this.#pending.get(path.replace('/upload/v1/', ''));
    if (file === undefined) return { status: 404, body: 'no such upload' };
    if (headers['authorization'] !== undefined) return { status: 400, body: 'the token does not belong here' };
    if (body.length !== file.length) return { status: 400, body: 'not as long as was said' };
    file.content = body.toString();
    return { status: 200, body: `OK - ${body.length}` };
  }

  #complete({ files, channel_id: id, thread_ts: thread }: Fields): Reply {
    const channel = this.#channel(id);
    if (typeof channel === 'string') return channel;
    const given = Array.isArray(files) ? files.map(fieldsOf) : [];
    const shown = given.map(({ id: fileId, title }) => {
      const file = this.#pending.get(String(fileId));
      return {
        id: String(fileId),
        title: String(title),
        name: file?.name ?? '',
        size: file?.length ?? 0,
        content: file?.content,
      };
    });
    if (shown.length === 0) return 'invalid_arguments';
    if (!shown.every((file): file is FakeFile => file.content !== undefined)) return 'file_not_found';
    if (!this.#workspace.messages.some((each) => each.ts === thread && each.thread === undefined)) return 'invalid_arguments';
    this.#add(channel.id, { text: '' }, String(thread), shown);
    for (const file of shown) this.#pending.delete(file.id);
    return { files: shown.map(({ id: fileId, title }) => ({ id: fileId, title })) };
  }

  #add(channel: string, { text, blocks, metadata }: Fields, thread: string | undefined, files: readonly FakeFile[]): FakeMessage {
    const ts = `${Math.floor(this.#now() / 1_000)}.${String((this.#count += 1)).padStart(6, '0')}`;
    const parts = {
      ...(thread !== undefined && { thread }),
      ...(blocks !== undefined && { blocks }),
      ...(metadata !== undefined && { metadata }),
    };
    const message = { ts, channel, user: BOT.user_id, text: textOf(text), edited: false, files, ...parts };
    this.#workspace.messages.push(message);
    return message;
  }

  #respond({ headers, body }: FakeRequest): FakeAnswer {
    const { response_type: type, mrkdwn: _, ...message } = jsonOf(body) ?? {};
    const wrong = headers['content-type'] !== 'application/json' || (type !== 'in_channel' && type !== 'ephemeral');
    if (wrong || messageError(message, 'post') !== undefined) return { status: 500, body: 'invalid_payload' };
    // https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses
    if (this.#workspace.responses.length >= 5) return { status: 404, body: 'used_url' };
    this.#workspace.responses.push({ response_type: type, ...message });
    return { status: 200, body: 'ok' };
  }

  #webhook({ headers, body }: FakeRequest): FakeAnswer {
    const { webhook, channels } = this.#workspace;
    if (webhook === 'removed') return { status: 404, body: 'no_service' };
    if (webhook === 'archived') return { status: 410, body: 'channel_is_archived' };
    if (headers['content-type'] !== 'application/json') return { status: 400, body: 'invalid_payload' };
    const fields = jsonOf(body);
    if (fields === undefined) return { status: 400, body: 'invalid_payload' };
    const wrong = messageError(fields, 'post') ?? (fields['unfurl_links'] === false ? undefined : 'invalid_payload');
    if (wrong !== undefined) return { status: 400, body: wrong };
    this.#add(channels[0]?.id ?? '', fields, undefined, []);
    return { status: 200, body: 'ok' };
  }
}

/** What would let a text of somebody else mention or unfold something. */
function loud(fields: Fields): string | undefined {
  const quiet = fields['parse'] === 'none' && fields['link_names'] === false;
  return quiet && fields['unfurl_links'] === false && fields['unfurl_media'] === false ? undefined : 'invalid_arguments';
}

const isCount = (value: unknown, most: number): boolean =>
  /^\d+$/.test(String(value)) && Number(value) >= 1 && Number(value) <= most;

function argumentsOf({ headers, body }: FakeRequest, json: boolean): Fields | string {
  const type = headers['content-type'] ?? '';
  if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(body.toString()));
  if (!json || type !== 'application/json; charset=utf-8') return 'invalid_post_type';
  return jsonOf(body) ?? 'json_not_object';
}

function jsonOf(body: Buffer): Fields | undefined {
  try {
    const read: unknown = JSON.parse(body.toString());
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function wire({ ts, user, text, blocks, metadata, thread, files }: FakeMessage, withMetadata: boolean): Fields {
  return {
    ...{ type: 'message', ts, user, bot_id: BOT.bot_id, text, blocks },
    ...(thread !== undefined && { thread_ts: thread }),
    ...(files.length > 0 && { files: files.map(({ id, name, size, title }) => ({ id, name, size, title })) }),
    ...(withMetadata && metadata !== undefined && { metadata }),
  };
}
