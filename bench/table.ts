import { cpus, release } from 'node:os';

/** A figure that was measured: its median over the rounds, how far the rounds spread, and what it should be. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly spread?: string;
  readonly target?: { readonly text: string; readonly met: boolean };
}

/** A figure of several rounds that should be at most so large. */
export function figure(name: string, rounds: readonly number[], options: FigureOptions): Figure {
  const sorted = [...rounds].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const value = ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
  const { digits = 2, unit = '', atMost } = options;
  const text = (number: number): string => `${number.toFixed(digits)}${unit}`;
  return {
    name,
    value: text(value),
    ...(rounds.length < 2 ? {} : { spread: `${text(sorted[0] ?? 0)} to ${text(sorted.at(-1) ?? 0)}` }),
    ...(atMost === undefined ? {} : { target: { text: `at most ${atMost}${unit}`, met: value <= atMost } }),
  };
}

/** How a figure is written, and its target. */
export interface FigureOptions {
  readonly digits?: number;
  readonly unit?: string;
  readonly atMost?: number;
}

/** Lines of cells as a table with aligned columns. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Figures, one a line, each with its target and whether it was met. */
export function figuresTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, spread = '', target }) => {
    return [name, value, spread, target?.text ?? '', target === undefined ? '' : target.met ? 'met' : 'MISSED'];
  });
  return tableOf([['figure', 'median', 'rounds', 'target', ''], ...rows]);
}

/** What a figure was measured on. */
export function machine(): string {
  const all = cpus();
  return `${all.length} CPUs (${all[0]?.model.trim() ?? 'unknown'}), Linux ${release()}, Node ${process.version}`;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Progress, which is no part of the result. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
