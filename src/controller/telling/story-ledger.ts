import type { LogRecord } from '../../api/records.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { noteSent, noteTold } from '../../notify/stories/withholding.ts';
import { emptyStoryBook, STORY_KINDS, type StoryBook, takeIntoStories } from '../../notify/stories/story-book.ts';
import { isMoment, type Story } from '../../notify/stories/story.ts';
import { type Thread, threadAfter } from '../../notify/delivering/thread.ts';
import { type LogBooks, newLogBooks } from '../keeping/log-books.ts';
import { withAgreedBefore } from './agreed-before.ts';
import { type MovingCursor, newMovingCursor } from './moving-cursor.ts';

/** What is told of a service: its stories, and what each channel was sent of them. */
export interface ToldBook extends StoryBook {
  /** By channel, and there by the story with which each began. */
  readonly threads: Map<string, Map<string, Thread>>;
  /** Ids of stories that changed since they were looked at last. */
  readonly changed: Set<string>;
}

const CURSOR = 'teller';
/** What is over for so long is not told any more, and is forgotten. */
const KEEP_ENDED_MS = 7 * 86_400_000;

/** The stories of each service, from its log. */
export class StoryLedger {
  readonly #books: LogBooks<ToldBook>;
  readonly #cursor: MovingCursor;

  constructor(store: EvidenceStore) {
    this.#cursor = newMovingCursor(store, CURSOR);
    this.#books = newLogBooks<ToldBook>(store, {
      kinds: [...STORY_KINDS, 'Delivery'],
      from: (service) => this.#cursor.from(service),
      begin: (service, from) => withAgreedBefore(emptyBook(), store, service, from),
      take,
    });
  }

  of(service: ServiceName): Promise<ToldBook> {
    return this.#books.of(service);
  }

  /**
   * Forgets what is long over, and with it what was told of it; answers the ids of these stories.
   * @param digestMs the longest time of which a digest tells
   */
  async tidy(service: ServiceName, now: number, digestMs = 0): Promise<string[]> {
    const book = await this.of(service);
    const isLongAgo = (at: number): boolean => now - at > KEEP_ENDED_MS + digestMs;
    const isGoing = (story: Story): boolean => !isLongAgo(endOf(story) ?? now);
    const going = new Set([...book.stories.values()].filter(isGoing).map(({ id }) => id));
    // What is told together is forgotten together: the first of them is where the others are answered.
    const threads = [...book.threads.values()].flatMap((ofChannel) => [...ofChannel.values()]);
    const together = threads.filter(({ members }) => members.some((id) => going.has(id)));
    const kept = new Set([...going, ...together.flatMap(({ id, members }) => [id, ...members])]);
    const over = [...book.stories.keys()].filter((id) => !kept.has(id));
    for (const id of over) book.stories.delete(id);
    for (const ofChannel of book.threads.values()) forgetThreads(ofChannel, book, { over, isLongAgo });
    await this.#moveCursor(service, book);
    return over;
  }

  /** The next start reads from the beginning of the oldest story on. */
  async #moveCursor(service: ServiceName, { stories, goingOn }: ToldBook): Promise<void> {
    const begins = [...stories.values(), ...goingOn.values()].map(({ firstSeq }) => firstSeq);
    if (begins.length === 0) return;
    await this.#cursor.moveTo(service, Math.min(...begins));
  }
}

interface Forgetting {
  readonly over: readonly string[];
  readonly isLongAgo: (at: number) => boolean;
}

/** Also those of which the service has no story: of digests, and of what began in another service. */
function forgetThreads(threads: Map<string, Thread>, { stories }: ToldBook, { over, isLongAgo }: Forgetting): void {
  for (const id of over) threads.delete(id);
  for (const { id, members, changedAt } of threads.values())
    if (isLongAgo(changedAt) && !members.some((member) => stories.has(member))) threads.delete(id);
}

/** Whether a story is over for so long that it is told no more; a start reads what was forgotten before it once more. */
export const isLongOver = (story: Story, now: number): boolean => now - (endOf(story) ?? now) > KEEP_ENDED_MS;

/** When nothing more was to come of a story; a change is over with its window, a notice when it is told. */
const endOf = (story: Story): number | undefined =>
  story.ended?.at ?? story.change?.window.to ?? (isMoment(story) ? story.since : undefined);

function take(book: ToldBook, record: LogRecord): ToldBook {
  if (record.kind === 'Delivery') {
    const { channel, story } = record.body;
    noteSent(book, record.body);
    const threads = book.threads.get(channel) ?? new Map<string, Thread>();
    book.threads.set(channel, threads.set(story, threadAfter(threads.get(story), record.body)));
    return book;
  }
  takeIntoStories(book, record);
  if (record.kind === 'Commented') noteTold(book, record.body);
  return book;
}

function emptyBook(): ToldBook {
  const changed = new Set<string>();
  return { ...emptyStoryBook(), stories: new NotingMap(changed), threads: new Map(), changed };
}

/** A map that notes which of its entries were set. */
class NotingMap extends Map<string, Story> {
  readonly #noted: Set<string>;

  constructor(noted: Set<string>) {
    super();
    this.#noted = noted;
  }

  override set(id: string, story: Story): this {
    this.#noted.add(id);
    return super.set(id, story);
  }
}
