import { Agenda, type Due } from './agenda.ts';
import { isOver } from './cards.ts';
import { Gathering, STORM_MS } from './gathering.ts';
import type { Abilities } from './notifier.ts';
import { type Describe, entriesFor, type Story } from './story.ts';
import { failingAgain } from './story-words.ts';
import { type Heard, mergedThreads, type Next, nextOf, type States, type Thread } from './thread.ts';

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
}

export interface DeskOptions {
  readonly audience: string;
  readonly abilities: Abilities;
  readonly describe: Describe;
  /** A lasting deviation is said again after so long without a word. */
  readonly remindEveryMs?: number;
  /** So long the first message of a story waits from when it was due, in which somebody may withhold it. */
  readonly holdMs?: number;
  /** Threads as the logs have them: of one that speaks of several services one from the log of each. */
  readonly threads: Iterable<Thread>;
}

/** So long after a message of a thread its next one waits, for what comes with it. */
const SETTLE_MS = 1_500;
const SOONEST_REMINDER_MS = 60_000;
/** What flaps is over when it has been quiet for so long; only then it is said where no message can be changed. */
export const CALM_MS = 10 * 60_000;

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
  readonly #blocked = new Set<string>();
  /** A story never changes; another one takes its place. */
  readonly #heardOf = new WeakMap<Story, Heard>();
  readonly #resentAt = new Map<string, number>();
  readonly #gathering: Gathering;
  readonly #agenda = new Agenda((id, now) => this.#dueOf(id, now));

  constructor(options: DeskOptions) {
    this.#options = options;
    const takes = this.#takes.bind(this);
    this.#gathering = new Gathering({ audience: options.audience, describe: options.describe, takes });
    for (const thread of options.threads) this.moved(mergedThreads(this.#threads.get(thread.id), thread));
  }

  /** Takes a story as it is now. */
  offer(story: Story): void {
    const isKnown = this.#stories.has(story.id);
    this.#stories.set(story.id, story);
    const id = this.#threadOf.get(story.id) ?? this.#gathering.threadFor(story);
    if (!isKnown) {
      this.#join(story.id, id);
      this.#gathering.noted(story, id);
      this.#noteCriterion(story, id);
    }
    this.#agenda.changed(id);
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

  /** Nothing of a thread is sent while it is blocked. */
  setBlocked(threadId: string, isBlocked: boolean): void {
    if (isBlocked) this.#blocked.add(threadId);
    else this.#blocked.delete(threadId);
    this.#agenda.done(threadId);
  }

  /** Takes note that the last state was sent again. */
  resent(threadId: string, now: number): void {
    this.#resentAt.set(threadId, now);
    this.#agenda.done(threadId);
  }

  thread(id: string): Thread | undefined {
    return this.#threads.get(id);
  }

  /** The thread in which a story is told. */
  threadOf(storyId: string): string | undefined {
    return this.#threadOf.get(storyId);
  }

  /** What the first message of a thread would tell, also of what is held still; undefined where it was begun, or withheld. */
  unsaid(threadId: string): Stories | undefined {
    const stories = this.#membersOf(threadId);
    return this.#threads.has(threadId) || !isSome(stories) ? undefined : stories;
  }

  /** How many threads lack something. */
  pending(now: number): number {
    return this.#agenda.lacking(now);
  }

  /** The next thing to send, or in how many milliseconds there may be one; undefined until something is offered. */
  next(now: number): Job | number | undefined {
    for (let id = this.#agenda.first(now); id !== undefined; id = this.#agenda.first(now)) {
      const found = this.#find(id, now);
      if (found?.job && found.at <= now) return found.job;
      this.#agenda.done(id);
    }
    return this.#agenda.wait(now);
  }

  /** Forgets what is over and was told. */
  forget(storyId: string): void {
    const id = this.#threadOf.get(storyId);
    const story = this.#stories.get(storyId);
    if (story) this.#gathering.forget(story);
    this.#stories.delete(storyId);
    this.#threadOf.delete(storyId);
    if (id === undefined || this.#membersOf(id).length > 0) return;
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
    const thread = this.#threads.get(id);
    if (thread?.isWithheld === true) return false;
    if (why === 'Flapping' || thread === undefined) return true;
    return story.ended === undefined && this.#goesOn(id);
  }

  #goesOn(id: string): boolean {
    for (const member of this.#members.get(id) ?? []) if (this.#stories.get(member)?.ended === undefined) return true;
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
    if (this.#blocked.has(id)) return undefined;
    const all = this.#membersOf(id);
    const thread = this.#threads.get(id);
    const stories = all.filter((story) => this.#heldUntil(story, thread, now) <= now);
    const found = isSome(stories) ? (this.#jobOf(id, stories, now) ?? this.#againOf(id, stories, now)) : undefined;
    const held =
      all.length > stories.length && thread?.isWithheld !== true ? all.map((story) => this.#heldUntil(story, thread, now)) : [];
    const release = Math.min(Infinity, ...held.filter((at) => at > now));
    if (release < (found?.at ?? Infinity)) return { at: release, isLacking: true };
    return found;
  }

  #heldUntil({ id, addressed }: Story, thread: Thread | undefined, now: number): number {
    const { holdMs = 0, audience } = this.#options;
    if (thread?.told.has(id) === true || thread?.pending?.states.has(id) === true) return 0;
    const { at, until } = { ...UNBOUNDED, ...addressed[audience] };
    const release = holdMs === 0 ? 0 : at + holdMs;
    return until <= Math.max(now, release) ? Infinity : release;
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
    if (this.#notThere.has(threadId)) return { ...job, repeated: false };
    const { states } = thread.pending;
    const stories = job.stories.filter(({ id }) => states.has(id));
    return isSome(stories) ? { ...job, stories, states } : undefined;
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
    return this.#flapping.has(id) ? Math.max(...stories.map(endOf)) + CALM_MS : 0;
  }

  /** A reminder, or the last state once more. */
  #againOf(id: string, stories: Stories, now: number): Found | undefined {
    const thread = this.#threads.get(id);
    if (thread?.saidAt === undefined || thread.isWithheld) return undefined;
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

  #membersOf(id: string): Story[] {
    const stories = [...(this.#members.get(id) ?? [])].flatMap((member) => this.#stories.get(member) ?? []);
    return this.#flapping.has(id) ? this.#withRepeats(stories) : stories;
  }

  /** Of a criterion that failed before in the same thread it is said once that it does so again; the rest only shows. */
  #withRepeats(stories: readonly Story[]): Story[] {
    const seen = new Map<string, number>();
    const last = new Map(stories.map((story) => [criterionOf(story), story.id]));
    return stories.map((story) => {
      const count = seen.get(criterionOf(story)) ?? 0;
      seen.set(criterionOf(story), count + 1);
      return count === 0 ? story : this.#repeat(story, count === 1, last.get(criterionOf(story)) === story.id);
    });
  }

  #repeat(story: Story, isFirst: boolean, isLast: boolean): Story {
    const times = this.#gathering.timesOf(story);
    const [began, ...others] = story.history;
    const keepsEnd = isLast && !this.#options.abilities.edits && story.ended !== undefined;
    const history = others.map((entry, at) => (keepsEnd && at === others.length - 1 ? entry : { ...entry, turn: false }));
    return { ...story, times, history: [failingAgain(began?.at ?? story.since, times, isFirst), ...history] };
  }
}

interface Found {
  readonly at: number;
  readonly isLacking: boolean;
  readonly job?: Job;
}

const UNBOUNDED = { at: 0, until: Infinity };
const isSome = <T>(list: readonly T[]): list is readonly [T, ...T[]] => list.length > 0;
const statesOf = (heard: readonly Heard[]): States => new Map(heard.map(({ id, entries }) => [id, entries.length]));
const endOf = ({ ended }: Story): number => ended?.at ?? 0;
/** Whether it goes on until somebody mends it; of anything else nobody is reminded. */
const lasts = ({ kind }: Story): boolean => kind !== 'Notice' && kind !== 'Change';
const criterionOf = ({ namespace, criterion = '', id }: Story): string => `${namespace}/${criterion || id}`;
