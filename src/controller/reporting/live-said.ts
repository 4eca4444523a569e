import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { WorkQueue } from '../../kube/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { LogBooks } from '../keeping/log-books.ts';
import { serviceKey, serviceOf } from '../service-key.ts';
import { newSaidBooks, type Said, type SaidBook, saidIn } from './report-said.ts';

export interface LiveSaidOptions {
  readonly store: Pick<EvidenceStore, 'read'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when something was said in a service that its live reports may show. */
  readonly onSaid: (service: ServiceName) => void;
}

/** What was said, and how often something had been said when that was read. */
interface Held {
  readonly said: Said;
  readonly times: number;
}

/** Holds what people said in each service, read beside judging, which never waits for the log. */
export class LiveSaid {
  readonly #onSaid: LiveSaidOptions['onSaid'];
  readonly #books: LogBooks<SaidBook>;
  readonly #queue: WorkQueue;
  /** By service; undefined until it is read. */
  readonly #held = new Map<string, Held | undefined>();

  constructor({ store, clock, log, onSaid }: LiveSaidOptions) {
    this.#onSaid = onSaid;
    this.#books = newSaidBooks(store);
    this.#queue = new WorkQueue({ clock, log, work: (key) => this.#read(key) });
  }

  /** The same object as long as nothing is said; undefined until the log is read, which begins now and ends with `onSaid`. */
  of(service: ServiceName): Said | undefined {
    const key = serviceKey(service);
    if (!this.#held.has(key)) {
      this.#held.set(key, undefined);
      this.#queue.add(key);
    }
    return this.#held.get(key)?.said;
  }

  /** Something new is on record of a service. Never waits, never throws. */
  changed(service: ServiceName): void {
    const key = serviceKey(service);
    // What nobody asked for is read when somebody does.
    if (this.#held.has(key)) this.#queue.add(key);
  }

  stop(graceMs: number): Promise<void> {
    return this.#queue.stop(graceMs);
  }

  async #read(key: string): Promise<void> {
    const book = await this.#books.of(serviceOf(key));
    if (book.times === this.#held.get(key)?.times) return;
    this.#held.set(key, { said: saidIn(book), times: book.times });
    this.#onSaid(serviceOf(key));
  }
}
