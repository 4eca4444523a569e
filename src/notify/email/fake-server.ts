import type { AddressInfo, Socket } from 'node:net';

import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

/** A mail server on loopback that keeps the mails of one mailbox, for tests only. */
export interface FakeMail {
  readonly port: number;
  /** Each mail as it arrived, read. */
  readonly mails: readonly ArrivedMail[];
  /** Each mail as a person sees it: its subject, indented beneath the mail that it answers. */
  readonly visible: () => readonly string[];
  /** What goes wrong from now on. */
  fault: MailFault;
  close(): Promise<void>;
}

export interface ArrivedMail {
  readonly parsed: ParsedMail;
  readonly raw: string;
  readonly receivers: readonly string[];
}

/** Codes by which a step is refused; `hangUp` once the text has come, which is `kept` or lost; `silence` never answers it. */
export interface MailFault {
  readonly greeting?: number;
  readonly sender?: number;
  readonly receivers?: Readonly<Record<string, number>>;
  readonly login?: number;
  readonly text?: number;
  readonly hangUp?: 'kept' | 'lost' | 'before the text';
  readonly silence?: boolean;
}

export interface FakeMailOptions {
  readonly login?: { readonly user: string; readonly password: string };
  readonly tls?: { readonly cert: string; readonly key: string };
  /** TLS from the first byte on. */
  readonly secure?: boolean;
  readonly maxBytes?: number;
}

/** Starts it; without `tls` it offers no StartTLS. */
export async function startFakeMail({ login, tls, secure = false, maxBytes }: FakeMailOptions = {}): Promise<FakeMail> {
  const mails: ArrivedMail[] = [];
  const fake = { fault: {} as MailFault };
  const server = new SMTPServer({
    ...{ secure, logger: false, disableReverseLookup: true, closeTimeout: 100, allowInsecureAuth: true, ...tls },
    ...{ authOptional: login === undefined, hideSTARTTLS: tls === undefined, ...(maxBytes !== undefined && { size: maxBytes }) },
    disabledCommands: [...(tls === undefined ? ['STARTTLS'] : []), ...(login === undefined ? ['AUTH'] : [])],
    onConnect: (_session, done) => done(refusal(fake.fault.greeting)),
    onAuth: ({ username, password }, _session, done) => {
      const good = username === login?.user && password === login?.password;
      const error = refusal(fake.fault.login ?? (good ? undefined : 535));
      done(error, error === null ? { user: username } : undefined);
    },
    onMailFrom: (_address, _session, done) => done(refusal(fake.fault.sender)),
    onRcptTo: ({ address }, session, done) => {
      if (fake.fault.hangUp === 'before the text') hangUp(server, session);
      else done(refusal(fake.fault.receivers?.[address]));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { text, hangUp: lost, silence } = fake.fault;
        const code = stream.sizeExceeded ? 552 : text;
        void (code === undefined && lost !== 'lost' ? keep(chunks, session, mails) : Promise.resolve()).then(() => {
          if (lost !== undefined) hangUp(server, session);
          else if (silence !== true) done(refusal(code));
        });
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return Object.assign(fake, {
    ...{ port: (server.server.address() as AddressInfo).port, mails, visible: () => mails.map((mail) => shown(mail, mails)) },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

/** What the server writes never belongs into a message of ours. */
const refusal = (code: number | undefined): Error | null =>
  code === undefined ? null : Object.assign(new Error('canary-upstream'), { responseCode: code });

function hangUp(server: SMTPServer, { id }: SMTPServerSession): void {
  for (const connection of server.connections) {
    const { session, _socket } = connection as unknown as { session: SMTPServerSession; _socket: Socket };
    if (session.id === id) _socket.destroy();
  }
}

async function keep(chunks: readonly Buffer[], { envelope }: SMTPServerSession, mails: ArrivedMail[]): Promise<void> {
  const bytes = Buffer.concat(chunks);
  const parsed = await simpleParser(bytes, { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true });
  mails.push({ parsed, raw: bytes.toString('latin1'), receivers: envelope.rcptTo.map(({ address }) => address) });
}

function shown({ parsed }: ArrivedMail, mails: readonly ArrivedMail[]): string {
  const root = mails.find((mail) => mail.parsed.messageId === parsed.inReplyTo)?.parsed;
  return `${root === undefined ? '' : '  '}${parsed.subject ?? ''}`;
}

/** Every rule that a mail of a program keeps, as sentences of those that it breaks. */
export function faultsOf({ parsed, raw }: ArrivedMail): string[] {
  const [head = ''] = raw.split('\r\n\r\n');
  const names = head
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
  const addresses = (field: AddressObject | AddressObject[] | undefined): number =>
    [field ?? []].flat().flatMap(({ value }) => value).length;
  const rules: Record<string, boolean> = {
    'every header stands once': names.length === new Set(names).size,
    'no header is somebody else’s': names.every((name) => HEADERS.has(name)),
    'one sender': addresses(parsed.from) === 1,
    receivers: addresses(parsed.to) > 0,
    'a Message-ID': /^<[0-9a-f]{64}@[^\s<>]+>$/.test(parsed.messageId ?? ''),
    'a date': parsed.date !== undefined,
    'says that a program wrote it': parsed.headers.get('auto-submitted') === 'auto-generated',
    'text and html': parsed.text !== undefined && typeof parsed.html === 'string',
    'lines that a server takes': raw.split('\r\n').every((line) => line.length <= 998),
    'no bare line break': !/(?<!\r)\n|\r(?!\n)/.test(raw),
  };
  return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
}

const HEADERS = new Set([
  ...['from', 'to', 'subject', 'message-id', 'date', 'in-reply-to', 'references', 'auto-submitted', 'x-auto-response-suppress'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
]);
