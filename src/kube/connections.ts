import { Pool } from 'undici';

import type { TlsOptions } from './credentials.ts';

// Below the 90 s after which the API server closes a connection on which nothing happens.
const KEPT_ALIVE_MS = 60_000;
const CONNECT_MS = 10_000;
const MOST_CONNECTIONS = 64;

/**
 * The connections to one API server: one keep-alive pool, and another one in its place once certificates have changed.
 * HTTP/1.1 on purpose: with HTTP/2 all watches and writes share one connection, so that one that is frozen stops them all, and
 * the next try goes into the same one.
 */
export class Connections {
  readonly #origin: string;
  #tls: TlsOptions | undefined;
  #dispatcher: Pool | undefined;
  readonly #retired = new Set<Pool>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** The dispatcher for these TLS options; what runs on an older one may end there. */
  to(tls: TlsOptions): Pool {
    const same = sameTls(this.#tls, tls);
    // Credentials are asked for every few seconds: the latest are the same at a glance until then.
    this.#tls = tls;
    if (this.#dispatcher !== undefined && same) return this.#dispatcher;
    this.#retire();
    this.#dispatcher = this.#open(tls);
    return this.#dispatcher;
  }

  /** Sends nothing more on these connections. */
  distrust(pool: Pool): void {
    if (this.#dispatcher === pool) this.#retire();
  }

  async close(): Promise<void> {
    this.#retire();
    await Promise.all([...this.#retired].map((dispatcher) => dispatcher.destroy()));
  }

  #retire(): void {
    const dispatcher = this.#dispatcher;
    this.#dispatcher = undefined;
    if (dispatcher === undefined) return;
    this.#retired.add(dispatcher);
    void dispatcher.close().then(
      () => this.#retired.delete(dispatcher),
      () => this.#retired.delete(dispatcher),
    );
  }

  #open(tls: TlsOptions): Pool {
    return new Pool(this.#origin, {
      connections: MOST_CONNECTIONS,
      keepAliveTimeout: KEPT_ALIVE_MS,
      allowH2: false,
      connect: { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: CONNECT_MS, allowH2: false },
    });
  }
}

function sameTls(a: TlsOptions | undefined, b: TlsOptions): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
