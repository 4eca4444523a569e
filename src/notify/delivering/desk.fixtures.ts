import { Desk, type DeskOptions, type Job } from './desk.ts';
import { deliveryOf, wholeOf } from './dispatch.ts';
import { SPEC, START } from '../stories/stories.fixtures.ts';
import type { Story } from '../stories/story.ts';
import { type Thread, threadAfter } from './thread.ts';

/** A platform that can do everything. */
export const CHAT = { edits: true, threads: true, files: true, once: true };
/** One that only takes more messages. */
export const PLAIN = { edits: false, threads: false, files: false, once: false };

/** A desk with a platform at which everything arrives, at a time that the test sets. */
export class Office {
  now = START;
  readonly sent: string[] = [];
  readonly jobs: Job[] = [];
  readonly desk: Desk;
  readonly threads = new Map<string, Thread>();
  readonly #options: DeskOptions;

  constructor(changed: Partial<DeskOptions> = {}) {
    this.#options = { audience: 'internal', abilities: CHAT, describe: () => SPEC, threads: [], ...changed };
    this.desk = new Desk(this.#options);
  }

  offer(...stories: Story[]): void {
    for (const story of stories) this.desk.offer(story);
  }

  /** Sends what is due at `at`; answers it as `Post title`. */
  sendAt(at: number): string[] {
    this.now = at;
    const before = this.sent.length;
    for (let job = this.desk.next(at); typeof job === 'object'; job = this.desk.next(at)) this.#send(job);
    return this.sent.slice(before);
  }

  /** Sends all that is ever due until `until`, each at its time. */
  sendUntil(until: number): string[] {
    const before = this.sent.length;
    for (;;) {
      this.sendAt(this.now);
      const wait = this.desk.next(this.now);
      if (typeof wait !== 'number' || this.now + wait > until) break;
      this.now += wait;
    }
    this.now = until;
    return this.sent.slice(before);
  }

  #send(job: Job): void {
    const { audience } = this.#options;
    const delivery = deliveryOf(job, { ...this.#options, channel: 'c' });
    this.jobs.push(job);
    this.sent.push(
      `${job.isResent === true ? 'Again' : job.action} ${delivery.card.title}${delivery.card.facts.length === 0 ? ` | ${delivery.card.paragraphs.join('|').replace(/^\S+ /gm, '')}` : ''}`,
    );
    if (job.isResent === true) {
      this.desk.resent(job.threadId, this.now);
      return;
    }
    const ended = job.stories.every((story) => story.ended !== undefined);
    const body = {
      id: delivery.id,
      channel: 'c',
      audience,
      story: job.threadId,
      action: job.action,
      at: this.now,
      ended,
      phase: 'Delivered' as const,
    };
    const root = this.#options.abilities.edits ? { message: `m${this.sent.length}` } : {};
    const thread = threadAfter(this.desk.thread(job.threadId), wholeOf({ ...body, ...root }, job.stories, job.states));
    this.threads.set(thread.id, thread);
    this.desk.moved(thread);
  }
}
