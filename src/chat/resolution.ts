import type { Resolution } from './intent.ts';
import { lexiconOf, phraseAt } from './lexicon.ts';
import { type Request, type Token, wordsBetween } from './tokens.ts';
import { RESOLUTION } from './words.ts';

type Part = keyof typeof RESOLUTION;

interface Label {
  readonly part: Part;
  readonly from: number;
  readonly to: number;
}

/** What is said of cause, measures and prevention; `before` is what stands in front of the first of them. */
export interface Resolved {
  readonly resolution: Resolution;
  readonly before?: { readonly from: number; readonly to: number };
}

const labels = lexiconOf(RESOLUTION);

/** Divides a text by the words for its parts; a part that is named twice is a text that speaks of it. */
export function resolutionIn(request: Request, from: number): Resolved {
  const found = labelsIn(request, from);
  const first = found[0]?.from ?? request.text.length;
  const parts = found.flatMap(({ part, to }, index): [Part, string][] => {
    const text = textBetween(request, to, found[index + 1]?.from);
    return text === '' ? [] : [[part, text]];
  });
  const resolution: Resolution = Object.fromEntries(parts);
  return textBetween(request, from, first) === '' ? { resolution } : { resolution, before: { from, to: first } };
}

const textBetween = (request: Request, from: number, to?: number): string =>
  wordsBetween(request, from, to).replace(/[\s;,]+$/u, '');

function labelsIn(request: Request, from: number): Label[] {
  const tokens = request.tokens.filter((token) => token.from >= from);
  const found: Label[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const label = labelAt(request, tokens, at);
    if (label && !found.some(({ part }) => part === label.part)) found.push(label);
  }
  return found;
}

/** `cause` begins a part behind a semicolon or on a new line; behind a full stop or comma only if a colon follows it. */
function labelAt(request: Request, tokens: readonly Token[], at: number): Label | undefined {
  const phrase = phraseAt(tokens, at, labels);
  if (!phrase) return undefined;
  const [first, last] = [tokens[at], tokens[at + phrase.length - 1]];
  const isOne = beginsPart(tokens, at) || (endsSentence(request, tokens, at) && tokens[at + phrase.length]?.key === ':');
  return isOne && first && last ? { part: phrase.means, from: first.from, to: last.to } : undefined;
}

/** Only the signs that the text begins with count as its beginning: `we found the: cause` is no new part. */
function beginsPart(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return before?.key === ';' || before?.key === '\n' || tokens.slice(0, at).every(({ kind }) => kind === 'Sign');
}

function endsSentence({ text }: Request, tokens: readonly Token[], at: number): boolean {
  return /[.,!?]/u.test(text.slice(tokens[at - 1]?.to, tokens[at]?.from));
}
