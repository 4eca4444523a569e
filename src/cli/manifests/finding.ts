export type FindingSeverity = 'error' | 'warning';

/** One mistake, or one thing to think about, in a file. */
export interface Finding {
  readonly file: string;
  /** Counted from 1, as editors do; so is the column. */
  readonly line: number;
  readonly column?: number;
  /** The field as kubectl writes it; empty where the file itself is meant. */
  readonly path: string;
  /** What is wrong, and what to write instead. */
  readonly message: string;
  readonly severity: FindingSeverity;
}

/** Findings in the order in which a reader comes across them. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => compare(a.file, b.file) || a.line - b.line || (a.column ?? 0) - (b.column ?? 0));
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Writes findings for people, one a line: `file:line: field: what is wrong and what to write instead`. */
export function printFindings(findings: readonly Finding[], write: (line: string) => void): void {
  for (const { file, line, path, message, severity } of findings) {
    const field = path === '' ? '' : `${path}: `;
    write(`${file}:${line}: ${severity === 'warning' ? 'warning: ' : ''}${field}${message}`);
  }
}
