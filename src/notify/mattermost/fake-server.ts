import { type FakeAnswer, type FakeRequest, type Fault, startFakeHttp } from '../fake-http.ts';
import { jsonOf, listOf, objectOf, textOf } from '../json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A message as it lies on the stand-in. */
export interface FakePost {
  readonly id: string;
  readonly channel_id: string;
  readonly user_id: string;
  readonly create_at: number;
  readonly root_id: string;
  message: string;
  props: Fields;
  readonly file_ids: readonly string[];
  edit_at: number;
  delete_at: number;
}

/** What a person sees. */
export interface Visible {
  readonly channel: string;
  readonly root?: string;
  readonly text: string;
  readonly files: readonly string[];
  readonly edited: boolean;
}

/** State that a test may change at any time. */
export interface FakeTeam {
  token: 'valid' | 'revoked';
  /** What the bot may do in the channels that it is in. */
  permissions: string[];
  channels: { id: string; team: string; name: string; archived: boolean; member: boolean; shared: boolean }[];
  /** PostEditTimeLimit in seconds; -1: at any time. */
  editLimitSeconds: number;
  posts: FakePost[];
  filesEnabled: boolean;
  maxFileBytes: number;
  /** What was sent to addresses for answers of commands. */
  responses: Fields[];
}

/** A stand-in for Mattermost that speaks the documented wire format and takes nothing that a server would not take. */
export interface FakeMattermost {
  readonly url: string;
  readonly team: FakeTeam;
  readonly asked: readonly string[];
  /** Where the answer of a command may go later. */
  readonly responseUrl: string;
  visible(): readonly Visible[];
  /** `name` is method and route: `POST /posts`, `PUT /posts/{id}/patch`. */
  next(name: string, ...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

export const FAKE_TOKEN = 'not-a-real-token-0000000000';
export const FAKE_CHANNEL = 'channelshopalerts000000000';
const BOT = 'userassaybot00000000000000';
const RESPONSE_PATH = '/hooks/commands/hookcommand000000000000000';
const ROUTE = /^\/api\/v4/;
// pendingPostIDsCacheTTL of the server.
const PENDING_MS = 30_000;

/** Starts it with one channel, `ops/shop-alerts`. `now` is its clock. */
export async function startFakeMattermost(now: () => number = Date.now): Promise<FakeMattermost> {
  const team: FakeTeam = {
    token: 'valid',
    permissions: ['create_post', 'edit_post', 'upload_file', 'read_channel'],
    channels: [{ id: FAKE_CHANNEL, team: 'ops', name: 'shop-alerts', archived: false, member: true, shared: false }],
    ...{ editLimitSeconds: -1, posts: [], filesEnabled: true, maxFileBytes: 1_000_000, responses: [] },
  };
  const server = new Server(team, now);
  const http = await startFakeHttp({ nameOf, answer: (request) => server.answer(request) });
  return {
    url: http.origin,
    team,
    asked: http.asked,
    responseUrl: http.origin + RESPONSE_PATH,
    visible: () => team.posts.filter((post) => post.delete_at === 0).map((post) => server.seen(post)),
    next: (name, ...faults) => http.next(name, ...faults),
    close: () => http.close(),
  };
}

/** Ids and names in a path are of no interest to a test. */
function nameOf({ method, path }: FakeRequest): string {
  const route = path.replace(ROUTE, '').replace(/\/name\/[^/]+/g, '/name/{name}');
  return `${method} ${route.replace(/\/[a-z0-9]{26}(?=\/|$)/g, '/{id}')}`;
}

/** An error as the server writes it. */
interface AppError {
  readonly status: number;
  readonly id: string;
}

const BAD_BODY: AppError = { status: 400, id: 'api.context.invalid_body_param.app_error' };
const NO_PERMISSION: AppError = { status: 403, id: 'api.context.permissions.app_error' };
const isError = (value: object): value is AppError => 'status' in value && 'id' in value && Object.keys(value).length === 2;

type Route = (request: FakeRequest) => object;

class Server {
  readonly #team: FakeTeam;
  readonly #now: () => number;
  readonly #files = new Map<string, { readonly name: string; readonly content: string }>();
  readonly #pending = new Map<string, { readonly id: string; readonly until: number }>();
  #count = 0;

  constructor(team: FakeTeam, now: () => number) {
    this.#team = team;
    this.#now = now;
  }

  readonly #routes: Readonly<Record<string, Route>> = {
    'GET /users/me': () => ({ id: BOT, username: 'assay', is_bot: true }),
    'GET /teams/name/{name}/channels/name/{name}': (request) => this.#byName(request),
    'GET /channels/{id}': (request) => this.#byId(request),
    'GET /channels/{id}/members/me': (request) => this.#membership(request),
    'GET /channels/{id}/posts': (request) => this.#history(request),
    'POST /hooks/commands/{id}': (request) => this.#respond(request),
    'POST /files': (request) => this.#upload(request),
    'POST /posts': (request) => this.#create(request),
    'PUT /posts/{id}/patch': (request) => this.#patch(request),
  };

  answer(request: FakeRequest): FakeAnswer {
    const name = nameOf(request);
    const reply = this.#denied(request) ?? this.#routes[name]?.(request) ?? { status: 404, id: 'api.context.404.app_error' };
    const headers = { 'content-type': 'application/json' };
    if (!isError(reply)) return { status: name.startsWith('POST') ? 201 : 200, headers, body: JSON.stringify(reply) };
    const body = { id: reply.id, message: 'what went wrong', detailed_error: '', request_id: 'r', status_code: reply.status };
    return { status: reply.status, headers, body: JSON.stringify(body) };
  }

  seen({ channel_id: channel, root_id: root, message, props, file_ids: files, edit_at: editedAt }: FakePost): Visible {
    const attachments = listOf(props['attachments']).map(objectOf);
    const parts = attachments.flatMap(({ text, fields }) => [
      ...listOf(fields)
        .map(objectOf)
        .map(({ title, value }) => `${textOf(title)}: ${textOf(value)}`),
      ...(text === undefined ? [] : [textOf(text)]),
    ]);
    const names = files.map((id) => this.#files.get(id)?.name ?? '');
    return { channel, ...(root !== '' && { root }), text: [message, ...parts].join('\n'), files: names, edited: editedAt > 0 };
  }

  #denied({ path, headers }: FakeRequest): AppError | undefined {
    if (path === RESPONSE_PATH) return undefined;
    const valid = headers['authorization'] === `Bearer ${FAKE_TOKEN}` && this.#team.token === 'valid';
    return valid ? undefined : { status: 401, id: 'api.context.session_expired.app_error' };
  }

  #may(channel: FakeTeam['channels'][number] | undefined, permission: string): boolean {
    return channel?.member === true && this.#team.permissions.includes(permission);
  }

