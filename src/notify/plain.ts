import { cut } from '../domain/cut.ts';

/*
 * Texts of strangers before an encoder sees them: without characters that steer a terminal, a screen or the direction of reading.
 * What is markup differs from platform to platform and is the encoder's business.
 */

// Joiners belong to words of several languages and to emoji; every other character without a shape of its own goes.
const JOINERS = new Set(['\u200c', '\u200d']);
const LINE_BREAKS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;

/** A text on one line: no control or format characters, no lone surrogates, blanks in one piece. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Cf}/gu, (sign) => (JOINERS.has(sign) ? sign : ''))
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
}

/** The lines of a text, each as `oneLine` makes it; never two empty ones in a row, none at the ends. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(LINE_BREAKS).map(oneLine);
  const wanted = lines.filter((line, at) => line !== '' || (at > 0 && lines[at - 1] !== ''));
  return wanted.at(-1) === '' ? wanted.slice(0, -1) : wanted;
}

const LONGEST_ADDRESS = 2_000;

/** A link as a browser reads it; undefined for what is not a plain http or https address. */
export function webAddress(url: string): string | undefined {
  const read = URL.parse(url);
  if (read === null || !['http:', 'https:'].includes(read.protocol)) return undefined;
  if (read.username !== '' || read.password !== '' || read.href.length > LONGEST_ADDRESS) return undefined;
  return read.href;
}

const LONGEST_FILE_NAME = 255;

/** A name for a file that is one on every machine, and leads nowhere. */
export function fileName(name: string): string {
  const plain = cut(oneLine(name).replace(/[/\\:*?"<>|]/g, '_'), LONGEST_FILE_NAME);
  return /^\.*$/.test(plain) ? 'file' : plain;
}
