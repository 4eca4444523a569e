import type { EvidenceStore } from '../../src/evidence/index.ts';
import type { KubeRequest, Transport } from '../../src/kube/index.ts';

/** Told before and after each call of a port: `before append VerdictChanged`, `after POST events`. */
export type Reached = (point: string) => void;

type Call = (...args: unknown[]) => unknown;

/** The store, with a word before and after each call; of an append for each kind of what is appended. */
export function storeWithPoints(store: EvidenceStore, reached: Reached): EvidenceStore {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const call: Call = (...args) => (member as Call).apply(target, args);
      // What is read record by record is no promise.
      if (name === 'read') return call;
      return (...args: unknown[]) => around(reached, pointsOf(String(name), args), () => Promise.resolve(call(...args)));
    },
  });
}

function pointsOf(name: string, [entries]: readonly unknown[]): Iterable<string> {
  if (name !== 'append') return [name];
  return new Set((entries as readonly { readonly kind: string }[]).map(({ kind }) => `append ${kind}`));
}

/** The way to the API server, with a word before and after each request. */
export function transportWithPoints(transport: Transport, reached: Reached): Transport {
  return {
    request: (request) => around(reached, [nameOf(request)], () => transport.request(request)),
    stream: (request) => transport.stream(request),
    close: () => transport.close(),
  };
}

async function around<T>(reached: Reached, names: Iterable<string>, call: () => Promise<T>): Promise<T> {
  for (const name of names) reached(`before ${name}`);
  const answer = await call();
  for (const name of names) reached(`after ${name}`);
  return answer;
}

const COLLECTIONS = /\/(certificationcriteria|evidencereports|evidencesources|events|namespaces|secrets)(\/[^/]+)?$/;

/** `GET evidencesources` of a list, `PATCH evidencereports` of an object, `PATCH status` of whatever status. */
function nameOf({ method, path }: KubeRequest): string {
  if (path.endsWith('/status')) return `${method} status`;
  return `${method} ${COLLECTIONS.exec(path)?.[1] ?? path}`;
}
