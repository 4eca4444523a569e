import { createHash } from 'node:crypto';

import type { Writer } from '../../domain/writing.ts';
import type { Transport } from '../../kube/index.ts';
import type { Clock } from '../../platform/clock.ts';

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
const TIMEOUT_MS = 10_000;
/** So long an answer is believed: a token that was revoked is let in no longer than this. */
const KEEP_MS = 10_000;
const MOST_KEPT = 1_000;

interface Answer {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: { readonly username?: string; readonly groups?: readonly string[] } & Pick<Writer, 'uid' | 'extra'>;
  };
}

interface Kept {
  readonly until: number;
  readonly who: Promise<Writer | undefined>;
}

/** Whose a bearer token is, as the API server says it: undefined for one that is nobody's. What it answers rejects with KubeError. */
export function newTokenReview(transport: Transport, clock: Pick<Clock, 'now'>): (token: string) => Promise<Writer | undefined> {
  // By digest: no token is held longer than its request.
  const kept = new Map<string, Kept>();
  return (token) => {
    const key = createHash('sha256').update(token).digest('base64');
    const found = kept.get(key);
    const leftMs = found === undefined ? 0 : found.until - clock.now();
    // More is left only where the clock went back.
    if (found && leftMs > 0 && leftMs <= KEEP_MS) return found.who;
    const who = review(transport, token);
    kept.delete(key);
    kept.set(key, { until: clock.now() + KEEP_MS, who });
    const oldest = kept.keys().next().value;
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    who.catch(() => kept.delete(key));
    return who;
  };
}

async function review(transport: Transport, token: string): Promise<Writer | undefined> {
  const { status } = (await transport.request({
    ...{ method: 'POST', path: PATH, timeoutMs: TIMEOUT_MS },
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
    // Nothing is stored.
    idempotent: true,
  })) as Answer;
  const { username = '', groups = [], uid, extra } = status?.user ?? {};
  if (status?.authenticated !== true || username === '') return undefined;
  return { user: username, groups, ...(uid !== undefined && { uid }), ...(extra && { extra }) };
}
