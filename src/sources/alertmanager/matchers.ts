/** A demand on one label of an alert. A label that an alert lacks has the empty value. */
export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** What was written as matchers, or which of them is none and why. */
export type WrittenMatchers =
  | { readonly kind: 'Matchers'; readonly matchers: readonly Matcher[] }
  | { readonly kind: 'NotMatchers'; readonly message: string };

const FORM = /^([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)"(.*)"$/;
/** All up to the end without a quote that stands alone, and without a backslash that would take the closing one. */
const INSIDE = /^(?:[^"\\]|\\.)*$/;
const NOT_THE_FORM = 'is not a label, one of = != =~ !~, and a value in double quotes';

/** Reads matchers as Alertmanager does; the message of a refusal counts them from 1. */
export function matchersOf(texts: readonly string[]): WrittenMatchers {
  const matchers: Matcher[] = [];
  for (const text of texts) {
    const found = matcherOf(text);
    if (typeof found === 'string') return { kind: 'NotMatchers', message: `matcher ${matchers.length + 1} ${found}` };
    matchers.push(found);
  }
  return { kind: 'Matchers', matchers };
}

function matcherOf(text: string): Matcher | string {
  const [, label, op, inside] = FORM.exec(text) ?? [];
  if (label === undefined || op === undefined || inside === undefined) return NOT_THE_FORM;
  if (!inside.isWellFormed()) return 'is not well-formed text';
  if (!INSIDE.test(inside)) return 'has a double quote in its value that needs a backslash before it';
  return { label, op: op as Matcher['op'], value: unquoted(inside) };
}

/**
 * The value between the quotes: `\\`, `\"` and `\n` stand for one character; before any other a backslash is just that, as in `\d`.
 * So Alertmanager has always read it, and does where its two ways of reading differ.
 */
function unquoted(inside: string): string {
  return inside.replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

/** The matcher as Alertmanager, in both its ways of reading, and PromQL understand it alike. */
export function matcherText({ label, op, value }: Matcher): string {
  return `${label}${op}"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
