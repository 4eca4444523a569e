import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import type { ClientRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';

import { createLogger } from 'winston';

import { falcoText, webhookAlert, webhookText } from '../inbox/examples.ts';
import { type Inbox, openInbox } from '../inbox/index.ts';
import { type Authority, type Issued, newAuthority } from '../parts/authority.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { newIntake } from './intake.ts';
import type { Access } from './intake-access.ts';
import { startIntakeTls } from './intake-tls.ts';
import { startWeb } from './index.ts';
import type { WebServer } from './listening.ts';
import { secureContextOf } from './tls-files.ts';
import { Metrics } from '../platform/metrics.ts';

const TOKEN = 'tok3n-that-must-not-leak';
const ACCESS: Readonly<Record<string, Access>> = {
  named: { clientNames: ['Falco.example', 'other.example'] },
  both: { token: TOKEN, clientNames: ['falco.example'] },
  token: { token: TOKEN },
  emptyToken: { token: '', clientNames: ['falco.example'] },
  nothing: {},
};

let dir: string;
let authority: Authority;
let stranger: Authority;
let own: Issued;
let falco: Issued;
let inbox: Inbox;
let web: WebServer;
let runTimer: () => void;
const said: string[] = [];
const clock: Clock = { ...systemClock, after: (_ms, run) => ((runTimer = run), () => undefined) };
const log = createLogger({ silent: true });
log.info = ((sentence: string) => said.push(sentence)) as unknown as typeof log.info;
log.warn = log.info;
let requests = 0;
const intake = () =>
  newIntake({
    inbox,
    accessTo: (_kind, source) => {
      requests += 1;
      return ACCESS[source];
    },
  });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-intake-tls-'));
  [authority, stranger] = [await newAuthority(join(dir, 'ours')), await newAuthority(join(dir, 'theirs'))];
  own = await authority.issue({ names: 'DNS:intake.example,IP:127.0.0.1' });
  falco = await authority.issue({ subject: '/CN=not looked at', names: 'DNS:falco.example' });
}, 30_000);
afterAll(() => rm(dir, { recursive: true }));

let started = 0;
let folder: string;
/** As the kubelet does it: files behind a link that is changed in one step. */
async function mount(files: { cert: string; key: string; ca: string }): Promise<void> {
  const data = join(folder, `..data-${(started += 1)}`);
  await mkdir(data, { recursive: true });
  const names = { 'tls.crt': files.cert, 'tls.key': files.key, 'ca.crt': files.ca };
  await Promise.all(Object.entries(names).map(([name, text]) => writeFile(join(data, name), text)));
  await symlink(data, join(folder, '..new'));
  await rename(join(folder, '..new'), join(folder, '..data'));
}

beforeEach(async () => {
  folder = join(dir, `mount-${(started += 1)}`);
  await mount({ ...own, ca: authority.ca });
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) await symlink(join('..data', name), join(folder, name));
  inbox = openInbox({ path: join(folder, 'inbox.db'), clock: systemClock });
  said.length = 0;
  requests = 0;
  web = await startIntakeTls({ host: '127.0.0.1', port: 0, folder, intake, clock, log });
});
afterEach(async () => {
  await web.close();
  inbox.close();
});

interface Sending {
  readonly client?: Pick<Issued, 'cert' | 'key'>;
  readonly path?: string;
  readonly body?: string;
  readonly ca?: string;
  readonly maxVersion?: SecureVersion;
}

/** The status of the answer, or what became of the connection. */
function send({
  client,
  path = '/intake/falco/named',
  body = falcoText(),
  ca = authority.ca,
  maxVersion,
}: Sending): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { 'content-length': Buffer.byteLength(body) };
    const options = {
      ...client,
      ca,
      agent: false,
      method: 'POST',
      headers,
      ...(maxVersion && { maxVersion }),
    };
    const sending = request(`https://127.0.0.1:${web.port}${path}`, options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sending.once('error', (error: NodeJS.ErrnoException) => resolve(`refused: ${error.code ?? error.message}`));
    sending.end(body);
  });
}
const held = (source: string): number => inbox.alertsBetween({ source, from: 0, to: Date.now(), limit: 9 }).length;
const refused = expect.stringMatching(/^refused: /) as unknown;

test('who shows a certificate with a name that is asked for is let in', async () => {
  expect(await send({ client: falco })).toBe(204);
  expect(held('named')).toBe(1);
  const commonOnly = await authority.issue({ subject: '/CN=other.example' });
  expect(await send({ client: commonOnly })).toBe(204);
  const body = webhookText([webhookAlert({ alertname: 'A' }, { startsAt: 0 })]);
  expect(await send({ client: falco, path: '/intake/alertmanager/named', body })).toBe(204);
}, 20_000);

test('a token goes as it does elsewhere, and where both are demanded both are', async () => {
  expect(await send({ client: falco, path: `/intake/falco/token/${TOKEN}` })).toBe(204);
  expect(await send({ client: falco, path: '/intake/falco/token' })).toBe(404);
  expect(await send({ client: falco, path: `/intake/falco/both/${TOKEN}` })).toBe(204);
  expect(await send({ client: falco, path: '/intake/falco/both' })).toBe(404);
  expect(await send({ client: falco, path: '/intake/falco/both/wrong' })).toBe(404);
  for (const source of ['emptyToken', 'nothing', 'nobody'])
    expect(await send({ client: falco, path: `/intake/falco/${source}` })).toBe(404);
});

