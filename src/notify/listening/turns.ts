/** Work for many people, at most so much of it at once, and what one of them wants in the order in which it came. */
export interface Turns {
  /** The work never rejects. False where too much waits already: it is not done. */
  add(person: string, work: () => Promise<void>): boolean;
  /** Resolves when nothing is being done, and nothing waits. */
  idle(): Promise<void>;
}

export interface TurnsOptions {
  readonly atOnce: number;
  /** How much of one person, and of all, may wait. */
  readonly waitingOfOne: number;
  readonly waiting: number;
}

type Work = () => Promise<void>;

/** Whoever waits gets one turn after the other: nobody's hundred questions are in the way of the one of somebody else. */
export function newTurns({ atOnce, waitingOfOne, waiting }: TurnsOptions): Turns {
  const queues = new Map<string, Work[]>();
  const running = new Map<string, Promise<void>>();

  const run = async (person: string, work: Work): Promise<void> => {
    await work();
    running.delete(person);
    next();
  };

  const next = (): void => {
    const person = [...queues.keys()].find((waits) => !running.has(waits));
    if (person === undefined || running.size >= atOnce) return;
    const [work, ...later] = queues.get(person) ?? [];
    // Behind everybody else.
    queues.delete(person);
    if (later.length > 0) queues.set(person, later);
    if (work !== undefined) running.set(person, run(person, work));
    next();
  };

  return {
    add: (person, work) => {
      const queue = queues.get(person) ?? [];
      const all = [...queues.values()].reduce((sum, { length }) => sum + length, 0);
      if (queue.length >= waitingOfOne || all >= waiting) return false;
      queues.set(person, [...queue, work]);
      next();
      return true;
    },
    idle: async () => {
      while (running.size > 0) await Promise.race(running.values());
    },
  };
}
