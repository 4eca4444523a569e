import type { Judged } from './result.ts';

const HEADER = ['CRITERION', 'VERDICT', 'OUTCOME', 'MEASURED', 'MESSAGE'];

/** The results as a table, a criterion a line. */
export function tableOf(judged: readonly Judged[]): string {
  const rows = judged.map(({ result, measured = '-' }) => [
    result.criterion,
    result.verdict,
    result.outcome,
    measured,
    result.message,
  ]);
  return aligned([HEADER, ...rows]);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(printable));
  const widths = HEADER.map((_, column) => Math.max(...clean.map((row) => row[column]?.length ?? 0)));
  return clean
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Text for a terminal: what a source said must not move the cursor or start a line. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, '?');
}
