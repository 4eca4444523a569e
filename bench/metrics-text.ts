/** A histogram: how many observations were at most so large, by bound; the last bound is infinite. */
export type Histogram = readonly { readonly bound: number; readonly count: number }[];

/** The buckets of a histogram without labels. */
export function histogramIn(text: string, name: string): Histogram {
  return linesOf(text, `${name}_bucket`).map((line) => {
    const bound = /le="([^"]+)"/.exec(line)?.[1] ?? '';
    return { bound: bound === '+Inf' ? Infinity : Number(bound), count: valueOf(line) };
  });
}

/** What was observed between two readings of a histogram. */
export function between(before: Histogram, after: Histogram): Histogram {
  return after.map(({ bound, count }, index) => ({ bound, count: count - (before[index]?.count ?? 0) }));
}

/** What was observed in both. */
export function together(one: Histogram, other: Histogram): Histogram {
  return one.map(({ bound, count }, index) => ({ bound, count: count + (other[index]?.count ?? 0) }));
}

/** The quantile as `histogram_quantile` has it: linear within its bucket, and the highest finite bound beyond it; NaN of none. */
export function quantileOf(histogram: Histogram, q: number): number {
  const all = histogram.at(-1)?.count ?? 0;
  const rank = all * q;
  const index = histogram.findIndex(({ count }) => count >= rank);
  const bucket = histogram[index];
  if (all === 0 || bucket === undefined) return Number.NaN;
  const below = histogram[index - 1] ?? { bound: 0, count: 0 };
  if (bucket.bound === Infinity) return below.bound;
  return below.bound + ((bucket.bound - below.bound) * (rank - below.count)) / Math.max(1, bucket.count - below.count);
}

function linesOf(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

const valueOf = (line: string): number => Number(line.slice(line.lastIndexOf(' ') + 1));
