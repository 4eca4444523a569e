/** Something that is had by several at once. */
export interface Held<T> {
  readonly value: T;
  /** To be called once: whoever lets go last closes it. */
  release(): Promise<void>;
}

/** What listeners of several channels have together, by name. */
export interface Shared {
  /** Takes what somebody else has already, or opens it. A name belongs to one type. */
  take<T extends { close(): Promise<void> }>(name: string, open: () => T): Held<T>;
}

/** Makes it, with nothing in it. */
export function newShared(): Shared {
  const held = new Map<string, { readonly value: unknown; holders: number }>();
  return {
    take: <T extends { close(): Promise<void> }>(name: string, open: () => T): Held<T> => {
      const entry = held.get(name) ?? { value: open(), holders: 0 };
      held.set(name, entry);
      entry.holders += 1;
      const value = entry.value as T;
      const release = async (): Promise<void> => {
        entry.holders -= 1;
        if (entry.holders > 0) return;
        held.delete(name);
        await value.close();
      };
      return { value, release };
    },
  };
}
