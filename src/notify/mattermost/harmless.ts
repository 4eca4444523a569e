import { oneLine } from '../plain.ts';

/*
 * Text of strangers in the Markdown of Mattermost. Escapes are no way: server, web and mobile each read Markdown with a parser of their
 * own that knows other escapes, and names, hashtags, emoji and addresses are found after escapes are gone. All of them agree that in a
 * code span nothing is anything (github.com/mattermost/marked, and mattermost/server/public/shared/markdown: mentions are looked for in
 * text nodes only). So words that could be something go into code spans, which shows them exactly as they are, and all others stay words.
 */

// Of ASCII there is left: letters, digits and ! " % ' ( ) , - . / : ; ?
const SIGNS = /[@#~$*_`[\]{}<>|\\&=+^]/;
// Emoji, emoticons and addresses have something behind the colon.
const INNER_COLON = /[:;](?=.)/;
// What ends like a host is made a link if a path follows; `www.` always.
const HOST = /[\p{L}\p{N}-]\.\p{L}{2,}|www\d{0,3}\./iu;
// At the start of a line these begin lists, rules and underlined headings.
const AT_START = /^(\d+[.)]|[!%),\-./:;?].*)$/;
// The parser of the web client makes a line break of this sign before anything else.
const SIGN_FOR_LINE_BREAK = /\u2424/g;

// A time of day is a word all the same.
const TIME = /^["'(]*\d{1,2}:\d{2}[.,!?)"']*$/;
const WRAPPING = /^(["'(„“‚‘«]*)(.*?)([.,!?;:)"'“”’»…]*)$/su;

const isSpecial = (word: string): boolean => SIGNS.test(word) || HOST.test(word) || (INNER_COLON.test(word) && !TIME.test(word));
const isMarker = (word: string, at: number): boolean => at === 0 && AT_START.test(word);

const lineOf = (text: string): string => oneLine(text.replace(SIGN_FOR_LINE_BREAK, ' '));

// A backtick would end the span; this letter looks like one.
const code = (text: string): string => `\`${text.replaceAll('`', 'ˋ')}\``;

/** A piece of a line; what wraps a special word in prose is no part of it. */
interface Piece {
  readonly before: string;
  readonly word: string;
  readonly after: string;
  readonly special: boolean;
}

function pieceOf(word: string, at: number): Piece {
  if (isMarker(word, at)) return { before: '', word, after: '', special: true };
  if (!isSpecial(word)) return { before: '', word, after: '', special: false };
  const [, before = '', inner = '', after = ''] = WRAPPING.exec(word) ?? [];
  return inner === '' ? { before: '', word, after: '', special: true } : { before, word: inner, after, special: true };
}

/** Words that could be something, beside each other, share a span. */
function joined(pieces: readonly Piece[], piece: Piece): readonly Piece[] {
  const last = pieces.at(-1);
  const apart = last === undefined || !last.special || !piece.special || last.after !== '' || piece.before !== '';
  if (apart) return [...pieces, piece];
  return [...pieces.slice(0, -1), { ...last, word: `${last.word} ${piece.word}`, after: piece.after }];
}

/** One line of prose: words that could be something stand in code spans. */
export function prose(text: string): string {
  const pieces = lineOf(text).split(' ').map(pieceOf).reduce(joined, []);
  return pieces.map(({ before, word, after, special }) => before + (special ? code(word) : word) + after).join(' ');
}

/** One value: in a code span as a whole if any part of it could be something, so that it can be copied. */
export function value(text: string): string {
  const line = lineOf(text);
  return line.split(' ').some((word, at) => isSpecial(word) || isMarker(word, at)) ? code(line) : line;
}

/** The words of a link, in which a code span would not protect from brackets: signs are left out. */
export function linkWords(text: string): string {
  const words = lineOf(text).replace(new RegExp(SIGNS, 'g'), ' ').replace(/[:;]/g, ' ');
  return words.replace(/ +/g, ' ').trim();
}

/** An address as the target of a link: what could end it is percent-encoded. */
export function linkTarget(address: string): string {
  return address.replace(/[()[\]\\`|<>"']/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
