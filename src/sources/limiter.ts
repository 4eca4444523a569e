import { AssayError } from '../platform/errors.ts';

/** Lets a bounded number of pieces of work run at once; others wait in order, each until its signal aborts. */
export interface Limiter {
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** Makes a limiter; work that comes when `maxWaiting` pieces wait already is refused at once. */
export function newLimiter(maxRunning: number, maxWaiting: number): Limiter {
  const waiting = new Set<() => void>();
  let running = 0;

  const enter = (signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return Promise.reject(givenUp());
    if (running < maxRunning) {
      running += 1;
      return Promise.resolve();
    }
    if (waiting.size >= maxWaiting) return Promise.reject(new AssayError('SOURCE_UNREACHABLE', 'too many reads wait already'));
    return new Promise((resolve, reject) => {
      const leaveQueue = (): void => {
        waiting.delete(start);
        signal.removeEventListener('abort', abort);
      };
      const start = (): void => {
        leaveQueue();
        resolve();
      };
      const abort = (): void => {
        leaveQueue();
        reject(givenUp());
      };
      waiting.add(start);
      signal.addEventListener('abort', abort);
    });
  };

  // The place of what ends goes to the first that waits, so nobody overtakes.
  const leave = (): void => {
    const [first] = waiting;
    if (first === undefined) running -= 1;
    else first();
  };

  return {
    run: async (work, signal) => {
      await enter(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

const givenUp = (): AssayError => new AssayError('SOURCE_UNREACHABLE', 'the read was given up while it waited for its turn');
