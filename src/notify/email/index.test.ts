import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { PlatformSettings } from '../../api/channel.ts';
import { aDelivery, CARD, hugeCard, never, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Delivery, DeliveryResult, Notifier, NotifierOptions } from '../notifier.ts';
import { type FakeMail, type FakeMailOptions, faultsOf, type MailFault, startFakeMail } from './fake-server.ts';
import { email as platform } from './index.ts';

const LOGIN = { user: 'assay', password: 'canary-password' };
const PLACE = { namespace: 'web', service: 'shop' };
const TO = ['ann@example.org', 'bob@example.org', 'eve@example.org'];
const ID = `<${'a1'.repeat(32)}@example.org>`;
let mail: FakeMail;
let notifier: Notifier;

type Settings = Partial<PlatformSettings['email']>;
const open = (settings: Settings = {}, options: Partial<NotifierOptions> = {}): Notifier =>
  platform.open(
    { server: '127.0.0.1', port: mail.port, encryption: 'None', from: 'assay@example.org', to: TO, ...settings },
    optionsWith(`${LOGIN.password}\n`, options),
  );
const WITH_LOGIN: Settings = { username: LOGIN.user, passwordSecret: { name: 'mail', key: 'password' } };

async function start(
  server: FakeMailOptions = {},
  settings: Settings = {},
  options: Partial<NotifierOptions> = {},
): Promise<void> {
  mail = await startFakeMail(server);
  notifier = open(settings, options);
}
afterEach(async () => {
  await notifier.close();
  await mail.close();
});

async function deliver(changed: Partial<Delivery> = {}): Promise<DeliveryResult> {
  const result = await notifier.deliver(aDelivery(changed), never);
  expect(JSON.stringify(result)).not.toContain('canary');
  return result;
}

test('a mail arrives as a person reads it, with its files, and its thread beneath it', async () => {
  await start();
  const attachments = [
    { name: 'incident ä.pdf', mediaType: 'application/pdf', bytes: new Uint8Array([0, 255, 13, 10, 46, 13, 10]) },
  ];
  expect(await deliver({ attachments })).toEqual({ kind: 'Delivered', message: ID });
  const reply = {
    id: 'b2'.repeat(32),
    action: { kind: 'Reply', root: ID },
    card: { ...CARD, title: 'recovered after 17 min' },
  } as const;
  expect(await deliver(reply)).toMatchObject({ kind: 'Delivered' });
  expect(mail.visible()).toEqual(['shop: availability is below 99.9 %', '  recovered after 17 min']);
  const [first] = mail.mails;
  expect(mail.mails.flatMap(faultsOf)).toEqual([]);
  expect(first).toMatchObject({ receivers: TO, parsed: { from: { text: 'assay@example.org' }, date: new Date(NOW) } });
  expect(first!.parsed.text).toContain('Value: 97.2 % against at least 99.9 %\n');
  expect(first!.parsed.attachments).toMatchObject([
    { filename: 'incident ä.pdf', contentType: 'application/pdf', content: Buffer.from(attachments[0]!.bytes) },
  ]);
});

test('what was sent can not be edited, and what is no mail can not be answered', async () => {
  await start();
  expect(await deliver({ action: { kind: 'Edit', message: ID } })).toMatchObject({ kind: 'Gone' });
  expect(await deliver({ action: { kind: 'Reply', root: 'x\r\nBcc: canary@evil.example' } })).toMatchObject({ kind: 'Gone' });
  expect(mail.mails).toEqual([]);
});

