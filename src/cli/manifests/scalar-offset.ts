import type { Scalar } from 'yaml';

/**
 * Finds in a YAML text where a character of a scalar's value stands. Folding and indentation change only white space, so the
 * n-th visible character of the value is the n-th visible character of its source.
 * @param offset position in the value; at white space, or at its end, the place after the visible character before it
 */
export function sourceOffset(text: string, scalar: Scalar, offset: number): number {
  const [from, to] = scalar.range ?? [0, 0];
  const value = String(scalar.value);
  const before = value.slice(0, offset).replaceAll(/\s/g, '').length;
  const isVisible = /\S/.test(value[offset] ?? ' ');
  const start = contentStart(text, scalar, from);
  const visible = visibleCharacters(text.slice(start, to), scalar.type);
  const isAfter = !isVisible && before > 0;
  const found = visible[isAfter ? before - 1 : before];
  return found ? start + (isAfter ? found.to : found.from) : from;
}

function contentStart(text: string, scalar: Scalar, from: number): number {
  if (isQuoted(scalar.type)) return from + 1;
  // The header of a block scalar (`|-`, `>`) may hold an indicator and a comment; the content begins on the next line.
  return isBlock(scalar.type) ? text.indexOf('\n', from) + 1 : from;
}

const isQuoted = (type: Scalar['type']): boolean => type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE';
const isBlock = (type: Scalar['type']): boolean => type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED';

const ESCAPED = /\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[^])|\S/gi;
const ESCAPED_SPACE = /^\\[ \t\r\nntr_NLP]$/;

interface Span {
  readonly from: number;
  readonly to: number;
}

function visibleCharacters(source: string, type: Scalar['type']): Span[] {
  if (type === 'QUOTE_SINGLE') return spans(source, /''|\S/g);
  if (type === 'QUOTE_DOUBLE')
    return spans(source, ESCAPED).filter(({ from, to }) => !ESCAPED_SPACE.test(source.slice(from, to)));
  return spans(source, /\S/g);
}

const spans = (source: string, token: RegExp): Span[] =>
  [...source.matchAll(token)].map((match) => ({ from: match.index, to: match.index + match[0].length }));
