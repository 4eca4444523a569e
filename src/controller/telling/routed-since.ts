import { createHash } from 'node:crypto';

import type { NotificationChannel, NotificationChannelSpec } from '../../api/channel.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { createdAt } from './channel-routes.ts';

/*
 * Since when a channel is for what it is for. What was over by then it is not told: whoever adds a service to a channel, or takes its
 * digest away, does not want to read of last week. Kept in the store, so that a restart tells no more of it than an edit does.
 */

type Kept = Pick<EvidenceStore, 'cursor' | 'setCursor'>;

/**
 * In milliseconds since 1970-01-01T00:00:00Z.
 * @param own the service under which the operator keeps what is its own
 * @throws AssayError STORE_FAILED
 */
export async function routedSince(store: Kept, own: ServiceName, channel: NotificationChannel): Promise<number> {
  return Math.max(createdAt(channel), await store.cursor(sinceKey(channel), own));
}

/** Takes note of what a channel is for at `now`, and answers since when that is so. @throws AssayError STORE_FAILED */
export async function noteRouting(store: Kept, own: ServiceName, channel: NotificationChannel, now: number): Promise<number> {
  const [known, before] = await Promise.all([store.cursor(routingKey(channel), own), store.cursor(sinceKey(channel), own)]);
  const [routing, created] = [routingOf(channel.spec), createdAt(channel)];
  if (known === routing && created <= before) return before;
  // One that was made anew was never for anything else.
  const since = known === 0 || created > before ? created : now;
  await store.setCursor(sinceKey(channel), own, since);
  await store.setCursor(routingKey(channel), own, routing);
  return since;
}

const sinceKey = ({ metadata }: NotificationChannel): string => `routed-since ${metadata.name}`;
const routingKey = ({ metadata }: NotificationChannel): string => `routing ${metadata.name}`;

/** A number that differs where what the channel is for does: 48 bits, which the store keeps exactly; never 0. */
function routingOf({ audience, services, namespaces, topics, minimumSeverity, digest }: NotificationChannelSpec): number {
  const text = JSON.stringify([audience, services, namespaces, topics, minimumSeverity ?? 'low', digest]);
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) || 1;
}