test('nobody without a good certificate learns anything', async () => {
  const clients: Record<string, Sending> = {
    'no certificate': {},
    'of another authority': { client: await stranger.issue({ names: 'DNS:falco.example' }) },
    'run out': { client: await authority.issue({ names: 'DNS:falco.example', days: -1 }) },
  };
  for (const [name, client] of Object.entries(clients)) {
    for (const path of ['/intake/falco/named', '/intake/falco/nobody', `/intake/falco/token/${TOKEN}`, '/metrics']) {
      expect([name, await send({ ...client, path })]).toEqual([name, refused]);
    }
  }
  expect(held('named')).toBe(0);
}, 30_000);

const others: Record<string, { subject?: string; names?: string }> = {
  'another name': { names: 'DNS:prometheus.example' },
  'a name below it': { names: 'DNS:x.falco.example' },
  'one for all names': { names: 'DNS:*.example' },
  'the common name beside another alternative name': { subject: '/CN=falco.example', names: 'DNS:prometheus.example' },
  'the common name beside an address': { subject: '/CN=falco.example', names: 'IP:127.0.0.1' },
  'two common names': { subject: '/CN=falco.example/CN=x' },
  'another part of the subject': { subject: '/O=falco.example' },
  'a name in an address of mail': { names: 'email:falco.example@x.example' },
  'a name in a URI': { names: 'URI:spiffe://x/DNS:falco.example' },
};
test.each(Object.entries(others))('a certificate with %s is as good as none', async (_, wanted) => {
  const client = await authority.issue(wanted);
  expect(await send({ client })).toBe(404);
  expect(await send({ client, path: '/intake/falco/nobody' })).toBe(404);
});

test('nothing but the intake is answered, and TLS of before 1.2 is not spoken', async () => {
  for (const path of ['/metrics', '/healthz', '/readyz', '/']) expect(await send({ client: falco, path })).toBe(404);
  // OpenSSL would not speak less by itself either: what is asked of it is looked at.
  expect(secureContextOf({ ...own, ca: authority.ca })).toMatchObject({ minVersion: 'TLSv1.2' });
  expect(await send({ client: falco, maxVersion: 'TLSv1.2' })).toBe(204);
});

test('on the plain port a source that demands a certificate is as good as none', async () => {
  const plain = await startWeb({
    host: '127.0.0.1',
    port: 0,
    registry: new Metrics().registry,
    notReady: () => undefined,
    intake,
  });
  const post = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${plain.port}/intake/falco/${path}`, { method: 'POST', body: falcoText() })).status;
  expect([await post('named'), await post(`both/${TOKEN}`), await post('nobody'), await post(`token/${TOKEN}`)]).toEqual([
    404, 404, 404, 204,
  ]);
  await plain.close();
});

describe('other files', () => {
  const look = async (until: string): Promise<void> => {
    runTimer();
    const deadline = Date.now() + 5_000;
    while (!said.includes(until)) {
      if (Date.now() > deadline) throw new Error(`nobody said: ${until}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const RENEWED = 'the certificates of the intake were renewed';
  const NOT_RENEWED = 'the certificates of the intake can not be renewed';

  test('are taken up: who was known no longer is, and who is now can be let in', async () => {
    const theirs = await stranger.issue({ names: 'IP:127.0.0.1' });
    const client = await stranger.issue({ names: 'DNS:falco.example' });
    await mount({ ...theirs, ca: stranger.ca });
    await look(RENEWED);
    expect(await send({ client, ca: stranger.ca })).toBe(204);
    expect(await send({ client: falco, ca: stranger.ca })).toEqual(refused);
  });

  test('let a connection of before send once more, and then it has to show its certificate again', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0 });
    const begun = (): ClientRequest =>
      request(`https://127.0.0.1:${web.port}/intake/falco/named`, { ...falco, ca: authority.ca, agent, method: 'POST' });
    const ended = (sending: ClientRequest): Promise<unknown> =>
      new Promise((resolve, reject) => {
        sending.once('error', reject);
        sending.once('response', (response) => {
          response.resume().once('end', () => resolve([response.statusCode, response.headers.connection]));
        });
        sending.end(falcoText());
      });
    expect(await ended(begun())).toEqual([204, 'keep-alive']);
    // Under way while the files change: it is not idle.
    const under = begun();
    under.write(' ');
    while (requests < 2) await new Promise((resolve) => setImmediate(resolve));
    await mount({ ...own, ca: stranger.ca });
    await look(RENEWED);
    expect(await ended(under)).toEqual([204, 'keep-alive']);
    expect(await ended(begun())).toEqual([204, 'close']);
    await expect(ended(begun())).rejects.toThrow();
    agent.destroy();
  });

  test('that do not belong together, or hold no authority, leave all as it was; the next look finds those that do', async () => {
    const theirs = await stranger.issue({ names: 'IP:127.0.0.1' });
    const bad = [
      { cert: theirs.cert, key: own.key, ca: authority.ca },
      { ...own, ca: '' },
      { ...own, ca: own.key },
    ];
    for (const files of bad) {
      said.length = 0;
      await mount(files);
      await look(NOT_RENEWED);
      expect(await send({ client: falco })).toBe(204);
    }
    await rm(join(folder, '..data'));
    said.length = 0;
    await look(NOT_RENEWED);
    await mount({ ...own, ca: `${stranger.ca}\n${authority.ca}` });
    await look(RENEWED);
    expect(await send({ client: await stranger.issue({ names: 'DNS:falco.example' }) })).toBe(204);
  }, 20_000);

  test('are an error at the start where they can not be used, and no path is in it', async () => {
    const start = (at: string) => startIntakeTls({ host: '127.0.0.1', port: 0, folder: at, intake, clock, log });
    await expect(start(join(dir, 'nowhere'))).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: 'tls.crt of the intake can not be read',
    });
    await mount({ ...own, ca: 'none' });
    await expect(start(folder)).rejects.toMatchObject({ message: 'ca.crt of the intake holds no certificate' });
  });
});
