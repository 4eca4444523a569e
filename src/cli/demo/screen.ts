import { stripVTControlCharacters, styleText } from 'node:util';

import type { Clock } from '../../platform/clock.ts';

/** What the demo writes to: as wide as `columns` (0: not known); `live` if a line can be written anew, as only a terminal can. */
export interface Terminal {
  readonly write: (text: string) => void;
  readonly columns: number;
  readonly live: boolean;
  readonly colours: boolean;
}

type Style = Parameters<typeof styleText>[0];

const WIDEST_COLUMNS = 100;
const TICK_MS = 1000;
const ERASE_LINE = '\r\u001b[2K';

/** Tells the story: short paragraphs, commands with what they print, what is waited for, what was seen. */
export class Screen {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #width: number;

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#width = Math.min(terminal.columns || WIDEST_COLUMNS, WIDEST_COLUMNS);
  }

  heading(text: string): void {
    this.#line(`\n${this.#styled('bold', text)}`);
  }

  paragraph(text: string): void {
    for (const line of wrap(text, this.#width)) this.#line(line);
  }

  /** Less weighty than a paragraph: progress, and the end of a log. */
  aside(text: string): void {
    for (const line of wrap(text, this.#width, '  ')) this.#line(this.#styled('dim', line));
  }

  seen(text: string): void {
    this.#marked(this.#styled('green', '✓'), text);
  }

  failed(text: string): void {
    this.#marked(this.#styled('red', '✗'), text);
  }

  /** Rows of cells, each column as wide as its widest cell. */
  rows(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    for (const row of rows) {
      const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
      this.#line(`  ${cells.join('  ')}`.trimEnd());
    }
  }

  /** A command line, and what it printed, untouched. */
  command(line: string, output: string): void {
    this.#line(this.#styled('cyan', `$ ${line}`));
    this.#line(output.trimEnd());
  }

  /** Says what is waited for; in a terminal the seconds pass, and the line is gone once `work` has ended. */
  async waiting<T>(what: string, work: Promise<T>): Promise<T> {
    const { live, write } = this.#terminal;
    if (!live) {
      this.#line(`… ${what}`);
      return work;
    }
    const from = this.#clock.now();
    let cancel = (): void => undefined;
    const tick = (): void => {
      const line = `… ${what} (${secondsText(this.#clock.now() - from)})`;
      write(`${ERASE_LINE}${this.#styled('dim', line.slice(0, this.#width - 1))}`);
      cancel = this.#clock.after(TICK_MS, tick);
    };
    tick();
    try {
      return await work;
    } finally {
      cancel();
      write(ERASE_LINE);
    }
  }

  #marked(mark: string, text: string): void {
    const [first = '', ...others] = wrap(text, this.#width - 2);
    this.#line(`${mark} ${first}`);
    for (const line of others) this.#line(`  ${line}`);
  }

  #styled(style: Style, text: string): string {
    return this.#terminal.colours ? styleText(style, text, { validateStream: false }) : text;
  }

  #line(text: string): void {
    this.#terminal.write(`${this.#terminal.live ? ERASE_LINE : ''}${text}\n`);
  }
}

/** A length of time for people, in whole seconds. */
export function secondsText(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

/** Breaks a text at its spaces into lines of at most `width` characters; a longer word stands alone. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  // What comes from other programs must not move the cursor.
  for (const word of stripVTControlCharacters(text).split(/\s+/)) {
    const longer = line === '' ? `${indent}${word}` : `${line} ${word}`;
    if (longer.length <= width || line === '') {
      line = longer;
    } else {
      lines.push(line);
      line = `${indent}${word}`;
    }
  }
  return [...lines, line];
}