test.each(
  Object.entries({
    'a receiver that does not exist is named, the others have it': [
      { receivers: { [TO[1]!]: 550 } },
      { kind: 'Delivered', note: 'the mail server refuses bob@example.org (550)' },
    ],
    'no receiver exists': [{ receivers: Object.fromEntries(TO.map((address) => [address, 550])) }, { kind: 'Rejected' }],
    'no receiver can be reached now': [
      { receivers: Object.fromEntries(TO.map((address) => [address, 450])) },
      { kind: 'NotNow' },
    ],
    'one of them may be later': [{ receivers: { [TO[0]!]: 550, [TO[1]!]: 451, [TO[2]!]: 550 } }, { kind: 'NotNow' }],
    'the server is busy at its door': [{ greeting: 421 }, { kind: 'NotNow' }],
    'the server does not let us in': [{ greeting: 554 }, { kind: 'Stopped' }],
    'the sender is refused for now': [{ sender: 451 }, { kind: 'NotNow' }],
    'the sender is refused': [{ sender: 553 }, { kind: 'Stopped' }],
    'a login is wanted': [{ sender: 530 }, { kind: 'Stopped' }],
    'the text is refused for now': [{ text: 451 }, { kind: 'NotNow' }],
    'the text is refused': [{ text: 554 }, { kind: 'Rejected' }],
    'the text is too large': [{ text: 552 }, { kind: 'Rejected' }],
    'a hang-up after the text, which is there': [{ hangUp: 'kept' }, { kind: 'Unanswered' }],
    'a hang-up after the text, which is lost': [{ hangUp: 'lost' }, { kind: 'Unanswered' }],
    'a hang-up before the text': [{ hangUp: 'before the text' }, { kind: 'NotNow' }],
    'silence after the text': [{ silence: true }, { kind: 'Unanswered' }],
  } satisfies Record<string, [MailFault, Partial<DeliveryResult>]>),
)('%s', async (_sentence, [fault, want]) => {
  await start({}, {}, { timeoutMs: 150 });
  mail.fault = fault;
  expect(await deliver()).toMatchObject(want);
});

test('whoever has the mail does not get it again while others wait for theirs', async () => {
  await start();
  mail.fault = { receivers: { [TO[1]!]: 450, [TO[2]!]: 550 } };
  expect(await deliver()).toMatchObject({ kind: 'Unanswered' });
  mail.fault = { receivers: { [TO[1]!]: 450 } };
  expect(await deliver({ repeated: true })).toMatchObject({ kind: 'Unanswered' });
  mail.fault = {};
  expect(await deliver({ repeated: true })).toEqual({
    ...{ kind: 'Delivered', message: ID, note: 'the mail server refuses eve@example.org (550)' },
  });
  expect(mail.mails.map(({ receivers }) => receivers)).toEqual([[TO[0]], [TO[1]]]);
});

test('who takes no mail for half an hour holds up the others no longer', async () => {
  let now = NOW;
  await start({}, {}, { clock: { now: () => now, after: () => () => undefined } });
  mail.fault = { receivers: { [TO[2]!]: 452 } };
  expect(await deliver()).toMatchObject({ kind: 'Unanswered' });
  now += 29 * 60_000;
  expect(await deliver({ repeated: true })).toMatchObject({ kind: 'Unanswered' });
  now += 60_000;
  expect(await deliver({ repeated: true })).toEqual({
    ...{ kind: 'Delivered', message: ID, note: 'the mail server refuses eve@example.org (452)' },
  });
});

test('a mail that is larger than the server takes is not sent', async () => {
  await start({ maxBytes: 20_000 });
  expect(await deliver({ card: hugeCard('a') })).toMatchObject({ kind: 'Rejected' });
  expect(await deliver()).toMatchObject({ kind: 'Delivered' });
});

describe('the login', () => {
  test('is done before anything is sent', async () => {
    await start({ login: LOGIN }, WITH_LOGIN);
    expect(await deliver()).toMatchObject({ kind: 'Delivered' });
    expect(await notifier.probe(PLACE, never)).toEqual({ kind: 'Ready', drift: [] });
    expect(mail.mails).toHaveLength(1);
  });
  test.each([
    [undefined, 'Stopped'],
    [535, 'Stopped'],
    [454, 'NotNow'],
  ] as const)('that fails (%s): %s', async (login, kind) => {
    await start({ login: { ...LOGIN, ...(login === undefined && { password: 'another' }) } }, WITH_LOGIN);
    mail.fault = { ...(login !== undefined && { login }) };
    expect(await deliver()).toMatchObject({ kind });
    const probe = await notifier.probe(PLACE, never);
    expect(probe).toMatchObject({ kind });
    expect(JSON.stringify(probe)).not.toContain('canary');
  });
  test('is not left out where the server offers none', async () => {
    await start({}, WITH_LOGIN);
    expect(await deliver()).toMatchObject({ kind: 'Stopped' });
    expect(mail.mails).toEqual([]);
  });
});

