import type { Failed } from '../attempt.ts';
import type { About, Attachment } from '../notifier.ts';
import { listOf, objectOf, textOf } from '../json.ts';
import { search, type Search, type SlackApi, type SlackOk } from './api.ts';
import type { SlackRef } from './ref.ts';

/*
 * Slack drops no second message by itself. Each message carries the id of its delivery as metadata
 * (https://docs.slack.dev/messaging/message-metadata/), which people do not see and which the history shows to the app.
 */
const EVENT = 'assay_delivery';

/** What goes along with a message, so that it can be found again. */
export const metadataOf = (id: string): object => ({ event_type: EVENT, event_payload: { delivery: id } });

/** Where the message of a delivery would lie. */
export interface Where {
  readonly channel: string;
  /** The root of the thread. */
  readonly thread?: string;
}

// The clocks of Slack and of this machine may differ.
const MARGIN_MS = 600_000;

/** Looks for the message of a delivery: `ts` if it is there. Only messages of this bot count. */
export async function findDelivered(
  api: SlackApi,
  { id, about }: { readonly id: string; readonly about: Pick<About, 'at'> },
  where: Where,
  signal: AbortSignal,
): Promise<Search<string>> {
  const self = await api.form('auth.test', {}, signal);
  if (self.kind !== 'Ok') return self;
  const ours = (message: Fields): boolean =>
    (message['bot_id'] !== undefined && message['bot_id'] === self.body['bot_id']) || message['user'] === self.body['user_id'];
  const oldest = (Math.max(0, about.at - MARGIN_MS) / 1_000).toFixed(6);
  return search(
    (cursor) => messagesOf(api, where, { oldest, ...cursor }, signal),
    (body) => {
      const found = messagesIn(body).find((message) => ours(message) && deliveryOf(message) === id);
      return found && (textOf(found['ts']) || undefined);
    },
  );
}

/** Which files of a delivery do not lie in the thread of its message yet, by name and size. */
export async function missingFiles(
  api: SlackApi,
  ref: SlackRef,
  attachments: readonly Attachment[],
  signal: AbortSignal,
): Promise<{ readonly kind: 'Files'; readonly missing: readonly Attachment[] } | Failed> {
  let missing = attachments;
  const where = { channel: ref.channel, thread: ref.root ?? ref.ts };
  const searched = await search(
    (cursor) => messagesOf(api, where, { oldest: ref.ts, ...cursor }, signal),
    (body) => {
      const files = messagesIn(body).flatMap((message) => listOf(message['files']).map(objectOf));
      missing = missing.filter(
        ({ name, bytes }) => !files.some((file) => file['name'] === name && file['size'] === bytes.length),
      );
      return missing.length === 0 ? true : undefined;
    },
  );
  return searched.kind === 'Found' || searched.kind === 'Missing' ? { kind: 'Files', missing } : searched;
}

type Fields = Readonly<Record<string, unknown>>;

const messagesIn = (body: SlackOk['body']): readonly Fields[] => listOf(body['messages']).map(objectOf);

function deliveryOf(message: Fields): unknown {
  const metadata = objectOf(message['metadata']);
  return metadata['event_type'] === EVENT ? objectOf(metadata['event_payload'])['delivery'] : undefined;
}

/** conversations.history shows no answers in threads, conversations.replies those of one thread. */
function messagesOf(
  api: SlackApi,
  { channel, thread }: Where,
  range: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<SlackOk | Failed> {
  const fields = { channel, ...range, inclusive: 'true', include_all_metadata: 'true' };
  if (thread === undefined) return api.form('conversations.history', fields, signal);
  return api.form('conversations.replies', { ...fields, ts: thread }, signal);
}
