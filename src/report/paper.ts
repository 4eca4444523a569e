import type PDFDocument from 'pdfkit';

import type { Fonts } from './font-files.ts';
import { NOT_SHOWN, printable } from './printable.ts';

type Pdf = InstanceType<typeof PDFDocument>;

export interface PaperOptions {
  /** Stands in the properties of the file and at the foot of each page. */
  readonly title: string;
  /** Milliseconds since 1970-01-01T00:00:00Z: when the file says it was made. */
  readonly at: number;
}

/** A document that is written from top to bottom. Every text is only text, whatever it holds. */
export interface Paper {
  title(text: string): void;
  heading(text: string): void;
  /** A line in bold, which stays with the paragraph behind it. */
  label(text: string): void;
  paragraph(text: string): void;
  /** Small: digests, notes. */
  small(text: string): void;
  facts(facts: readonly (readonly [name: string, value: string])[]): void;
  /** Whether a character stood for another one so far. */
  readonly hasLeftOut: boolean;
}

const SIZES = { title: 18, heading: 13, text: 10, small: 7.5 } as const;
const MARGIN = 56;
const FACT_NAME_WIDTH = 110;
const GREY = '#555555';

/** The bytes of a PDF: the same for the same input. */
export async function writePaper({ title, at }: PaperOptions, write: (paper: Paper) => Promise<void>): Promise<Uint8Array> {
  // Loaded when the first document is made: most operators never make one.
  const [{ default: Document }, { readFonts }] = await Promise.all([import('pdfkit'), import('./font-files.ts')]);
  const fonts = await readFonts();
  const pdf = new Document({
    ...{ size: 'A4', margin: MARGIN, bufferPages: true, lang: 'en', displayTitle: true },
    // Never one of the standard fonts: their metrics are files that a bundle does not have.
    font: fonts.regular as unknown as string,
    info: { Title: title.toWellFormed(), Producer: 'Assay', Creator: 'Assay', CreationDate: new Date(at) },
  });
  const chunks: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    pdf.once('end', resolve).once('error', reject);
  });
  const page = new Page(pdf, fonts);
  await write(page);
  page.number(title);
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

type Weight = keyof Fonts;

class Page implements Paper {
  readonly #pdf: Pdf;
  readonly #fonts: Fonts;
  #hasLeftOut = false;

  constructor(pdf: Pdf, fonts: Fonts) {
    this.#pdf = pdf;
    this.#fonts = fonts;
  }

  get hasLeftOut(): boolean {
    return this.#hasLeftOut;
  }

  title(text: string): void {
    this.#set('bold', SIZES.title).text(this.#shown(text)).moveDown(0.5);
  }

  heading(text: string): void {
    this.#keepTogether(4);
    this.#set('bold', SIZES.heading).moveDown(0.7).text(this.#shown(text)).moveDown(0.3);
  }

  label(text: string): void {
    this.#keepTogether(3);
    this.#set('bold', SIZES.text).text(this.#shown(text));
  }

  paragraph(text: string): void {
    this.#set('regular', SIZES.text).text(this.#shown(text), { lineGap: 2 }).moveDown(0.5);
  }

  small(text: string): void {
    this.#set('regular', SIZES.small).fillColor(GREY).text(this.#shown(text), { lineGap: 1 });
  }

  facts(facts: readonly (readonly [name: string, value: string])[]): void {
    for (const [name, value] of facts) {
      this.#keepTogether(2);
      const { y } = this.#pdf;
      this.#set('bold', SIZES.text).text(this.#shown(name), MARGIN, y, { width: FACT_NAME_WIDTH });
      const width = this.#pdf.page.width - 2 * MARGIN - FACT_NAME_WIDTH;
      this.#set('regular', SIZES.text).text(this.#shown(value), MARGIN + FACT_NAME_WIDTH, y, { width });
      this.#pdf.x = MARGIN;
    }
  }

  /** Writes its number at the foot of each page, once all are there. */
  number(title: string): void {
    const { start, count } = this.#pdf.bufferedPageRange();
    for (let index = start; index < start + count; index += 1) {
      this.#pdf.switchToPage(index);
      // What stands in the margin would else begin a new page.
      this.#pdf.page.margins.bottom = 0;
      this.#set('regular', SIZES.small).fillColor(GREY);
      const foot = this.#shown(`${title} · page ${index + 1} of ${count}`);
      this.#pdf.text(foot, MARGIN, this.#pdf.page.height - MARGIN / 2 - SIZES.small, { lineBreak: false });
    }
  }

  #set(weight: Weight, size: number): Pdf {
    return this.#pdf.font(this.#fonts[weight], size).fillColor('black');
  }

  /** In the font that is set. */
  #shown(text: string): string {
    const { _font } = this.#pdf as unknown as { _font: { font: { hasGlyphForCodePoint(codePoint: number): boolean } } };
    const shown = printable(text, (codePoint) => _font.font.hasGlyphForCodePoint(codePoint));
    this.#hasLeftOut ||= shown.includes(NOT_SHOWN);
    return shown;
  }

  /** Begins a new page where not so many lines fit on this one. */
  #keepTogether(lines: number): void {
    const { page, y } = this.#pdf;
    if (y + lines * SIZES.text * 1.4 > page.height - MARGIN) this.#pdf.addPage();
  }
}
