/** A stretch of a query and what stands there instead; `matcher` stands for the matcher of the family. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string | typeof matcher;
}

/** Where the family's matcher stands in its query. */
export const matcher = Symbol('matcher');

// No query that was parsed holds it.
const MARK = '\0';

/** The query with these edits and without the values: equal for queries that are one family. The edits don't overlap. */
export function familyTemplate(query: string, label: string, edits: readonly Edit[]): string {
  let [text, end] = [`${label}${MARK}`, 0];
  for (const edit of [...edits].sort((a, b) => a.from - b.from)) {
    text += query.slice(end, edit.from) + (edit.text === matcher ? MARK : edit.text);
    end = edit.to;
  }
  return text + query.slice(end);
}

/** The query that asks for all these values at once. */
export function familyQuery(template: string, values: readonly string[]): string {
  const [label = '', ...pieces] = template.split(MARK);
  const alternatives = [...new Set(values)].map((value) => value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')).join('|');
  // Of a text without control characters JSON escapes what a string in PromQL needs escaped: quotes and backslashes.
  return pieces.join(`${label}=~${JSON.stringify(alternatives)}`);
}

/**
 * The value of a string literal as both `=` and a pattern can ask for it; undefined for an escape other than of a backslash or the
 * quote, for control characters, and for what may stand for a byte that is no UTF-8, which a pattern takes for U+FFFD.
 */
export function plainValue(literal: string): string | undefined {
  const [quote, body] = [literal.slice(0, 1), literal.slice(1, -1)];
  if (literal.length < 2 || !literal.endsWith(quote)) return undefined;
  const value = quote === '`' ? body : unescaped(body, quote);
  return value === undefined || /[\p{Cc}\p{Cs}\uFFFD]/u.test(value) ? undefined : value;
}

function unescaped(body: string, quote: string): string | undefined {
  const escapes = body.match(/\\.?/gsu) ?? [];
  if (!escapes.every((escape) => escape === '\\\\' || escape === `\\${quote}`)) return undefined;
  return body.replace(/\\(.)/gsu, '$1');
}
