import { linesOf, oneLine } from '../notify/plain.ts';
import { fold } from './fold.ts';

/** A word of a request, or a sign that divides it; `from` and `to` are its place in the text. */
export interface Token {
  readonly kind: 'Word' | 'Sign';
  /** Folded; what comes after an apostrophe is gone. */
  readonly key: string;
  readonly from: number;
  readonly to: number;
  /** Digits with a full stop behind them, as in `47. KW`. */
  readonly isOrdinal?: boolean;
}

export interface Request {
  /** Without the mention of the bot and without signs that nobody sees. */
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** Longest request in UTF-16 units. */
export const LONGEST_TEXT = 2_000;

// Every part is of bounded length or ends at a sign that the next part can not begin with: nothing is read twice.
const SLACK_MENTION = /^<@[\w|.-]{1,80}>[\s,:]*/u;
const NAMED_MENTION = /^(?:@assay(?::[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})?|[!/]?assay)(?:[\s,:]+|$)/iu;

/** A text without the mention that makes it a request; what is too long is not read at all. */
export function requestOf(raw: string): Request {
  const text = withoutMention(linesOf(raw).join('\n'));
  return { text, tokens: tokensOf(text) };
}

function withoutMention(text: string): string {
  return text.replace(SLACK_MENTION, '').replace(NAMED_MENTION, '').trim();
}

const LETTER = String.raw`[\p{L}\p{N}\p{M}\u200c\u200d]`;
const WORD = new RegExp(
  String.raw`[\p{L}\p{N}]${LETTER}*(?:(?:[-_/'’]|(?<=\p{N})[.:](?=\p{N})|(?<=\p{L})\.(?=\p{L}))[\p{L}\p{N}]${LETTER}*)*`,
  'gu',
);
const SIGN = /\.\.|[:：](?!\/)|[;\n()"„“”«»–—-]/gu;
const SIGNS: Readonly<Record<string, string>> = { '：': ':', '–': '-', '—': '-' };
const QUOTES = /["„“”«»]/u;

function tokensOf(text: string): Token[] {
  const words = Array.from(text.matchAll(WORD), (match) =>
    wordAt(match[0], match.index, text.slice(match.index + match[0].length)),
  );
  const free = text.replaceAll(WORD, (word) => ' '.repeat(word.length));
  const signs = Array.from(free.matchAll(SIGN), (match) => signAt(match[0], match.index));
  return [...words, ...signs].sort((a, b) => a.from - b.from);
}

const FULL_STOP = /^\.(?!\.)/;

const wordAt = (text: string, from: number, behind: string): Token => ({
  kind: 'Word',
  key: (fold(text).split("'")[0] ?? '').trim(),
  from,
  to: from + text.length,
  ...(/^\d+$/.test(text) && FULL_STOP.test(behind) && { isOrdinal: true }),
});

const signAt = (sign: string, from: number): Token => ({
  kind: 'Sign',
  key: QUOTES.test(sign) ? '"' : (SIGNS[sign] ?? sign),
  from,
  to: from + sign.length,
});

const WRAPPING = /^[\s:,;"„“”«»'‘’`–—-]+|[\s"„“”«»'‘’`]+$/gu;

/** What stands between two places, without the quotes and dividers around it. */
export function wordsBetween({ text }: Request, from: number, to: number = text.length): string {
  return text.slice(from, to).replace(WRAPPING, '');
}

/** The same on one line. */
export const lineBetween = (request: Request, from: number, to?: number): string => oneLine(wordsBetween(request, from, to));

/** The request with other words in one place. */
export const withInstead = ({ text }: Request, { from, to }: Pick<Token, 'from' | 'to'>, words: string): string =>
  `${text.slice(0, from)}${words}${text.slice(to)}`.trim();
