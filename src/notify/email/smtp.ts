import { Readable } from 'node:stream';

import SmtpConnection from 'nodemailer/lib/smtp-connection';

import type { PlatformSettings } from '../../api/channel.ts';

/** A mail server, and how it is entered. */
export interface MailServer extends Pick<PlatformSettings['email'], 'server' | 'port' | 'encryption' | 'username'> {
  readonly password?: string;
  readonly ca?: string;
  readonly timeoutMs: number;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly bytes: Buffer;
}

/** A refusal in the words of the protocol: its code, and whom it is about. */
export interface Refusal {
  readonly address: string;
  readonly code: number;
}

/** What became of one visit to a mail server. Holds nothing that the server wrote. */
export type Visit =
  /** `refused`: receivers that the server did not want, beside those that it has. */
  | { readonly kind: 'Done'; readonly refused: readonly Refusal[] }
  /** It ended with an error. `begun`: the text of the mail was on its way, so that the server may have it unless `code` denies it. */
  | { readonly kind: 'Failed'; readonly error: SmtpFailure; readonly begun: boolean };

export interface SmtpFailure {
  /** EAUTH, ETLS, ESOCKET, ... of nodemailer. */
  readonly type: string;
  /** What the system says: ECONNREFUSED, CERT_HAS_EXPIRED. */
  readonly cause?: string;
  readonly command?: string;
  readonly code?: number;
  /** Of receivers, if none was taken. */
  readonly refused: readonly Refusal[];
}

// After the last byte of a mail a server looks for spam and viruses before it answers: RFC 5321 4.5.3.2.6 gives it minutes.
const PATIENCE = 6;
const GOODBYE_MS = 1_000;

/** Connects, logs in, and hands over the mail; without one it only looks whether it could. */
export async function visit(server: MailServer, mail: Mail | undefined, signal: AbortSignal): Promise<Visit> {
  const longest = AbortSignal.any([signal, AbortSignal.timeout(server.timeoutMs * PATIENCE)]);
  const connection = new SmtpConnection(optionsOf(server));
  const progress = { begun: false };
  return new Promise((resolve) => {
    const end = (result: Visit): void => {
      longest.removeEventListener('abort', giveUp);
      resolve(result);
      if (result.kind === 'Failed') {
        connection.close();
        return;
      }
      connection.quit();
      // A server that does not say goodbye in turn.
      setTimeout(() => connection.close(), GOODBYE_MS).unref();
    };
    const fail = (error: unknown): void => end({ kind: 'Failed', error: failureOf(error), begun: progress.begun });
    const giveUp = (): void => fail({ code: 'ETIMEDOUT' });
    // Listened to until the end: an error that nobody hears ends the process.
    connection.on('error', fail);
    longest.addEventListener('abort', giveUp);
    if (longest.aborted) {
      giveUp();
      return;
    }
    void steps(connection, { server, mail, progress }).then((refused) => end({ kind: 'Done', refused }), fail);
  });
}

function optionsOf({ server, port, encryption = 'StartTLS', ca, timeoutMs }: MailServer): object {
  return {
    ...{ host: server, port: port ?? 587, secure: encryption === 'TLS' },
    ...{ requireTLS: encryption === 'StartTLS', ignoreTLS: encryption === 'None' },
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, dnsTimeout: timeoutMs, socketTimeout: timeoutMs * PATIENCE },
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
  };
}

interface Errand {
  readonly server: MailServer;
  readonly mail: Mail | undefined;
  readonly progress: { begun: boolean };
}

async function steps(connection: SmtpConnection, { server, mail, progress }: Errand): Promise<readonly Refusal[]> {
  await step((done) => connection.connect(done));
  const { username: user, password: pass } = server;
  // Also where the server offers no login: it is to refuse the mail rather than take it from a stranger.
  if (user !== undefined) await step((done) => connection.login({ user, pass, credentials: { user, pass } }, done));
  if (mail === undefined) return [];
  const { from, to, bytes } = mail;
  const envelope = { from, to: [...to], size: bytes.length };
  const info = await step<{ rejectedErrors?: unknown[] | undefined }>((done) =>
    connection.send(envelope, noticed(bytes, progress), done),
  );
  return refusalsIn(info?.rejectedErrors);
}

type Done<T> = (error?: Error | null, result?: T) => void;
const step = <T>(start: (done: Done<T>) => void): Promise<T | undefined> =>
  new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result))));

/** The bytes as a stream, which is read only once the server has said that it wants the text. */
function noticed(bytes: Buffer, progress: { begun: boolean }): Readable {
  return new Readable({
    read(): void {
      progress.begun = true;
      this.push(bytes);
      this.push(null);
    },
  });
}

interface NodemailerError {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
  readonly recipient?: unknown;
  readonly rejectedErrors?: unknown;
}

/** What an error of nodemailer says in codes; its message holds what the server wrote, and stays here. */
function failureOf(error: unknown): SmtpFailure {
  const { code, originalCode, command, responseCode, rejectedErrors } = error as NodemailerError;
  return {
    type: word(code) ?? 'no code',
    ...(word(originalCode) !== undefined && { cause: word(originalCode) ?? '' }),
    ...(typeof command === 'string' && { command }),
    ...(typeof responseCode === 'number' && { code: responseCode }),
    refused: refusalsIn(rejectedErrors),
  };
}

const word = (code: unknown): string | undefined =>
  typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : undefined;

function refusalsIn(errors: unknown): readonly Refusal[] {
  if (!Array.isArray(errors)) return [];
  return (errors as NodemailerError[]).map(({ recipient, responseCode }) => ({
    address: typeof recipient === 'string' ? recipient : '',
    code: typeof responseCode === 'number' ? responseCode : 0,
  }));
}
