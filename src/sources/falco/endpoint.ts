import type { Clock } from '../../platform/clock.ts';
import { newSourceHttp, type SourceAnswer } from '../prometheus/client.ts';
import { type Failure, failure, failureOf, failureOfStatus } from '../prometheus/failure.ts';
import { newSharing } from '../sharing.ts';
import type { Connection } from '../source.ts';
import type { FalcoFacts } from './facts.ts';
import { Looks } from './looks.ts';
import { metricsOf } from './metrics-text.ts';
import { factsIn } from './relay.ts';

/** What one look brought. */
export type Seen = { readonly kind: 'Seen'; readonly at: number; readonly facts: FalcoFacts };

/** The metrics of one Falco. No method throws for what it does. */
export interface Endpoint {
  readonly looks: Looks;
  /** Makes sure of a look that is not older than `slot`; asks at once whoever else wants to know the same. */
  lookSince(slot: number, signal: AbortSignal): Promise<Seen | Failure>;
  look(signal: AbortSignal): Promise<Seen | Failure>;
  close(): Promise<void>;
}

/** `onRequest` hears of each request how it ended, and how long it took. */
export interface EndpointOptions {
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly onRequest?: (outcome: string, ms: number) => void;
}

/** Makes it; nothing is connected yet. An address without a path means `/metrics`. */
export function newEndpoint(connection: Connection, { clock, ...options }: EndpointOptions): Endpoint {
  const http = newSourceHttp({ ...connection, url: withPath(connection.url) }, options);
  const looks = new Looks();
  // One request at a time; what was seen is kept in the looks.
  const shared = newSharing<Seen | Failure>({ clock, keepMs: 0, maxWeight: 0, weightOf: () => 0 });

  const ask = async (signal: AbortSignal): Promise<Seen | Failure> => {
    const at = clock.now();
    const answer = await http.call({ method: 'GET', path: '', headers: { accept: 'text/plain' }, packed: true }, signal);
    const facts = factsOf(answer);
    if (facts.kind === 'Failure') return facts;
    const seen = { kind: 'Seen', at, facts: facts.facts } as const;
    looks.add(seen);
    return seen;
  };
  const look = (signal: AbortSignal): Promise<Seen | Failure> => shared.ask('', ask, signal).catch(failureOf);
  return {
    looks,
    look,
    lookSince: async (slot, signal) => {
      const latest = looks.latest();
      if (latest !== undefined && latest.at >= slot) return { kind: 'Seen', ...latest };
      const seen = await look(signal);
      // It may have been under way before the slot.
      return seen.kind === 'Seen' && seen.at < slot ? look(signal) : seen;
    },
    close: () => http.close(),
  };
}

function withPath(url: string): string {
  return URL.canParse(url) && new URL(url).pathname === '/' ? `${url.replace(/\/+$/, '')}/metrics` : url;
}

const OF_ANY_SERVER = [401, 403, 429];

function factsOf(answer: SourceAnswer): { readonly kind: 'Facts'; readonly facts: FalcoFacts } | Failure {
  if (answer.kind === 'Failure') return answer;
  const { status, text } = answer;
  if (status >= 500 || OF_ANY_SERVER.includes(status)) return failureOfStatus(status, '', []);
  if (status >= 300) return failure('SOURCE_BAD_ANSWER', `the address does not answer with metrics (${status})`);
  try {
    return { kind: 'Facts', facts: factsIn(metricsOf(text)) };
  } catch (error) {
    return failureOf(error);
  }
}