describe('encryption', () => {
  const dir = mkdtempSync(join(tmpdir(), 'assay-mail-'));
  const pem = (name: string): string => readFileSync(join(dir, name), 'utf8');
  const tls = (): { cert: string; key: string } => ({ cert: pem('cert.pem'), key: pem('key.pem') });
  beforeAll(() => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem'];
    const names = ['-subj', '/CN=mail', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...key, ...names], { cwd: dir, stdio: 'ignore' });
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test.each([
    ['StartTLS', false],
    ['TLS', true],
  ] as const)('%s', async (encryption, secure) => {
    await start({ tls: tls(), secure, login: LOGIN }, { ...WITH_LOGIN, encryption }, { ca: pem('cert.pem') });
    expect(await deliver()).toMatchObject({ kind: 'Delivered' });
    expect(mail.mails).toHaveLength(1);
  });
  test('StartTLS is what is wanted when nothing is said, and a server without it gets nothing', async () => {
    await start({ login: LOGIN }, WITH_LOGIN);
    await notifier.close();
    const { encryption: _none, ...rest } = {
      server: '127.0.0.1',
      port: mail.port,
      from: 'assay@example.org',
      to: TO,
      encryption: 'None',
    };
    notifier = platform.open({ ...rest, ...WITH_LOGIN }, optionsWith(LOGIN.password));
    expect(await deliver()).toMatchObject({ kind: 'Stopped', message: expect.stringContaining('offers no StartTLS') as string });
    expect(mail.mails).toEqual([]);
  });
  test.each([
    ['StartTLS', false],
    ['TLS', true],
  ] as const)('%s with a certificate that is not trusted: nothing is sent', async (encryption, secure) => {
    await start({ tls: tls(), secure, login: LOGIN }, { ...WITH_LOGIN, encryption });
    expect(await deliver()).toMatchObject({ kind: 'NotNow' });
    expect(mail.mails).toEqual([]);
  });
});

describe('a server that is none', () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));
  const at = async (greet: (write: (text: string) => void) => void): Promise<number> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      greet((text) => socket.write(text));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as { port: number }).port;
  };

  test('says nothing', async () => {
    await start();
    await notifier.close();
    notifier = open({ port: await at(() => undefined) }, { timeoutMs: 100 });
    expect(await deliver()).toMatchObject({ kind: 'NotNow' });
  });
  test('says something else', async () => {
    await start();
    await notifier.close();
    notifier = open({ port: await at((write) => write('HTTP/1.1 200 canary\r\n\r\n')) }, { timeoutMs: 100 });
    expect(await deliver()).toMatchObject({ kind: 'NotNow' });
  });
  test('is not there', async () => {
    await start();
    await notifier.close();
    notifier = open({ port: 1 });
    expect(await deliver()).toEqual({ kind: 'NotNow', message: 'no answer of the mail server (ECONNREFUSED)' });
    expect(await notifier.probe(PLACE, never)).toMatchObject({ kind: 'NotNow' });
  });
});

test('what is given up ends', async () => {
  await start();
  mail.fault = { silence: true };
  const giveUp = new AbortController();
  const result = notifier.deliver(aDelivery(), giveUp.signal);
  giveUp.abort();
  expect(await result).toMatchObject({ kind: 'NotNow' });
});

test('an address that is none is refused', async () => {
  await start();
  expect(() => open({ to: ['ann@example.org\r\nbcc: x'] })).toThrow('email.from or one of email.to is no address');
});
