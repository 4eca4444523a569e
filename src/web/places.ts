/** Bounds how many are at something at once. */
export interface Places {
  take(): boolean;
  leave(): void;
}

/** Makes them, all free. */
export function newPlaces(most: number): Places {
  let taken = 0;
  return { take: () => taken < most && ++taken > 0, leave: () => void (taken -= 1) };
}
