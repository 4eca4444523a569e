import { createHash } from 'node:crypto';

import type { RecordBody } from '../../api/records.ts';
import type { Templates } from '../../api/channel.ts';
import { aboutOf, cardOf, followUpCard, isOver, type Range, stateOf } from '../messages/cards.ts';
import type { DeskOptions, Job } from './desk.ts';
import type { Delivery, Place } from '../notifier.ts';
import { entriesFor, type Story } from '../stories/story.ts';
import { templated } from '../messages/templates.ts';
import type { Action, States, Thread } from './thread.ts';

/** What goes on record of a delivery, for one of the services that it speaks of. */
export interface DeliveryEntry extends Place {
  readonly body: RecordBody<'Delivery'>;
}

/** Whose message it is. */
export type Sender = Pick<DeskOptions, 'audience' | 'abilities' | 'describe' | 'holds'> & {
  readonly channel: string;
  /** The channel's own words around ours. */
  readonly templates?: Templates;
};

/** The message that does a job. */
export function deliveryOf(job: Job, sender: Sender): Delivery {
  const { audience, describe, holds, templates = {} } = sender;
  const { stories, thread, action, reminder, repeated } = job;
  const shown = { stories, audience, describe, holds, isReminder: reminder !== undefined };
  const about = aboutOf(shown, changedAt(job, audience));
  const isWhole = !isFollowUp(job, sender);
  const card = isWhole ? cardOf(shown) : followUpCard(shown, rangeOf(job));
  return {
    ...{ id: idOf(job, sender), attachments: [], about, action: actionOf(action, thread), repeated },
    card: templated(card, templates, { about, state: stateOf(shown), isWhole }),
  };
}

/** What goes on record of a story that is withheld; the same whenever it is. */
export function withheldId({ threadId, stories: [{ id }] }: Job, channel: string): string {
  return digestOf([channel, threadId, 'Withheld', id]);
}

/** The same for the same state of the same thread in the same channel, and never that of another message. */
function idOf({ thread, repeated, threadId, action, states, reminder, isResent }: Job, { channel, audience }: Sender): string {
  const isBegun = thread?.pending !== undefined && (repeated || thread.pending.action === action);
  if (isBegun) return thread.pending.id;
  const what = [channel, audience, threadId, thread?.count ?? 0, action, [...states], reminder ?? null, isResent ?? false];
  return digestOf(what);
}

const digestOf = (what: unknown): string => createHash('sha256').update(JSON.stringify(what)).digest('hex');

/** When what it tells last came to be. */
function changedAt({ stories, states }: Job, audience: string): number {
  const ats = stories.flatMap((story) => entriesFor(story, audience)[(states.get(story.id) ?? 0) - 1]?.at ?? story.since);
  return Math.max(...ats);
}

function rangeOf({ thread, states }: Job): Range {
  return { from: (id) => thread?.told.get(id)?.said ?? 0, to: (id) => states.get(id) };
}

/** Whether it says what happened since the message before; a program wants to know all that is so. */
function isFollowUp({ action, thread, reminder }: Job, { abilities }: Sender): boolean {
  if (reminder !== undefined || abilities.everyState === true) return false;
  return action === 'Reply' || (action === 'Post' && thread?.isPosted === true);
}

function actionOf(action: Action, thread: Thread | undefined): Delivery['action'] {
  const root = thread?.root;
  if (action === 'Post' || root === undefined) return { kind: 'Post' };
  return action === 'Reply' ? { kind: 'Reply', root } : { kind: 'Edit', message: root };
}

/** What every record of a delivery says. */
export type Sent = Omit<RecordBody<'Delivery'>, 'stories' | 'states' | 'state'>;

/** A record holds so many stories; of more there are more records. */
const MOST_STORIES = 200;

/** The records of a delivery: in the log of each service those of its own stories. */
export function entriesOf(sent: Sent, stories: readonly Story[], states: States): DeliveryEntry[] {
  const places = new Map<string, Place & { readonly ids: string[] }>();
  for (const { id, digest, ...story } of stories) {
    for (const { namespace, service } of digest?.places ?? [story]) {
      const key = `${namespace}/${service}`;
      const place = places.get(key) ?? { namespace, service, ids: [] };
      place.ids.push(id);
      places.set(key, place);
    }
  }
  return [...places.values()].flatMap(({ namespace, service, ids }) =>
    chunks(ids).map((chunk) => ({ namespace, service, body: bodyOf(sent, chunk, states) })),
  );
}

function bodyOf(sent: Sent, ids: readonly string[], states: States): RecordBody<'Delivery'> {
  const counts = ids.map((id) => states.get(id) ?? 0);
  // Names of incidents are those that the service's other records use.
  const stories = ids.map((id) => id.slice(id.indexOf('/') + 1));
  return {
    ...sent,
    stories,
    states: counts,
    state: Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    ),
  };
}

const chunks = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / MOST_STORIES) }, (_, at) => ids.slice(at * MOST_STORIES, (at + 1) * MOST_STORIES));

/** All that a delivery tells, as one record that no log holds. */
export function wholeOf(sent: Sent, stories: readonly Story[], states: States): RecordBody<'Delivery'> {
  return bodyOf(
    { ...sent, ended: isOver(stories) },
    stories.map(({ id }) => id),
    states,
  );
}
