import type { Failed } from '../attempt.ts';
import type { Delivery } from '../notifier.ts';
import { listOf, objectOf, textOf } from '../json.ts';
import type { MattermostApi } from './api.ts';

/*
 * The server drops a second message with the same `pending_post_id` by itself, but it remembers one for 30 seconds only, each node of a
 * cluster without a shared cache for itself, and forgets it when something fails after the message was stored
 * (deduplicateCreatePost in server/channels/app/post.go). It catches attempts that are still under way; what is older is found in the
 * channel by a property that people do not see.
 */
export const DELIVERY_PROPERTY = 'assay_delivery';

/** Deliveries of two channels may have the same id, and the server compares `pending_post_id` across channels. */
export const pendingIdOf = (channel: string, delivery: string): string => `${channel}:${delivery}`;

type Post = Readonly<Record<string, unknown>>;
export type Lookup = { readonly kind: 'Found'; readonly post: Post } | { readonly kind: 'Missing' } | Failed;

const PAGE = 200;
// 10,000 messages: far more than a channel gets between an attempt and the next one.
const MOST_PAGES = 50;
// The clocks of the server and of this machine may differ.
const MARGIN_MS = 600_000;

/** Looks for the message of a delivery among those of this account, answers in threads included. */
export async function findDelivered(
  api: MattermostApi,
  { id, about }: Delivery,
  channel: string,
  signal: AbortSignal,
): Promise<Lookup> {
  const self = await api.get('/users/me', signal);
  if (self.kind !== 'Ok') return self;
  const author = textOf(self.body['id']);
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await api.get(`/channels/${channel}/posts?page=${page}&per_page=${PAGE}`, signal);
    if (answer.kind !== 'Ok') return answer;
    const posts = postsIn(answer.body);
    const post = posts.find((each) => each['user_id'] === author && objectOf(each['props'])[DELIVERY_PROPERTY] === id);
    if (post !== undefined) return { kind: 'Found', post };
    const last = Number(posts.at(-1)?.['create_at']);
    if (posts.length < PAGE || last < about.at - MARGIN_MS) break;
  }
  return { kind: 'Missing' };
}

/** The newest first. */
function postsIn(body: Readonly<Record<string, unknown>>): readonly Post[] {
  const posts = objectOf(body['posts']);
  return listOf(body['order']).map((id) => objectOf(posts[textOf(id)]));
}
