import type { Clock } from '../platform/clock.ts';
import { AssayError } from '../platform/errors.ts';

/** Asks the same question once: for all who ask while it runs, and for those who ask soon after. */
export interface Sharing<T> {
  /** Rejects when `signal` aborts; the question itself is given up only when everybody who asked it has. */
  ask(key: string, run: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Forgets what was answered; what runs goes on. */
  forget(): void;
}

/** How long answers are kept, and how many: `maxWeight` bounds the sum of `weightOf`, and a weight of 0 is not kept at all. */
export interface SharingOptions<T> {
  readonly clock: Clock;
  readonly keepMs: number;
  readonly maxWeight: number;
  weightOf(answer: T): number;
}

interface Entry<T> {
  readonly answer: Promise<T>;
  readonly controller: AbortController;
  askers: number;
  done?: { readonly at: number; readonly weight: number };
}

/** Makes a sharing with nothing in it. */
export function newSharing<T>(options: SharingOptions<T>): Sharing<T> {
  const entries = new Map<string, Entry<T>>();
  const kept = newKept<T>(entries, options);

  const start = (key: string, run: (signal: AbortSignal) => Promise<T>): Entry<T> => {
    const controller = new AbortController();
    const entry: Entry<T> = { answer: run(controller.signal), controller, askers: 0 };
    const drop = (): void => {
      if (entries.get(key) === entry) entries.delete(key);
    };
    entry.answer.then((answer) => {
      const weight = options.weightOf(answer);
      entry.done = { at: options.clock.now(), weight };
      if (weight === 0) drop();
      else kept.add(key, entry);
    }, drop);
    entries.set(key, entry);
    return entry;
  };

  return {
    ask: async (key, run, signal) => {
      if (signal.aborted) throw givenUp();
      kept.prune();
      const entry = entries.get(key) ?? start(key, run);
      entry.askers += 1;
      try {
        return await unlessAborted(entry.answer, signal);
      } finally {
        entry.askers -= 1;
        if (entry.askers === 0 && entry.done === undefined) {
          // Nobody waits any more; whoever asks from now on starts anew.
          if (entries.get(key) === entry) entries.delete(key);
          entry.controller.abort();
        }
      }
    },
    forget: () => {
      kept.forget();
    },
  };
}

interface Kept<T> {
  add(key: string, entry: Entry<T>): void;
  /** Deletes what is too old and, oldest first, what is too much; looks at nothing else. */
  prune(): void;
  forget(): void;
}

/** Answers in the order in which they came, out of `entries`. */
function newKept<T>(entries: Map<string, Entry<T>>, { clock, keepMs, maxWeight }: SharingOptions<T>): Kept<T> {
  const inOrder = new Map<Entry<T>, string>();
  let weight = 0;
  const remove = (key: string, entry: Entry<T>): void => {
    inOrder.delete(entry);
    weight -= entry.done?.weight ?? 0;
    if (entries.get(key) === entry) entries.delete(key);
  };
  const prune = (): void => {
    const oldest = clock.now() - keepMs;
    for (const [entry, key] of inOrder) {
      if ((entry.done?.at ?? 0) > oldest && weight <= maxWeight) return;
      remove(key, entry);
    }
  };
  return {
    add: (key, entry) => {
      inOrder.set(entry, key);
      weight += entry.done?.weight ?? 0;
      prune();
    },
    prune,
    forget: () => {
      for (const [entry, key] of inOrder) remove(key, entry);
    },
  };
}

function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(givenUp());
    signal.addEventListener('abort', abort);
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const givenUp = (): AssayError => new AssayError('SOURCE_UNREACHABLE', 'the read was given up before the answer came');
