import { Agenda, type Due } from './agenda.ts';
import { isOver } from '../messages/cards.ts';
import { Gathering, paceOf, STORM_MS } from './gathering.ts';
import type { Abilities } from '../notifier.ts';
import { type Describe, entriesFor, type Holds, lasts, type Story, type Withheld } from '../stories/story.ts';
import type { Period } from '../../domain/timeline.ts';
import { LeftPlaces } from './left-places.ts';
import { criterionOf, withRepeats } from './repeats.ts';
import {
  type Heard,
  isBegun,
  isReminderBegun,
  isSaid,
  mergedThreads,
  type Next,
  nextOf,
  type States,
  type Thread,
} from './thread.ts';

/** Something that a channel is to be sent. */
export interface Job extends Next {
  readonly threadId: string;
  readonly thread: Thread | undefined;
  readonly stories: readonly [Story, ...Story[]];
  /** How many entries of each story it tells. */
  readonly states: States;
  /** Of a reminder, which one. */
  readonly reminder?: number;
  /** Whether the last state is only sent again, to a receiver that forgets. */
  readonly isResent?: boolean;
  /** Nothing is sent: it is put on record that this story is kept from the channel, by whom and why. */
  readonly withheld?: Withheld;
}

export interface DeskOptions {
  readonly audience: string;
  readonly abilities: Abilities;
  readonly describe: Describe;
  /** Whether each service has a place of its own: a room, say, that is named after it. */
  readonly isForEachService?: boolean;
  /** What other channels hold. */
  readonly holds?: Holds;
  /** A lasting deviation is said again after so long without a word. */
  readonly remindEveryMs?: number;
  /** So long the first message of a deviation or change waits from when it was due, in which somebody may withhold it or call it off. */
  readonly holdMs?: number;
  /** Threads as the logs have them: of one that speaks of several services one from the log of each. */
  readonly threads: Iterable<Thread>;
}

/** So long after a message of a thread its next one waits, for what comes with it. */
const SETTLE_MS = 1_500;
const SOONEST_REMINDER_MS = 60_000;
/** What flaps is over when it has been quiet for so long; only then it is said where no message can be changed. */
export const CALM_MS = 10 * 60_000;

/** One message tells of so many turns of what flaps, and for so long. */
const [MOST_TURNS, LONGEST_FLAPPING_MS] = [100, 24 * 3_600_000];

type Stories = Job['stories'];

/** What one channel is to be told, and what of it is still to be sent. Knows no platform, and waits for nothing. */
export class Desk {
  readonly #options: DeskOptions;
  readonly #stories = new Map<string, Story>();
  readonly #threads = new Map<string, Thread>();
  readonly #threadOf = new Map<string, string>();
  /** The stories of each thread, the one with which it began first. */
  readonly #members = new Map<string, Set<string>>();
  readonly #criteria = new Map<string, Set<string>>();
  /** Threads with more than one story of a criterion. */
  readonly #flapping = new Set<string>();
  /** Threads whose pending delivery is certainly not there. */
  readonly #notThere = new Set<string>();
  /** A story never changes; another one takes its place. */
  readonly #heardOf = new WeakMap<Story, Heard>();
  readonly #resentAt = new Map<string, number>();
  readonly #left = new LeftPlaces();
  /** Stories of which the channel may say nothing more for now. */
  readonly #withdrawn = new Set<string>();
  readonly #gathering: Gathering;
  readonly #agenda = new Agenda(
    (id, now) => this.#dueOf(id, now),
    (id) => paceOf(this.#members.get(id)?.size ?? 0),
  );

