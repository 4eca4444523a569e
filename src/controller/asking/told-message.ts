import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import type { MessageRef } from '../../notify/notifier.ts';
import type { Story } from '../../notify/stories/story.ts';
import type { StoryLedger, ToldBook } from '../telling/story-ledger.ts';

export interface ToldOptions {
  readonly store: Pick<EvidenceStore, 'read'>;
  readonly stories: Pick<StoryLedger, 'of'>;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
}

interface Asked {
  readonly channel: string;
  readonly message: MessageRef;
  readonly services: readonly ServiceName[];
}

/** Nobody answers what is older in its thread. */
const OLDEST_MS = 14 * 86_400_000;

/**
 * The stories that a message of a channel tells of: of the first message of a thread from what is held anyway, of an answer in it from the
 * records of its deliveries.
 */
export async function storiesOfMessage(options: ToldOptions, asked: Asked): Promise<readonly Story[]> {
  const found: Story[] = [];
  for (const service of asked.services) {
    const book = await options.stories.of(service);
    const ids = idsByRoot(book, asked) ?? (await idsByDelivery(options, service, asked));
    found.push(...ids.flatMap((id) => book.stories.get(id) ?? []));
  }
  return found;
}

function idsByRoot({ threads }: ToldBook, { channel, message }: Asked): readonly string[] | undefined {
  return [...(threads.get(channel)?.values() ?? [])].find(({ root }) => root === message)?.members;
}

async function idsByDelivery({ store, now }: ToldOptions, service: ServiceName, asked: Asked): Promise<readonly string[]> {
  const ids = new Set<string>();
  const query = { ...service, kinds: ['Delivery'] as const, fromSlot: now - OLDEST_MS };
  for await (const { kind, body } of store.read(query)) {
    if (kind !== 'Delivery' || body.channel !== asked.channel || body.message !== asked.message) continue;
    // An incident is told alone, under a name that holds its namespace.
    for (const id of body.story.includes('/') ? [body.story] : body.stories) ids.add(id);
  }
  return [...ids];
}
