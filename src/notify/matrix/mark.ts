/** How far a channel has listened, for the next run of the operator: everything up to there was answered, or needs no answer. */
export interface Mark {
  begin(id: string, at: number): void;
  /** It was answered. What was begun and not ended is heard again by the next run. */
  end(id: string): void;
  /** Resolves when what is known is kept. */
  settled(): Promise<void>;
}

/** `keep` gets times in milliseconds that only grow, one after the other. */
export function newMark(since: number, keep: (until: number) => Promise<void>): Mark {
  const open = new Map<string, number>();
  let [newest, told] = [since, since];
  let keeping = Promise.resolve();
  return {
    begin: (id, at) => void open.set(id, at),
    end: (id) => {
      newest = Math.max(newest, open.get(id) ?? since);
      open.delete(id);
      // Questions are answered side by side, so that a later one may be answered before an earlier one.
      const until = Math.min(newest, ...[...open.values()].map((at) => at - 1));
      if (until <= told) return;
      told = until;
      keeping = keeping.then(() => keep(until));
    },
    settled: () => keeping,
  };
}
