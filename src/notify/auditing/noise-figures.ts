import { FLAPPING_COUNT, FLAPPING_MS } from '../delivering/gathering.ts';
import type { NoiseBook, SentMessage } from './noise.ts';

/** How messages fared in one channel. */
export interface ChannelNoise {
  readonly channel: string;
  /** What arrived: posts, replies and edits together. */
  readonly messages: number;
  readonly posts: number;
  readonly replies: number;
  readonly edits: number;
  readonly refused: number;
  readonly withheld: number;
  /** Begun, and nobody knows whether it arrived. */
  readonly undelivered: number;
}

/** What an audience was told, and what came of it. */
export interface AudienceNoise {
  readonly audience: string;
  readonly channels: readonly ChannelNoise[];
  /** Deviations, incidents and notices that a message told of. */
  readonly stories: number;
  /** Of these, what somebody did something about after it was told, or what was repaired then without flapping. */
  readonly actedOn: number;
  readonly neverActedOn: number;
  /** Of these, what was one of three or more of its criterion within an hour. */
  readonly flapping: number;
  /** Half of what has ended took at most so long from when it was told to its end; absent where nothing has. */
  readonly medianToldToEndSeconds?: number;
}

export interface Noise {
  readonly from: number;
  readonly to: number;
  readonly audiences: readonly AudienceNoise[];
  /** Those that the most messages told of, at most ten. */
  readonly criteria: readonly { readonly criterion: string; readonly messages: number; readonly stories: number }[];
}

const MOST_CRITERIA = 10;

/** The signal and the noise of what was sent between two instants, both included. Pure. */
export function noiseOf(book: NoiseBook, { from, to }: Pick<Noise, 'from' | 'to'>): Noise {
  const messages = [...book.messages.values()].filter(({ at }) => at >= from && at <= to);
  const byAudience = Map.groupBy(messages, ({ audience }) => audience);
  const audiences = [...byAudience].sort(byName).map(([audience, own]) => audienceNoise(audience, own, book));
  return { from, to, audiences, criteria: loudest(messages, book) };
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
const arrived = ({ phase }: SentMessage): boolean => phase === 'Delivered';

function audienceNoise(audience: string, messages: readonly SentMessage[], book: NoiseBook): AudienceNoise {
  const toldAt = firstTold(audience, messages, book);
  const flapping = flappingOf(toldAt, book);
  const told = [...toldAt.keys()];
  const actedOn = told.filter((story) => isActedOn(story, toldAt.get(story) ?? 0, { book, flapping })).length;
  const lasted = told.flatMap((story) => {
    const end = book.happenings.get(story)?.ended?.at;
    return end === undefined ? [] : [Math.max(0, end - (toldAt.get(story) ?? end))];
  });
  const median = medianOf(lasted);
  return {
    audience,
    channels: [...Map.groupBy(messages, ({ channel }) => channel)]
      .sort(byName)
      .map(([channel, own]) => channelNoise(channel, own)),
    ...{ stories: told.length, actedOn, neverActedOn: told.length - actedOn, flapping: flapping.size },
    ...(median !== undefined && { medianToldToEndSeconds: Math.round(median / 1000) }),
  };
}

function channelNoise(channel: string, messages: readonly SentMessage[]): ChannelNoise {
  const count = (is: (message: SentMessage) => boolean): number => messages.filter(is).length;
  const did = (action: SentMessage['action']): number => count((each) => arrived(each) && each.action === action);
  return {
    ...{ channel, messages: count(arrived), posts: did('Post'), replies: did('Reply'), edits: did('Edit') },
    refused: count(({ phase }) => phase === 'Rejected'),
    withheld: count(({ phase }) => phase === 'Withheld'),
    undelivered: count(({ phase }) => phase === 'Attempted'),
  };
}

/** When each story of these messages was first told to the audience, be it before the time that is looked at. */
function firstTold(audience: string, messages: readonly SentMessage[], book: NoiseBook): Map<string, number> {
  const told = new Map(messages.filter(arrived).flatMap(({ stories, at }) => [...stories].map((story) => [story, at] as const)));
  for (const message of book.messages.values()) {
    if (message.audience !== audience || !arrived(message)) continue;
    for (const story of message.stories) if (message.at < (told.get(story) ?? -Infinity)) told.set(story, message.at);
  }
  return told;
}

interface Evidence {
  readonly book: NoiseBook;
  readonly flapping: ReadonlySet<string>;
}

function isActedOn(story: string, toldAt: number, { book, flapping }: Evidence): boolean {
  const happening = book.happenings.get(story);
  if (!happening) return false;
  const { acts, ended, criterion = '' } = happening;
  const isAfter = (at: number): boolean => at >= toldAt;
  const { at: until, isRepaired } = ended ?? { at: Infinity, isRepaired: false };
  const onCriterion = (book.actsOn.get(criterion) ?? []).filter((at) => at <= until);
  if ([...acts, ...onCriterion].some(isAfter)) return true;
  return isRepaired && isAfter(until) && !flapping.has(story);
}

function flappingOf(toldAt: ReadonlyMap<string, number>, { happenings }: NoiseBook): Set<string> {
  const at = (story: string | undefined): number => toldAt.get(story ?? '') ?? 0;
  const ofCriterion = Map.groupBy(toldAt.keys(), (story) => happenings.get(story)?.criterion ?? '');
  ofCriterion.delete('');
  const together = [...ofCriterion.values()].flatMap((stories) => {
    const sorted = stories.sort((a, b) => at(a) - at(b));
    const runs = sorted.map((_, first) => sorted.slice(first, first + FLAPPING_COUNT));
    return runs.filter((run) => run.length === FLAPPING_COUNT && at(run.at(-1)) - at(run[0]) < FLAPPING_MS);
  });
  return new Set(together.flat());
}

function medianOf(numbers: readonly number[]): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function loudest(messages: readonly SentMessage[], { happenings }: NoiseBook): Noise['criteria'] {
  const found = new Map<string, { messages: number; readonly stories: Set<string> }>();
  for (const { stories } of messages.filter(arrived)) {
    const counted = new Set<string>();
    for (const story of stories) {
      const criterion = happenings.get(story)?.criterion;
      if (criterion === undefined) continue;
      const of = found.get(criterion) ?? { messages: 0, stories: new Set() };
      if (!counted.has(criterion)) of.messages += 1;
      counted.add(criterion);
      of.stories.add(story);
      found.set(criterion, of);
    }
  }
  const all = [...found].map(([criterion, { messages: count, stories }]) => ({
    criterion,
    messages: count,
    stories: stories.size,
  }));
  return all.sort((a, b) => b.messages - a.messages || (a.criterion < b.criterion ? -1 : 1)).slice(0, MOST_CRITERIA);
}
