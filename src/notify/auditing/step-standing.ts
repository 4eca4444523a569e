import { CALM_MS } from '../delivering/desk.ts';
import { type DueStep, placeOf, type Sent, type StepBook } from './due-steps.ts';
import { FLAPPING_COUNT, FLAPPING_MS } from '../delivering/gathering.ts';
import type { Story } from '../stories/story.ts';

/** Whether a step that fell due was told to its audience. */
export type StepStanding =
  /** In every channel that tells of it, or somebody withheld it, or no channel wants what is of this topic or severity. */
  | { readonly kind: 'Settled' }
  | { readonly kind: 'Waiting' }
  /** Longer than it may take: in these channels it has not arrived; `refused` says why a platform took it not, where one did. */
  | { readonly kind: 'Undelivered'; readonly channels: readonly string[]; readonly refused?: string }
  /** The audience has no channel for this service. */
  | { readonly kind: 'NobodyToTell' };

/** A channel of the step's audience that is for its service. */
export interface StepChannel {
  readonly name: string;
  /** When it was made. */
  readonly since: number;
  /** Whether it tells of the story: topic and severity fit, and it is no old news. */
  readonly isRouted: boolean;
  /** So long it may keep a story to itself: it holds it, or gathers it for a digest. */
  readonly waitMs: number;
  /** Whether it gathers the story for a digest. */
  readonly isDigested?: boolean;
}

export interface Looking {
  readonly now: number;
  /** How long a message may take. */
  readonly boundMs: number;
  /** Before it nothing is late: the operator was away. */
  readonly notBefore: number;
}

/** What is known of all steps of a service. */
export interface Known extends Pick<StepBook, 'stories' | 'sent' | 'digested'> {
  readonly ofCriterion: ReadonlyMap<string, readonly Story[]>;
}

/** Looked up once for all steps of a book. */
export function knownOf({ stories, sent, digested }: StepBook): Known {
  const deviations = [...stories.values()].filter(({ kind }) => kind === 'Deviation');
  return { stories, sent, digested, ofCriterion: Map.groupBy(deviations, ({ criterion = '' }) => criterion) };
}

/** How a step stands. Pure. */
export function standingOf(step: DueStep, channels: readonly StepChannel[], book: Known, looking: Looking): StepStanding {
  const { now, boundMs, notBefore } = looking;
  const isLate = (since: number, waitMs: number): boolean => now > Math.max(since + waitMs + boundMs, notBefore);
  if (channels.length === 0) return isLate(step.at, 0) ? { kind: 'NobodyToTell' } : { kind: 'Waiting' };
  const untold = channels.filter((channel) => channel.isRouted && !isTold(step, channel, book));
  if (untold.length === 0) return { kind: 'Settled' };
  const lately = latelyOf(step, book);
  const lacking = untold.filter(({ name }) => !isToldBefore(lately, placeOf(name, step.audience), book));
  if (lacking.length === 0) return { kind: 'Settled' };
  // What flaps is told to its end only once it is calm.
  const calmMs = lately.others.length > 0 ? CALM_MS : 0;
  const late = lacking.filter(({ since, waitMs }) => isLate(Math.max(step.at, since), waitMs + calmMs));
  if (late.length === 0) return { kind: 'Waiting' };
  const refused = late
    .map(({ name }) => refusalOf(step, book.sent.get(step.story)?.get(placeOf(name, step.audience))))
    .find((reason) => reason !== '');
  return { kind: 'Undelivered', channels: late.map(({ name }) => name), ...(refused !== undefined && { refused }) };
}

interface Lately {
  /** Stories of the same criterion and audience within an hour of it, before or after. */
  readonly others: readonly string[];
  /** Those before it, where they make it one more of a criterion that flaps, which is said once. */
  readonly flapping: readonly string[];
}

function latelyOf({ story: id, audience }: DueStep, { stories, ofCriterion }: Known): Lately {
  const story = stories.get(id);
  if (story?.kind !== 'Deviation') return { others: [], flapping: [] };
  const at = atOf(story, audience);
  const others = (ofCriterion.get(story.criterion ?? '') ?? []).filter(
    (other) => other.id !== id && Math.abs(atOf(other, audience) - at) < FLAPPING_MS,
  );
  const before = others.filter((other) => atOf(other, audience) <= at);
  const isFlapping = before.length >= FLAPPING_COUNT - 1;
  const ids = (all: readonly Story[]): string[] => all.map((each) => each.id);
  return { others: ids(others), flapping: isFlapping ? ids(before) : [] };
}

const atOf = ({ addressed }: Story, audience: string): number => addressed[audience]?.at ?? -Infinity;

function isTold(step: DueStep, { name, isDigested = false }: StepChannel, { sent, digested, stories }: Known): boolean {
  const { story, entries, audience, at } = step;
  const place = placeOf(name, audience);
  const ofStory = sent.get(story)?.get(place);
  // What was begun by itself is told so to its end.
  if (ofStory) return ofStory.isWithheld || ofStory.delivered >= entries;
  // A digest leaves out what was withheld, and nothing more is put on record of that.
  return isDigested && (at <= (digested.get(place) ?? -Infinity) || stories.get(story)?.withheld?.[audience] !== undefined);
}

function isToldBefore({ flapping }: Lately, place: string, { sent }: Known): boolean {
  const before = flapping.flatMap((id) => sent.get(id)?.get(place) ?? []);
  return before.some(({ delivered, isWithheld }) => delivered > 0 || isWithheld);
}

const refusalOf = ({ entries }: DueStep, sent: Sent | undefined): string =>
  sent && sent.refused >= entries ? (sent.reason ?? 'the platform refuses it') : '';
