import { sourceNamesIn } from '../../api/evidence-kinds.ts';
import { type Describe, type Story } from '../stories/story.ts';

/** Deviations of one cause of which the audience is to be told within this time are one message. */
export const STORM_MS = 60_000;
/** A storm of more stories is not looked at as a whole for each of them that comes or ends: of 5,000 twice a second. */
const FEW = 100;
/** In milliseconds. */
export const paceOf = (stories: number): number => (stories <= FEW ? 0 : Math.min(stories / 10, 1_000));
/** Whoever was told twice of a criterion within this time gets no third message. */
export const FLAPPING_MS = 60 * 60_000;
export const FLAPPING_COUNT = 3;

interface Place {
  readonly thread: string;
  readonly at: number;
}

export interface GatheringOptions {
  /** Whether each service has a place of its own, so that no message speaks of two. */
  readonly isForEachService: boolean;
  readonly audience: string;
  readonly describe: Describe;
  /** Whether a thread takes a story that has the same cause as its own ones, or is of the same criterion. */
  readonly takes: (thread: string, story: Story, why: 'Storm' | 'Flapping') => boolean;
}

/**
 * Which message a story is told in: one of its own, that of a storm with the same cause, or the one before of a criterion that flaps.
 */
export class Gathering {
  readonly #options: GatheringOptions;
  /** The latest thread of each cause. */
  readonly #ofCause = new Map<string, Place>();
  /** By criterion and there by story. */
  readonly #ofCriterion = new Map<string, Map<string, Place>>();

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** The thread of a story that has none yet. */
  threadFor(story: Story): string {
    if (story.kind !== 'Deviation') return story.id;
    return this.#flapping(story) ?? this.#storm(story) ?? story.id;
  }

  /** Takes note of where a story is told. */
  noted(story: Story, thread: string): void {
    if (story.kind !== 'Deviation') return;
    const at = this.#at(story);
    const criterion = criterionOf(story);
    const seen = this.#ofCriterion.get(criterion) ?? new Map<string, Place>();
    this.#ofCriterion.set(criterion, seen.set(story.id, { thread, at }));
    const cause = this.#causeOf(story);
    const latest = this.#ofCause.get(cause);
    // A storm lasts from its first story on; another thread begins another one.
    if (latest === undefined || (latest.thread !== thread && latest.at <= at)) this.#ofCause.set(cause, { thread, at });
  }

  /** It is not told, so that its criterion does not flap by it. */
  left(story: Story): void {
    const criterion = criterionOf(story);
    const seen = this.#ofCriterion.get(criterion);
    seen?.delete(story.id);
    if (seen?.size === 0) this.#ofCriterion.delete(criterion);
  }

  forget(story: Story): void {
    this.left(story);
    const cause = this.#causeOf(story);
    if (this.#ofCause.get(cause)?.thread === story.id) this.#ofCause.delete(cause);
  }

  /** How many times the criterion has failed within the hour that ends with the beginning of this story. */
  timesOf(story: Story): number {
    return this.#lately(story).length + 1;
  }

  #lately(story: Story): Place[] {
    const at = this.#at(story);
    return [...(this.#ofCriterion.get(criterionOf(story)) ?? [])]
      .filter(([id, before]) => id !== story.id && before.at <= at && before.at > at - FLAPPING_MS)
      .map(([, before]) => before);
  }

  #flapping(story: Story): string | undefined {
    const lately = this.#lately(story);
    if (lately.length < FLAPPING_COUNT - 1) return undefined;
    const { thread } = lately.reduce((latest, each) => (each.at >= latest.at ? each : latest));
    return this.#options.takes(thread, story, 'Flapping') ? thread : undefined;
  }

  #storm(story: Story): string | undefined {
    const latest = this.#ofCause.get(this.#causeOf(story));
    if (latest === undefined || Math.abs(this.#at(story) - latest.at) >= STORM_MS) return undefined;
    return this.#options.takes(latest.thread, story, 'Storm') ? latest.thread : undefined;
  }

  /** What is taken for the cause: a source that does not answer, or else the service. */
  #causeOf(story: Story): string {
    const ofService = `service ${story.namespace}/${story.service}`;
    const source = sourceOf(story, this.#options.describe);
    if (source === undefined) return ofService;
    return this.#options.isForEachService ? `${ofService}, ${source}` : source;
  }

  #at({ addressed, since }: Story): number {
    return addressed[this.#options.audience]?.at ?? since;
  }
}

/** Of one service: a criterion may be given to another one. */
const criterionOf = ({ namespace, service, criterion = '' }: Story): string => `${namespace}/${service}/${criterion}`;

function sourceOf({ unknownReason, namespace, criterion = '' }: Story, describe: Describe): string | undefined {
  if (unknownReason !== 'SourceUnreachable') return undefined;
  const sources = sourceNamesIn(describe(namespace, criterion)?.evidence ?? []);
  return sources.length === 0 ? undefined : `source ${[...new Set(sources)].sort().join(' ')}`;
}
