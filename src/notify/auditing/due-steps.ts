import type { LogRecord, RecordBody, RecordKind } from '../../api/records.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { digestPeriod, digestPrefix } from '../messages/digest-id.ts';
import type { Place } from '../notifier.ts';
import { emptyStoryBook, STORY_KINDS, type StoryBook, takeIntoStories } from '../stories/story-book.ts';
import { entriesFor, type Story } from '../stories/story.ts';

/*
 * What an auditor of the log needs to say whether each step that fell due was told: it asks no courier, and trusts none.
 */

/** A step that fell due: somebody was to be told something. Times in milliseconds since 1970-01-01T00:00:00Z. */
export interface DueStep {
  /** Digest of its record. */
  readonly id: string;
  readonly seq: number;
  readonly criterion: string;
  readonly audience: string;
  readonly notice: RecordBody<'Notified'>['notice'];
  /** In words: after 15m. */
  readonly step?: string;
  readonly story: string;
  /** When it was put on record. */
  readonly at: number;
  /** How many entries of the story's history a message tells that tells of it. */
  readonly entries: number;
}

/** What a channel was sent of a story. */
export interface Sent {
  /** Up to which entry of its history. */
  readonly delivered: number;
  readonly refused: number;
  /** Why, in the words of the adapter. */
  readonly reason?: string;
  readonly isWithheld: boolean;
}

/** The steps of a service that are not known to be told, and what that is seen by. */
export interface StepBook extends StoryBook {
  /** By their id. */
  readonly steps: Map<string, DueStep>;
  /** By story, and there by channel and audience: a channel may come to be for another one. */
  readonly sent: Map<string, Map<string, Sent>>;
  /** By channel and audience, until when what was put on record was told in a digest that arrived. */
  readonly digested: Map<string, number>;
  /** Number of the record after the latest one. */
  nextSeq: number;
}

export const STEP_KINDS: readonly RecordKind[] = [...STORY_KINDS, 'Delivery'];

export const emptyStepBook = (): StepBook => ({
  ...{ ...emptyStoryBook(), steps: new Map(), sent: new Map(), digested: new Map(), nextSeq: 0 },
});

/** Where the books have what a channel was sent while it was for that audience. */
export const placeOf = (channel: string, audience: string): string => `${channel} ${audience}`;

/** The book after a record: the same one, changed. */
export function takeIntoSteps(book: StepBook, record: LogRecord): StepBook {
  book.nextSeq = record.head.seq + 1;
  if (record.kind === 'Delivery') {
    for (const [story, count] of countsOf(record.body)) noteSent(book, story, count, record.body);
    noteDigest(book, record.head, record.body);
    return book;
  }
  takeIntoStories(book, record);
  if (record.kind === 'Notified') noteDue(book, record, record.body);
  return book;
}

function noteDue(book: StepBook, { digest, head }: LogRecord, body: RecordBody<'Notified'>): void {
  const { criterion, audience, notice, step, at, deviation } = body;
  const id = deviation ?? deviationId(`${head.namespace}/${criterion}#${notice}`, at);
  const story = book.stories.get(id);
  // Nobody is told of the end of what was never told.
  if (story?.addressed[audience] === undefined) return;
  book.steps.set(digest, {
    ...{ id: digest, seq: head.seq, criterion, audience, notice, story: id, at: head.recordedAt },
    ...(step !== undefined && { step }),
    entries: entriesFor(story, audience).length,
  });
}

/** How many entries of each story a delivery tells; one that says no numbers tells what it began with. */
function countsOf({ stories, states, state }: RecordBody<'Delivery'>): [string, number][] {
  return stories.map((story, at) => [story, states?.[at] ?? (stories.length === 1 ? state : 1)]);
}

const NOTHING: Sent = { delivered: 0, refused: 0, isWithheld: false };

function noteSent(
  book: StepBook,
  story: string,
  count: number,
  { channel, audience, phase, reason }: RecordBody<'Delivery'>,
): void {
  // What has no steps is no matter: incidents, changes, digests.
  if (phase === 'Attempted' || !book.stories.has(story)) return;
  const ofStory = book.sent.get(story) ?? new Map<string, Sent>();
  const place = placeOf(channel, audience);
  const before = ofStory.get(place) ?? NOTHING;
  book.sent.set(story, ofStory.set(place, sentAfter(before, { count, phase, reason })));
}

/** A digest names no story: it tells of all that was put on record in its period. */
function noteDigest({ digested }: StepBook, service: Place, { channel, audience, phase, story }: RecordBody<'Delivery'>): void {
  if (phase !== 'Delivered') return;
  const period = digestPeriod(story, digestPrefix(channel)) ?? digestPeriod(story, digestPrefix(channel, service));
  const place = placeOf(channel, audience);
  if (period) digested.set(place, Math.max(period.to, digested.get(place) ?? 0));
}

interface Fate {
  readonly count: number;
  readonly phase: 'Delivered' | 'Rejected' | 'Withheld';
  readonly reason: string | undefined;
}

function sentAfter(before: Sent, { count, phase, reason }: Fate): Sent {
  if (phase === 'Withheld') return { ...before, isWithheld: true };
  if (phase === 'Delivered') return { ...before, delivered: Math.max(before.delivered, count) };
  return { ...before, refused: Math.max(before.refused, count), ...(reason !== undefined && { reason }) };
}

/** So long after the end of its story, and after what a channel may wait, a step that was not told is still spoken of. */
const KEEP_UNTOLD_MS = 24 * 3_600_000;
/** So long an ended story says whether its criterion flaps. */
const KEEP_ENDED_MS = 3_600_000;

/**
 * Forgets what can not matter any more: stories that are over, once their steps were told or have waited in vain.
 * @param waitMs the longest that a channel keeps a step to itself
 */
export function tidySteps(book: StepBook, now: number, waitMs = 0): void {
  const overSince = (story: string): number => endOf(book.stories.get(story)) ?? now;
  for (const { id, story } of book.steps.values()) if (now - overSince(story) > KEEP_UNTOLD_MS + waitMs) book.steps.delete(id);
  const awaited = new Set([...book.steps.values()].map(({ story }) => story));
  for (const { id, kind } of book.stories.values()) {
    // Incidents and changes have no steps.
    const isOver = kind === 'Incident' || kind === 'Change' || now - overSince(id) > KEEP_ENDED_MS;
    if (awaited.has(id) || !isOver) continue;
    book.stories.delete(id);
    book.sent.delete(id);
  }
}

const endOf = (story: Story | undefined): number | undefined =>
  story?.ended?.at ?? (story?.kind === 'Notice' ? story.since : undefined);

/** From which record on the log has to be read to make the book anew. */
export function firstSeqOf({ stories, goingOn, nextSeq }: StepBook): number {
  return [...stories.values(), ...goingOn.values()].reduce((least, { firstSeq }) => Math.min(least, firstSeq), nextSeq);
}
