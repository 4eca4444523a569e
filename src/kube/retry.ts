import { KubeError } from './kube-error.ts';

const RETRIES = 3;
const LONGEST_RETRY_AFTER_MS = 30_000;
const RESET = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * How long to wait before a request that may be sent twice is tried again; undefined if it is not. `attempt` is the number of
 * tries before this one. The server's Retry-After is respected; one too long is the caller's business.
 */
export function retryWaitMs(error: unknown, attempt: number, random: () => number): number | undefined {
  if (!(error instanceof KubeError) || attempt >= RETRIES) return undefined;
  // A connection kept open may have been closed by the server in the meantime; that says nothing of the next one.
  if (error.status === undefined) return attempt === 0 && wasReset(error.cause) ? 0 : undefined;
  const { status, retryAfterMs } = error;
  if (status !== 429 && status !== 503) return undefined;
  if (retryAfterMs === undefined || retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined;
  return retryAfterMs + Math.round(random() * Math.max(retryAfterMs * 0.2, 100));
}

function wasReset(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && RESET.has(String(cause.code));
}
