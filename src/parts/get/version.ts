/** Which versions will do: `atLeast` and upwards, but not `below` or upwards. Either may be missing. */
export interface Bounds {
  readonly atLeast?: string;
  readonly below?: string;
}

/** The first version that a text names, such as what a program prints for `--version`. */
export function versionIn(text: string): string | undefined {
  return /\d+\.\d+(?:\.\d+)?/.exec(text)?.[0];
}

/** Whether a version lies within the bounds; numbers are compared as numbers, and missing ones are zero. */
export function fits(version: string, { atLeast, below }: Bounds): boolean {
  if (atLeast !== undefined && compare(version, atLeast) < 0) return false;
  return below === undefined || compare(version, below) < 0;
}

/** The bounds as people say them. */
export function boundsText({ atLeast, below }: Bounds): string {
  const texts = [atLeast === undefined ? undefined : `at least ${atLeast}`, below === undefined ? undefined : `below ${below}`];
  return texts.filter((text) => text !== undefined).join(' and ') || 'any version';
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (const place of [0, 1, 2]) {
    const difference = (left?.[place] ?? 0) - (right?.[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
