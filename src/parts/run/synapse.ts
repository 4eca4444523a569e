import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answers } from './answers.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

/** What a Synapse is started with. */
export interface SynapseOptions {
  /** Data, configuration and log go here. */
  readonly dir: string;
  /** The script that `fetchSynapse` answers. */
  readonly bin: string;
  readonly port?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Somebody at the homeserver, and what they ask of it with their own token. */
export interface MatrixUser {
  readonly userId: string;
  readonly token: string;
  /** Asks the homeserver and answers its JSON; throws for any status but 2xx. */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
}

/** A Matrix homeserver on loopback, alone in its world: it talks to no other server. Its data survive a stop. */
export interface Synapse {
  readonly url: string;
  readonly serverName: string;
  readonly daemon: Daemon;
  /** Makes a user; `limited` keeps the homeserver's own limit of messages (10 at once, then one in 5 s), which others are free of. */
  register(name: string, options?: { readonly limited?: boolean }): Promise<MatrixUser>;
  /** The same user with another token, as after a new login. */
  login(user: MatrixUser): Promise<MatrixUser>;
  /** Takes the limit of messages from a user, or gives it back. */
  limit(user: MatrixUser, limited: boolean): Promise<void>;
  /** Puts everybody out of a room and forgets it. */
  removeRoom(room: string): Promise<void>;
  stop(): Promise<void>;
}

const SERVER_NAME = 'test.local';
// For throw-away users on loopback.
const PASSWORD = 'only-for-tests';
// 9 s on an idle machine, more than twice that on a busy one.
const READY_WITHIN_MS = 180_000;
const STOP_GRACE_MS = 20_000;

/** Starts a Synapse and resolves once it answers. */
export async function startSynapse(options: SynapseOptions): Promise<Synapse> {
  const { dir, bin, port = await freePort(), signal } = options;
  const url = `http://127.0.0.1:${port}`;
  const secret = randomBytes(32).toString('hex');
  const configPath = join(dir, 'homeserver.yaml');
  await mkdir(dir, { recursive: true });
  await writeFile(configPath, stringify(configOf(dir, port, secret)));
  await writeFile(join(dir, 'signing.key'), `ed25519 a_0 ${randomBytes(32).toString('base64').replace('=', '')}\n`);
  const daemon = await startDaemon({
    name: 'synapse',
    program: bin,
    args: ['--config-path', configPath],
    // The script finds its folder by `dirname`.
    env: { PATH: '/usr/bin:/bin' },
    logPath: join(dir, 'synapse.log'),
    ready: () => answers(`${url}/health`),
    readyWithinMs: READY_WITHIN_MS,
    stopGraceMs: STOP_GRACE_MS,
    signal,
  });
  return { url, serverName: SERVER_NAME, daemon, ...(await people(url, secret)), stop: () => daemon.stop() };
}

/** Each limit but that of messages is out of the way of tests. */
function configOf(dir: string, port: number, secret: string): object {
  const wide = { per_second: 10_000, burst_count: 10_000 };
  return {
    server_name: SERVER_NAME,
    listeners: [
      { port, type: 'http', tls: false, bind_addresses: ['127.0.0.1'], resources: [{ names: ['client'], compress: false }] },
    ],
    database: { name: 'sqlite3', args: { database: join(dir, 'homeserver.db') } },
    media_store_path: join(dir, 'media'),
    signing_key_path: join(dir, 'signing.key'),
    ...{ registration_shared_secret: secret, macaroon_secret_key: secret, form_secret: secret, bcrypt_rounds: 4 },
    ...{ trusted_key_servers: [], federation_domain_whitelist: [], report_stats: false, presence: { enabled: false } },
    ...{ allow_public_rooms_without_auth: true, room_list_publication_rules: [{ action: 'allow' }] },
    rc_login: { address: wide, account: wide, failed_attempts: wide },
    rc_joins: { local: wide, remote: wide },
    rc_invites: { per_room: wide, per_user: wide, per_issuer: wide },
    ...{
      rc_registration: wide,
      rc_joins_per_room: wide,
      rc_room_creation: wide,
      rc_media_create: wide,
      rc_admin_redaction: wide,
    },
  };
}

async function people(url: string, secret: string): Promise<Pick<Synapse, 'register' | 'login' | 'limit' | 'removeRoom'>> {
  const create = async (name: string, admin: boolean): Promise<MatrixUser> => {
    const path = '/_synapse/admin/v1/register';
    const { nonce } = await ask(url, 'GET', path);
    const parts = [String(nonce), name, PASSWORD, admin ? 'admin' : 'notadmin'];
    const mac = createHmac('sha1', secret).update(parts.join('\0')).digest('hex');
    return userOf(url, await ask(url, 'POST', path, { body: { nonce, username: name, password: PASSWORD, admin, mac } }));
  };
  // A name of its own for each start: the data of an earlier one may be there.
  const admin = await create(`admin-${randomBytes(4).toString('hex')}`, true);
  const limit = async ({ userId }: MatrixUser, limited: boolean): Promise<void> => {
    const path = `/_synapse/admin/v1/users/${userId}/override_ratelimit`;
    // Zero is no limit at all.
    await (limited ? admin.call('DELETE', path) : admin.call('POST', path, { messages_per_second: 0, burst_count: 0 }));
  };
  return {
    limit,
    removeRoom: async (room) => {
      await admin.call('DELETE', `/_synapse/admin/v1/rooms/${encodeURIComponent(room)}`, { purge: true });
    },
    register: async (name, { limited = false } = {}) => {
      const user = await create(name, false);
      await limit(user, limited);
      return user;
    },
    login: async ({ userId }) => {
      const identifier = { type: 'm.id.user', user: userId };
      const body = { type: 'm.login.password', identifier, password: PASSWORD };
      return userOf(url, await ask(url, 'POST', '/_matrix/client/v3/login', { body }));
    },
  };
}

function userOf(url: string, answer: Record<string, unknown>): MatrixUser {
  const [userId, token] = [String(answer['user_id']), String(answer['access_token'])];
  return { userId, token, call: (method, path, body) => ask(url, method, path, { token, ...(body && { body }) }) };
}

async function ask(
  url: string,
  method: string,
  path: string,
  { token, body }: { readonly token?: string; readonly body?: object } = {},
): Promise<Record<string, unknown>> {
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