  constructor(options: DeskOptions) {
    this.#options = options;
    const takes = this.#takes.bind(this);
    const { audience, describe, isForEachService = false } = options;
    this.#gathering = new Gathering({ audience, describe, isForEachService, takes });
    for (const thread of options.threads) this.moved(mergedThreads(this.#threads.get(thread.id), thread));
  }

  /** Takes a story as it is now. */
  offer(story: Story): void {
    const isKnown = this.#stories.has(story.id);
    this.#stories.set(story.id, story);
    this.#withdrawn.delete(story.id);
    const isApart = this.#isWithheld(story);
    // What is withheld makes no storm, and nothing flaps by it.
    const id = this.#threadOf.get(story.id) ?? (isApart ? story.id : this.#gathering.threadFor(story));
    if (!isKnown) this.#join(story.id, id);
    if (isApart) this.#gathering.left(story);
    else if (!isKnown) {
      this.#gathering.noted(story, id);
      this.#noteCriterion(story, id);
    }
    this.#agenda.changed(id);
  }

  /** Says nothing more of a story until it is offered again: the channel is for its service no more. */
  withdraw(storyId: string): void {
    const id = this.#threadOf.get(storyId);
    if (id === undefined || !this.#stories.has(storyId)) return;
    this.#withdrawn.add(storyId);
    this.#agenda.done(id);
  }

  /** Takes a thread as it is after a delivery. */
  moved(thread: Thread): void {
    this.#threads.set(thread.id, thread);
    for (const member of thread.members) this.#join(member, thread.id);
    this.#notThere.delete(thread.id);
    this.#agenda.done(thread.id);
  }

  /** Whether what was begun is certainly not there: then in its stead goes what is so by then. */
  setThere(threadId: string, mayBeThere: boolean): void {
    if (mayBeThere) this.#notThere.delete(threadId);
    else this.#notThere.add(threadId);
  }

  /** Takes note that the last state was sent again. */
  resent(threadId: string, now: number): void {
    this.#resentAt.set(threadId, now);
    this.#agenda.done(threadId);
  }

  /** Where a thread is told: its service's own place, or as a thread of the only one. */
  placeOf(threadId: string): string {
    const [story] = this.#options.isForEachService === true ? this.#storiesOf(threadId) : [];
    return story === undefined ? threadId : `${story.namespace}/${story.service}`;
  }

  /** Takes note that something arrived in the place of a thread. */
  reached(threadId: string): void {
    this.#left.delete(this.placeOf(threadId));
  }

  /** Whether anything is told in a place. */
  isInUse(place: string): boolean {
    return [...this.#members.keys()].some((id) => !this.#storiesOf(id).next().done && this.placeOf(id) === place);
  }

  /** Sends nothing to the place of a thread for a while. */
  leave(threadId: string, during: Period): void {
    this.#left.leave(this.placeOf(threadId), during);
    this.#agenda.postponed(threadId, during.from);
  }

  thread(id: string): Thread | undefined {
    return this.#threads.get(id);
  }

  /** Whether it was offered a story, or has told of it before. */
  knows(storyId: string): boolean {
    return this.#threadOf.has(storyId);
  }

  /** Whether a story was begun to be told. */
  hasBegun(storyId: string): boolean {
    return isBegun(this.#threads.get(this.#threadOf.get(storyId) ?? ''), storyId);
  }

  /** How many threads lack something. */
  pending(now: number): number {
    return this.#agenda.lacking(now);
  }

  /** The next thing to send, or in how many milliseconds there may be one; undefined until something is offered. */
  next(now: number): Job | number | undefined {
    for (let id = this.#agenda.first(now); id !== undefined; id = this.#agenda.first(now)) {
      const found = this.#find(id, now);
      if (found?.job && found.at <= now) return this.#passing(id, now) ?? found.job;
      this.#agenda.done(id);
    }
    return this.#agenda.wait(now);
  }

  /** What goes to a place that can be reached, as far as anybody knows, passes what goes to one that could not. */
  #passing(id: string, now: number): Job | undefined {
    if (!this.#left.has(this.placeOf(id))) return undefined;
    for (const other of this.#agenda.ready) {
      const found = this.#left.has(this.placeOf(other)) ? undefined : this.#find(other, now);
      if (found?.job && found.at <= now) return found.job;
    }
    return undefined;
  }

  /** Forgets what is over and was told. */
  forget(storyId: string): void {
    const id = this.#threadOf.get(storyId);
    const story = this.#stories.get(storyId);
    if (story) this.#gathering.forget(story);
    this.#stories.delete(storyId);
    this.#withdrawn.delete(storyId);
    this.#threadOf.delete(storyId);
    if (id === undefined || [...(this.#members.get(id) ?? [])].some((member) => this.#stories.has(member))) return;
    this.reached(id);
    for (const index of [this.#threads, this.#members, this.#criteria, this.#flapping, this.#notThere, this.#resentAt])
      index.delete(id);
    this.#agenda.drop(id);
  }

  #join(storyId: string, threadId: string): void {
    this.#threadOf.set(storyId, threadId);
    const members = this.#members.get(threadId) ?? new Set([threadId]);
    this.#members.set(threadId, members.add(storyId));
  }

  #takes(id: string, story: Story, why: 'Storm' | 'Flapping'): boolean {
    if (!this.#isAny(id, (member) => !this.#isWithheld(member))) return false;
    if (why === 'Flapping') return !this.#isLong(id, story);
    if (!this.#threads.has(id)) return true;
    return story.ended === undefined && this.#isAny(id, (member) => member.ended === undefined && !this.#isWithheld(member));
  }

  /** Whether a message has told of the same for so long that another one is to begin: each turn goes on record with all before it. */
  #isLong(id: string, { since }: Story): boolean {
    const members = this.#members.get(id) ?? new Set();
    return members.size >= MOST_TURNS || since - (this.#stories.get(id)?.since ?? since) >= LONGEST_FLAPPING_MS;
  }

  /** Asks no more stories than it has to: a storm has thousands. What is known by its records alone is as it has to be. */
  #isAny(id: string, is: (story: Story) => boolean): boolean {
    for (const member of this.#members.get(id) ?? []) {
      const story = this.#stories.get(member);
      if (story === undefined || is(story)) return true;
    }
    return false;
  }

  #noteCriterion(story: Story, id: string): void {
    const criteria = this.#criteria.get(id) ?? new Set<string>();
    if (criteria.has(criterionOf(story))) this.#flapping.add(id);
    this.#criteria.set(id, criteria.add(criterionOf(story)));
  }

  #dueOf(id: string, now: number): Due | undefined {
    const found = this.#find(id, now);
    return found && { at: found.at, isLacking: found.isLacking };
  }

  /** What is to be sent of a thread, and when. */
  #find(id: string, now: number): Found | undefined {
    const withheld = this.#withheldOf(id);
    if (withheld) return { job: withheld, at: now, isLacking: true };
    const found = this.#foundIn(id, now);
    return found && { ...found, at: Math.max(found.at, this.#left.until(this.placeOf(id), now)) };
  }

  #foundIn(id: string, now: number): Found | undefined {
    const all = this.#membersOf(id);
    const thread = this.#threads.get(id);
    const stories = all.filter((story) => this.#heldUntil(story, thread, now) <= now);
    const found = isSome(stories) ? (this.#jobOf(id, stories, now) ?? this.#againOf(id, stories, now)) : undefined;
    const held = all.length > stories.length ? all.map((story) => this.#heldUntil(story, thread, now)) : [];
    const release = Math.min(Infinity, ...held.filter((at) => at > now));
    if (release < (found?.at ?? Infinity)) return { at: release, isLacking: true };
    return found;
  }

  /** What was begun is held no more. A deviation can be withheld, and a change called off; of incidents people speak. */
  #heldUntil({ id, kind, addressed }: Story, thread: Thread | undefined, now: number): number {
    if (isSaid(thread, id)) return 0;
    const { holdMs = 0, audience } = this.#options;
    const { at, until } = { at: 0, until: Infinity, ...addressed[audience] };
    const release = holdMs === 0 || (kind !== 'Deviation' && kind !== 'Change') ? 0 : at + holdMs;
    return until <= Math.max(now, release) ? Infinity : release;
  }

  /** Whether a story is kept from the channel: it came to be so before anything of it was begun. */
  #isWithheld({ id, withheld }: Story): boolean {
    return withheld?.[this.#options.audience] !== undefined && !this.hasBegun(id);
  }

  /** What is withheld, and is not on record as such yet. */
  #withheldOf(threadId: string): Job | undefined {
    const thread = this.#threads.get(threadId);
    const story = [...this.#storiesOf(threadId)].find((each) => this.#isWithheld(each) && thread?.withheld.has(each.id) !== true);
    const withheld = story?.withheld?.[this.#options.audience];
    if (!story || !withheld) return undefined;
    const states = new Map([[story.id, 0]]);
    return { threadId, thread, stories: [story], states, action: 'Post', repeated: false, withheld };
  }

  #jobOf(id: string, stories: Stories, now: number): Found | undefined {
    const thread = this.#threads.get(id);
    const heard = stories.map((story) => this.#heard(story));
    const quietUntil = this.#quietUntil(id, stories);
    const next = nextOf(thread, heard, this.#options.abilities, now < quietUntil);
    if (next) {
      const job = this.#asBegun({ ...next, threadId: id, thread, stories, states: statesOf(heard) });
      return job && { job, isLacking: true, at: next.repeated ? now : this.#settledAt(thread) };
    }
    const later = now < quietUntil && nextOf(thread, heard, this.#options.abilities) !== undefined;
    return later ? { at: quietUntil, isLacking: true } : undefined;
  }

  #heard(story: Story): Heard {
    const known = this.#heardOf.get(story);
    if (known) return known;
    const entries = entriesFor(story, this.#options.audience);
    const heard = { id: story.id, entries, isAgain: story.times !== undefined };
    this.#heardOf.set(story, heard);
    return heard;
  }

  /** What was begun is sent as it was, unless it is certainly not there. */
  #asBegun(job: Job): Job | undefined {
    const { thread, threadId, repeated } = job;
    if (!repeated || !thread?.pending) return job;
    const begun = isReminderBegun(thread) ? { ...job, reminder: 0 } : job;
    if (this.#notThere.has(threadId)) return { ...begun, repeated: false };
    const { states } = thread.pending;
    const stories = job.stories.filter(({ id }) => states.has(id));
    return isSome(stories) ? { ...begun, stories, states } : undefined;
  }

  #settledAt(thread: Thread | undefined): number {
    return (thread?.saidAt ?? -Infinity) + SETTLE_MS;
  }

  /** Many stories are told of together, once in a while and when all is over; what flaps, when it is calm. */
  #quietUntil(id: string, stories: Stories): number {
    const thread = this.#threads.get(id);
    if (thread?.isPosted !== true || this.#options.abilities.everyState === true) return 0;
    const isGroup = (this.#criteria.get(id)?.size ?? 1) > 1;
    if (!isOver(stories)) return isGroup ? (thread.spokeAt ?? 0) + STORM_MS : 0;
    return this.#flapping.has(id) ? Math.max(...stories.map(({ ended }) => ended?.at ?? 0)) + CALM_MS : 0;
  }

  /** A reminder, or the last state once more. */
  #againOf(id: string, stories: Stories, now: number): Found | undefined {
    const thread = this.#threads.get(id);
    if (thread?.saidAt === undefined) return undefined;
    const states = statesOf(stories.map((story) => this.#heard(story)));
    const common = { threadId: id, thread, stories, states, repeated: false };
    const again = this.#resendAt(thread, stories, now);
    const remind = this.#remindAt(thread, stories);
    if (again === Infinity && remind === Infinity) return undefined;
    if (again <= remind) return { at: again, isLacking: false, job: { ...common, action: 'Edit', isResent: true } };
    const action = this.#options.abilities.threads && thread.root !== undefined ? 'Reply' : 'Post';
    const reminder = Math.floor((now - thread.startedAt) / SOONEST_REMINDER_MS);
    return { at: remind, isLacking: false, job: { ...common, action, reminder } };
  }

  /** Never, where nobody asked for it or nothing goes on. */
  #remindAt({ saidAt = 0 }: Thread, stories: Stories): number {
    const { remindEveryMs = Infinity } = this.#options;
    return isOver(stories) || !stories.some(lasts) ? Infinity : saidAt + Math.max(remindEveryMs, SOONEST_REMINDER_MS);
  }

  #resendAt({ id, saidAt = 0, isPosted }: Thread, stories: Stories, now: number): number {
    const { resendEveryMs = Infinity, resendEndedMs = 0 } = this.#options.abilities;
    if (!isPosted || !stories.some(lasts)) return Infinity;
    const at = Math.max(saidAt, this.#resentAt.get(id) ?? 0) + resendEveryMs;
    return isOver(stories) && Math.max(at, now) > saidAt + resendEndedMs ? Infinity : at;
  }

  /** Of a thread, those of which the channel may say something; whoever wants one asks for no more. */
  *#storiesOf(id: string): Generator<Story> {
    for (const member of this.#members.get(id) ?? []) {
      const story = this.#withdrawn.has(member) ? undefined : this.#stories.get(member);
      if (story !== undefined) yield story;
    }
  }

  /** The stories of a thread that the channel hears of. */
  #membersOf(id: string): Story[] {
    const stories = [...this.#storiesOf(id)].filter((story) => !this.#isWithheld(story));
    if (!this.#flapping.has(id)) return stories;
    return withRepeats(stories, { timesOf: (story) => this.#gathering.timesOf(story), canEdit: this.#options.abilities.edits });
  }
}

interface Found {
  readonly at: number;
  readonly isLacking: boolean;
  readonly job?: Job;
}

const isSome = <T>(list: readonly T[]): list is readonly [T, ...T[]] => list.length > 0;
const statesOf = (heard: readonly Heard[]): States => new Map(heard.map(({ id, entries }) => [id, entries.length]));
