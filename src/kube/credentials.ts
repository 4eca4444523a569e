import type { RequestOptions } from 'node:https';

import { KubeConfig } from '@kubernetes/client-node';

import type { Clock } from '../platform/clock.ts';

const TLS_OPTIONS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'servername', 'rejectUnauthorized'] as const;

/** The part of a connection that TLS needs. */
export type TlsOptions = Pick<RequestOptions, (typeof TLS_OPTIONS)[number]>;

/** What one request needs to be let in. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
}

// Asking reads files and decodes certificates. Rotated tokens stay good for minutes, and a 401 asks at once.
const KEPT_MS = 10_000;

/** Asks KubeConfig for credentials (files, client certificates, exec plugins, OIDC) and keeps the answer for a few seconds. */
export class CredentialSource {
  readonly #clock: Clock;
  #config: KubeConfig;
  #asked: { readonly at: number; readonly answer: Promise<Credentials> } | undefined;

  constructor(config: KubeConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Requests that need them at the same time share one question, so that an exec plugin runs once. */
  async current(): Promise<Credentials> {
    const now = this.#clock.now();
    if (this.#asked === undefined || now - this.#asked.at >= KEPT_MS || now < this.#asked.at) {
      const asked = { at: now, answer: ask(this.#config) };
      this.#asked = asked;
      asked.answer.catch(() => {
        if (this.#asked === asked) this.#asked = undefined;
      });
    }
    return this.#asked.answer;
  }

  /** Forgets `refused`, and with it what client-node keeps: its authenticators hold tokens for a minute, or until they expire. */
  async forget(refused: Credentials): Promise<void> {
    const asked = this.#asked;
    if (asked === undefined || (await asked.answer.catch(() => refused)) !== refused) return;
    const { clusters, users, contexts, currentContext } = this.#config;
    this.#config = new KubeConfig();
    this.#config.loadFromOptions({ clusters, users, contexts, currentContext });
    if (this.#asked === asked) this.#asked = undefined;
  }
}

async function ask(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (typeof options.auth === 'string') headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const tls = Object.fromEntries(TLS_OPTIONS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
  return { headers, tls };
}
