/**
 * Which queries may be asked together with others that differ from them in the value of one label: those of which the rules here
 * prove that the family's answer holds for each value what the query for that value alone would give, plus the label.
 */
import type { SyntaxNode } from '@lezer/common';

import { labelOf, matchersIn, type Proof, textOf } from './family-labels.ts';
import { familyTemplate, plainValue } from './family-query.ts';
import { standingOf } from './family-rules.ts';
import { childrenOf, type ParsedQuery, parseQuery } from './promql.ts';

/** A way in which a query can be one of a family: all queries of one `template` can be answered by one. */
export interface Kinship {
  readonly template: string;
  readonly label: string;
  readonly value: string;
  /** Whether the answer to the query alone lacks the label. */
  readonly hidden: boolean;
}

// Far more than a rule for people has.
const MAX_DEPTH = 100;
const MAX_LABELS = 8;

/** The ways in which a query can be one of a family; none for a query of which it is not proven. */
export function kinshipsOf(query: string): readonly Kinship[] {
  const parsed = parseQuery(query);
  const expression = parsed && childrenOf(parsed.top)[0];
  if (parsed === undefined || expression === undefined || parsed.depth > MAX_DEPTH) return [];
  return [...sharedValues(parsed, query)].slice(0, MAX_LABELS).flatMap(([label, value]) => {
    const proof: Proof = { query, label, edits: [] };
    const standing = standingOf(expression, proof);
    if (standing === 'Number' || standing === 'Unproven') return [];
    return [{ template: familyTemplate(query, label, proof.edits), label, value, hidden: standing === 'Hidden' }];
  });
}

// Of 5,000 criteria that are 200 characters long and ask for four labels each.
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** Makes a `kinshipsOf` that remembers what it found, until that is too much. */
export function newKinships(): typeof kinshipsOf {
  const found = new Map<string, readonly Kinship[]>();
  let characters = 0;
  return (query) => {
    const known = found.get(query);
    if (known !== undefined) return known;
    const kinships = kinshipsOf(query);
    characters += kinships.reduce((sum, { template }) => sum + template.length, query.length);
    if (characters > MAX_CHARACTERS) {
      found.clear();
      characters = 0;
    }
    found.set(query, kinships);
    return kinships;
  };
}

/** The labels that every selector asks for by one `=`, with the same value. */
function sharedValues({ top }: ParsedQuery, query: string): ReadonlyMap<string, string> {
  const selectors: ReadonlyMap<string, string>[] = [];
  top.cursor().iterate(({ node, name }) => {
    if (name === 'VectorSelector') selectors.push(valuesIn(node, query));
  });
  const [first = new Map<string, string>(), ...rest] = selectors;
  return new Map([...first].filter(([label, value]) => rest.every((values) => values.get(label) === value)));
}

/** The labels with a single matcher that is an equality. An empty value is none: it asks for series without the label. */
function valuesIn(selector: SyntaxNode, query: string): ReadonlyMap<string, string> {
  const matchers = matchersIn(selector).map((node) => ({ label: labelOf(node, query) ?? '', value: valueOf(node, query) }));
  const once = matchers.filter(({ label }) => matchers.filter((other) => other.label === label).length === 1);
  return new Map(
    once.flatMap(({ label, value }) => (value === '' || label === '' || label.startsWith('__') ? [] : [[label, value] as const])),
  );
}

function valueOf(matcher: SyntaxNode, query: string): string {
  const literal = matcher.getChild('StringLiteral');
  const isEquality = matcher.getChild('MatchOp')?.firstChild?.name === 'EqlSingle';
  return literal !== null && isEquality ? (plainValue(textOf(literal, query)) ?? '') : '';
}
