import type { RecordBody } from '../../api/records.ts';
import type { Abilities, MessageRef } from '../notifier.ts';
import type { ToldEntry } from '../stories/story.ts';

type Sent = RecordBody<'Delivery'>;
export type Action = Sent['action'];

/** What a channel was sent of one story, or of several that are told together, as the log has it. */
export interface Thread {
  /** The story with which it began. */
  readonly id: string;
  readonly audience: string;
  /** Its stories, in the order in which they came to it. */
  readonly members: readonly string[];
  readonly startedAt: number;
  readonly changedAt: number;
  /** When something last arrived. */
  readonly saidAt?: number;
  /** When a message of its own last arrived: everything but an edit. */
  readonly spokeAt?: number;
  /** Where the first message lies, on platforms that say it. */
  readonly root?: MessageRef;
  /** Whether there is a first message that others can follow. */
  readonly isPosted: boolean;
  /** How much of each story was told. */
  readonly told: ReadonlyMap<string, Told>;
  /** What was begun, and of which nobody knows whether it arrived. */
  readonly pending?: Pending;
  /** How many deliveries came to an end, and which was the latest: no two of them have one id. */
  readonly count: number;
  readonly latest?: string;
  /** Whether what arrived last says that it is over. */
  readonly endSaid: boolean;
  /** Those of its stories that were kept from the channel for good. */
  readonly withheld: ReadonlySet<string>;
}

/** Up to which entry of its history, as the channel hears of it, a story was told. What a platform refused counts as told. */
export interface Told {
  /** In what the first message shows. */
  readonly shown: number;
  /** In messages of its own. */
  readonly said: number;
}

/** How many entries of each story a message tells. */
export type States = ReadonlyMap<string, number>;

export interface Pending {
  readonly id: string;
  readonly action: Action;
  readonly states: States;
}

const NOTHING = {
  ...{ members: [], told: new Map<string, Told>(), count: 0 },
  ...{ isPosted: false, endSaid: false, withheld: new Set<string>() },
} as const;

/** The thread after a delivery of it. Of many stories a delivery has several records: each is taken. */
export function threadAfter(before: Thread | undefined, sent: Sent): Thread {
  const { story, audience, at, phase, id, action } = sent;
  const states = statesOf(sent);
  // A channel that is for another audience by now has told it nothing yet.
  const known = before?.audience === audience ? before : undefined;
  const begun: Thread = known ?? { ...NOTHING, id: story, audience, startedAt: at, changedAt: 0 };
  if (phase === 'Withheld') return withheldFrom(begun, states);
  const { pending, ...rest } = begun;
  const thread = { ...rest, changedAt: at, members: [...new Set([...rest.members, ...states.keys()])] };
  switch (phase) {
    case 'Attempted':
      return { ...thread, pending: { id, action, states: new Map([...(pending?.id === id ? pending.states : []), ...states]) } };
    case 'Delivered':
      return arrived(counted(thread, id), sent, states);
    case 'Rejected':
      return refusedBy(counted(thread, id), sent, states);
  }
}

/** What is not sent changes nothing of how far the channel is. */
function withheldFrom(thread: Thread, states: States): Thread {
  const ids = [...states.keys()];
  return {
    ...thread,
    members: [...new Set([...thread.members, ...ids])],
    withheld: new Set([...thread.withheld, ...ids]),
  };
}

/** Whether a story was begun to be told to the channel. */
export function isBegun(thread: Thread | undefined, story: string): boolean {
  return thread !== undefined && thread.members.includes(story) && !thread.withheld.has(story);
}

/** Whether a story was told, or is being told. */
export const isSaid = (thread: Thread | undefined, id: string): boolean =>
  thread !== undefined && (thread.told.has(id) || thread.pending?.states.has(id) === true);

/** What was begun and tells nothing new is a reminder; which one, does not matter to what has its id. */
export function isReminderBegun({ told, pending }: Thread): boolean {
  if (pending === undefined || pending.action === 'Edit') return false;
  return [...pending.states].every(([id, state]) => state <= (told.get(id)?.said ?? -1));
}

/** The incidents and findings of all namespaces have one name each only with it, and are told alone. */
function statesOf({ story, stories, states, state }: Sent): States {
  if (story.includes('/')) return new Map([[story, state]]);
  // Without a count of each: rather told twice than not at all.
  return new Map(stories.map((each, at) => [each, states?.[at] ?? (stories.length === 1 ? state : 1)]));
}

const counted = (thread: Thread, id: string): Thread =>
  thread.latest === id ? thread : { ...thread, count: thread.count + 1, latest: id };

function arrived(thread: Thread, { action, at, message, ended }: Sent, states: States): Thread {
  const root = thread.root ?? message;
  const told = { ...thread, saidAt: at, endSaid: ended, told: toldAfter(thread.told, action, states) };
  if (action === 'Edit') return told;
  if (action === 'Reply') return { ...told, spokeAt: at };
  return { ...told, spokeAt: at, isPosted: true, ...(root !== undefined && { root }) };
}

