const MOST_COMPARED = 40;

/**
 * How many letters must be changed, added, left out or swapped with their neighbour to make one word of another; the swap of two
 * neighbours is one, as it is one slip.
 */
export function editDistance(one: string, other: string): number {
  const a = Array.from(one);
  const b = Array.from(other);
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = cell(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(rows, i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(changed, swapped, cell(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1));
    }
    rows.push(row);
  }
  return cell(rows, a.length, b.length);
}

const cell = (rows: readonly (readonly number[])[], row: number, column: number): number => rows[row]?.[column] ?? 0;

export interface Near {
  readonly candidate: string;
  readonly distance: number;
}

/** The words that a slip may have been meant for, the nearest first; the longer a word, the more of it may be wrong. */
export function nearest(word: string, candidates: Iterable<string>, most = 3): readonly Near[] {
  if (word.length > MOST_COMPARED) return [];
  const allowed = slips(word.length);
  return Array.from(new Set(candidates))
    .filter((candidate) => Math.abs(candidate.length - word.length) <= allowed)
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most);
}

/** Of a word of two letters every neighbour is another word. */
const slips = (length: number): number => (length < 3 ? 0 : length < 6 ? 1 : length < 10 ? 2 : 3);