  #channelIn({ path }: FakeRequest): FakeTeam['channels'][number] | undefined {
    return this.#team.channels.find(({ id }) => path.includes(`/channels/${id}`));
  }

  #byName({ path }: FakeRequest): object {
    const [, team, name] = /name\/([^/]+)\/channels\/name\/([^/]+)$/.exec(path) ?? [];
    if (!this.#team.channels.some((each) => each.team === team))
      return { status: 404, id: 'app.team.get_by_name.missing.app_error' };
    const channel = this.#team.channels.find((each) => each.team === team && each.name === name && !each.archived);
    if (channel === undefined) return { status: 404, id: 'app.channel.get_by_name.missing.app_error' };
    return channelWire(channel);
  }

  #byId(request: FakeRequest): object {
    const channel = this.#channelIn(request);
    if (channel === undefined) return { status: 404, id: 'app.channel.get.existing.app_error' };
    return this.#may(channel, 'read_channel') ? channelWire(channel) : NO_PERMISSION;
  }

  #membership(request: FakeRequest): object {
    const channel = this.#channelIn(request);
    if (channel?.member === true) return { channel_id: channel.id, user_id: BOT };
    return { status: 404, id: 'app.channel.get_member.missing.app_error' };
  }

  #history(request: FakeRequest): object {
    const channel = this.#channelIn(request);
    if (!this.#may(channel, 'read_channel')) return NO_PERMISSION;
    const page = Number(request.query.get('page'));
    const perPage = Math.min(Number(request.query.get('per_page')), 200);
    const all = this.#team.posts.filter((post) => post.channel_id === channel?.id && post.delete_at === 0).toReversed();
    const shown = all.slice(page * perPage, (page + 1) * perPage);
    return { order: shown.map(({ id }) => id), posts: Object.fromEntries(shown.map((post) => [post.id, post])) };
  }

  #upload({ headers, body }: FakeRequest): object {
    if (!this.#team.filesEnabled) return { status: 403, id: 'api.file.attachments.disabled.app_error' };
    const parts = partsOf(headers['content-type'] ?? '', body);
    const channel = this.#team.channels.find(({ id }) => id === parts.find(({ name }) => name === 'channel_id')?.content);
    const files = parts.filter(({ fileName }) => fileName !== undefined);
    if (files.length === 0 || channel === undefined) return BAD_BODY;
    if (!this.#may(channel, 'upload_file')) return NO_PERMISSION;
    if (files.some(({ content }) => content.length > this.#team.maxFileBytes))
      return { status: 413, id: 'api.file.upload_file.too_large_detailed.app_error' };
    const infos = files.map(({ fileName = '', content }) => {
      const id = this.#newId('file');
      this.#files.set(id, { name: fileName, content });
      return { id, name: fileName, size: content.length };
    });
    return { file_infos: infos, client_ids: [] };
  }

  #create({ headers, body }: FakeRequest): object {
    const post = objectOf(headers['content-type'] === 'application/json' ? jsonOf(body.toString()) : undefined);
    const channel = this.#team.channels.find(({ id }) => id === post['channel_id']);
    if (!this.#may(channel, 'create_post') || channel === undefined) return NO_PERMISSION;
    if (channel.archived) return { status: 400, id: 'api.post.create_post.can_not_post_to_deleted.error' };
    const pending = this.#pending.get(textOf(post['pending_post_id']));
    const known = pending !== undefined && pending.until > this.#now() && this.#team.posts.find(({ id }) => id === pending.id);
    if (known) return known;
    const wrong = this.#wrongIn(post) ?? contentError(post);
    return wrong ?? this.#store(post, channel.id);
  }

  #wrongIn({ root_id: root, channel_id: channel, file_ids: files }: Fields): AppError | undefined {
    if (root !== undefined) {
      const found = this.#team.posts.find(({ id, delete_at: gone }) => id === root && gone === 0);
      if (found === undefined || found.root_id !== '') return { status: 400, id: 'api.post.create_post.root_id.app_error' };
      if (found.channel_id !== channel) return { status: 400, id: 'api.post.create_post.channel_root_id.app_error' };
    }
    if (listOf(files).length > 10) return { status: 400, id: 'model.post.is_valid.file_ids.app_error' };
    return listOf(files).every((id) => this.#files.has(textOf(id))) ? undefined : BAD_BODY;
  }

  #store(post: Fields, channel: string): FakePost {
    const stored: FakePost = {
      ...{ id: this.#newId('post'), channel_id: channel, user_id: BOT, create_at: this.#now(), root_id: textOf(post['root_id']) },
      ...{ message: textOf(post['message']), props: { ...objectOf(post['props']), from_bot: 'true' } },
      ...{ file_ids: listOf(post['file_ids']).map(textOf), edit_at: 0, delete_at: 0 },
    };
    this.#team.posts.push(stored);
    const pending = textOf(post['pending_post_id']);
    if (pending !== '') this.#pending.set(pending, { id: stored.id, until: this.#now() + PENDING_MS });
    return stored;
  }

  /** As App.HandleCommandWebhook: no token, and texts are read as Slack would unless it is said that they are not. */
  #respond({ path, headers, body }: FakeRequest): object {
    const response = objectOf(headers['content-type'] === 'application/json' ? jsonOf(body.toString()) : undefined);
    const { response_type: type, skip_slack_parsing: plain, text, attachments } = response;
    const wrong = contentError({ message: text, props: { attachments } });
    if (path !== RESPONSE_PATH || type !== 'in_channel' || plain !== true || wrong !== undefined) return BAD_BODY;
    this.#team.responses.push(response);
    return {};
  }

  #patch({ path, headers, body }: FakeRequest): object {
    const patch = objectOf(headers['content-type'] === 'application/json' ? jsonOf(body.toString()) : undefined);
    const post = this.#team.posts.find(({ id, delete_at: gone }) => path.includes(id) && gone === 0);
    const channel = this.#team.channels.find(({ id }) => id === post?.channel_id);
    // The server does not say that a post is gone.
    if (post?.user_id !== BOT || !this.#may(channel, 'edit_post')) return NO_PERMISSION;
    const { editLimitSeconds: limit } = this.#team;
    if (limit >= 0 && this.#now() > post.create_at + limit * 1_000)
      return { status: 400, id: 'api.post.update_post.permissions_time_limit.app_error' };
    if (channel?.archived === true) return { status: 400, id: 'api.post.patch_post.can_not_update_post_in_deleted.error' };
    const wrong = contentError(patch);
    if (wrong !== undefined) return wrong;
    return Object.assign(post, { message: textOf(patch['message']), props: objectOf(patch['props']), edit_at: this.#now() });
  }

  #newId(kind: string): string {
    return `${kind}${String((this.#count += 1)).padStart(26 - kind.length, '0')}`;
  }
}

const channelWire = ({ id, name, archived, shared }: FakeTeam['channels'][number]): object => ({
  ...{ id, name, shared, delete_at: archived ? 1 : 0 },
  type: 'O',
});

/** Limits of model.Post.IsValid, and what an attachment may hold. */
function contentError({ message, props }: Fields): AppError | undefined {
  if (typeof message !== 'string' || message === '') return BAD_BODY;
  if (Array.from(message).length > 16_383) return { status: 400, id: 'model.post.is_valid.message_length.app_error' };
  if (Array.from(JSON.stringify(props)).length > 800_000) return { status: 400, id: 'model.post.is_valid.props.app_error' };
  const attachments = listOf(objectOf(props)['attachments']).map(objectOf);
  return attachments.every(isAttachment) ? undefined : BAD_BODY;
}

function isAttachment({ color, text, fields, ...rest }: Fields): boolean {
  const known = Object.keys(rest).every((name) => name === 'fallback');
  const shown = text !== undefined || listOf(fields).length > 0;
  const fieldsAreTexts = listOf(fields)
    .map(objectOf)
    .every(({ title, value, short }) => typeof title === 'string' && typeof value === 'string' && typeof short === 'boolean');
  return known && shown && fieldsAreTexts && /^#[0-9a-f]{6}$/.test(textOf(color));
}

interface Part {
  readonly name: string;
  readonly fileName?: string;
  readonly content: string;
}

/** The parts of multipart/form-data (RFC 7578), as far as they are text. */
function partsOf(type: string, body: Buffer): readonly Part[] {
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(type)?.[1];
  if (boundary === undefined) return [];
  const pieces = body.toString('utf8').split(`--${boundary}`).slice(1, -1);
  return pieces.map((piece) => {
    const [head = '', ...content] = piece.split('\r\n\r\n');
    const [, name = ''] = / name="([^"]*)"/.exec(head) ?? [];
    const fileName = / filename="([^"]*)"/.exec(head)?.[1];
    return { name, ...(fileName !== undefined && { fileName }), content: content.join('\r\n\r\n').replace(/\r\n$/, '') };
  });
}