function toldAfter(before: Thread['told'], action: Action, states: States): Thread['told'] {
  const after = new Map(before);
  for (const [id, state] of states) {
    const told = before.get(id);
    // An edit that shows a story for the first time tells how it began.
    const said = action === 'Edit' ? (told?.said ?? state) : state;
    const shown = action === 'Reply' ? (told?.shown ?? 0) : state;
    after.set(id, { shown, said });
  }
  return after;
}

/** A first message that can't be edited or answered any more is followed by a new one. */
function refusedBy(thread: Thread, { action }: Sent, states: States): Thread {
  if (action === 'Post') return { ...thread, told: toldAfter(thread.told, action, states) };
  const { root: _root, ...rest } = thread;
  return { ...rest, isPosted: false, told: new Map() };
}

/**
 * One thread of what the logs of several services have of it: each has its own stories. Where a crash came between two logs the later one
 * says how far it went.
 */
export function mergedThreads(one: Thread | undefined, other: Thread): Thread {
  if (one === undefined) return other;
  const [later, earlier] = isLater(one, other) ? [one, other] : [other, one];
  if (later.audience !== earlier.audience) return later;
  const members = [...new Set([...earlier.members, ...later.members])];
  const { pending } = later;
  const states = pending && new Map([...(earlier.pending?.id === pending.id ? earlier.pending.states : []), ...pending.states]);
  return {
    ...later,
    members,
    startedAt: Math.min(one.startedAt, other.startedAt),
    told: new Map([...earlier.told, ...later.told]),
    withheld: new Set([...one.withheld, ...other.withheld]),
    ...(pending && states && { pending: { ...pending, states } }),
  };
}

/** In one millisecond what came to an end is later than what was begun, and who saw more of it knows more. */
function isLater(one: Thread, other: Thread): boolean {
  if (one.changedAt !== other.changedAt) return one.changedAt > other.changedAt;
  if ((one.pending === undefined) !== (other.pending === undefined)) return one.pending === undefined;
  return one.count >= other.count;
}

/** A story as the channel hears of it. */
export interface Heard {
  readonly id: string;
  readonly entries: readonly ToldEntry[];
  /** Whether the criterion of an earlier story of the thread failed again: nothing new, so that only its turns count. */
  readonly isAgain?: boolean;
}

/** What is to be sent next. */
export interface Next {
  readonly action: Action;
  /** It may be there already. */
  readonly repeated: boolean;
}

/**
 * What a channel lacks of a thread; undefined when it has everything.
 * @param stories those of the thread, in order
 * @param quiet whether nothing is to be said for now: the first message may change all the same
 */
export function nextOf(
  thread: Thread | undefined,
  stories: readonly Heard[],
  abilities: Abilities,
  quiet = false,
): Next | undefined {
  if (thread?.pending) return { action: thread.pending.action, repeated: true };
  const action = actionFor(thread, stories, abilities, quiet);
  return action && { action, repeated: false };
}

function actionFor(
  thread: Thread | undefined,
  stories: readonly Heard[],
  abilities: Abilities,
  quiet: boolean,
): Action | undefined {
  if (thread?.isPosted !== true) return isUnsaid(thread, stories) ? 'Post' : undefined;
  const action = followUp(thread, stories, abilities);
  if (!quiet || action === undefined || action === 'Edit') return action;
  return canEdit(thread, abilities) && isBehind(thread, stories) ? 'Edit' : undefined;
}

const isUnsaid = (thread: Thread | undefined, stories: readonly Heard[]): boolean =>
  stories.some(({ id, entries }) => entries.length > (thread?.told.get(id)?.said ?? 0));

const canEdit = ({ root }: Thread, { edits }: Abilities): boolean => edits && root !== undefined;

function followUp(thread: Thread, stories: readonly Heard[], abilities: Abilities): Action | undefined {
  const canAnswer = abilities.threads && thread.root !== undefined;
  const isEditable = canEdit(thread, abilities);
  const isTurn = stories.some((story) => hasTurn(thread, story, isEditable));
  if (canAnswer && isTurn) return 'Reply';
  if (isEditable) return isBehind(thread, stories) ? 'Edit' : undefined;
  return isTurn || (abilities.everyState === true && isUnsaid(thread, stories)) ? 'Post' : undefined;
}

/** A story that came to the thread later needs no message of its own where the first one can show it. */
function hasTurn({ told }: Thread, { id, entries, isAgain = false }: Heard, isEditable: boolean): boolean {
  const before = told.get(id);
  if (before === undefined && !isAgain) return !isEditable && entries.length > 0;
  return entries.some(({ turn }, at) => turn && at >= (before?.said ?? 0));
}

const isBehind = ({ told }: Thread, stories: readonly Heard[]): boolean =>
  stories.some(({ id, entries }) => entries.length > (told.get(id)?.shown ?? 0));
