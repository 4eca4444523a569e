import type { SyntaxNode } from '@lezer/common';

import type { Edit } from './family-query.ts';
import { childrenOf } from './promql.ts';

/**
 * How the series of an expression stand to the label: in a family each carries it with its value; asked alone each does (`Carried`)
 * or none does (`Hidden`). A `Number` is the same for all.
 */
export type Standing = 'Number' | 'Carried' | 'Hidden' | 'Unproven';

/** What is being proven: that this query can be asked for many values of this label, and what is edited for that. */
export interface Proof {
  readonly query: string;
  readonly label: string;
  readonly edits: Edit[];
}

/** The text of a node. */
export const textOf = ({ from, to }: SyntaxNode, query: string): string => query.slice(from, to);

/** The matchers of a selector. */
export function matchersIn(selector: SyntaxNode): SyntaxNode[] {
  const list = selector.getChild('LabelMatchers');
  return list === null ? [] : childrenOf(list);
}

/** The label of a matcher; undefined for one in quotes. */
export function labelOf(matcher: SyntaxNode, query: string): string | undefined {
  const name = matcher.getChild('LabelName');
  return name === null ? undefined : textOf(name, query);
}

/** What an aggregation with `by` or `without` makes of the label: in a family it groups by the label in any case. */
export function ofGrouping(modifier: SyntaxNode, standing: Standing, proof: Proof): Standing {
  const list = modifier.getChild('GroupingLabels');
  const names = namesIn(list, proof);
  if (list === null || names === undefined) return 'Unproven';
  const grouped = (modifier.getChild('By') !== null) === names.includes(proof.label);
  if (grouped) return standing;
  toggle(list, names, proof);
  return 'Hidden';
}

/** The sides of an operation between series. */
export interface Sides {
  readonly left: Standing;
  readonly right: Standing;
}

/**
 * What an operation between series makes of the label. Where it matches by the label, both sides must stand to it alike, or alone
 * nothing would match; where it doesn't, the family's does.
 */
export function ofMatching(operation: SyntaxNode, { left, right }: Sides, proof: Proof): Standing {
  const clause = operation.getChild('MatchingModifierClause');
  if (clause === null) return left === right ? left : 'Unproven';
  const [list = null, taken = null] = clause.getChildren('GroupingLabels');
  const names = namesIn(list, proof);
  if (list === null || names === undefined || mayHold(taken, proof)) return 'Unproven';
  const byLabel = (clause.getChild('On') !== null) === names.includes(proof.label);
  if (!byLabel) toggle(list, names, proof);
  else if (left !== right) return 'Unproven';
  return ofResult(operation, clause, { left, right }, byLabel);
}

/** Set operators and `group_left` keep the labels of the left, `group_right` of the right; else those that were matched by are left. */
function ofResult(operation: SyntaxNode, clause: SyntaxNode, { left, right }: Sides, byLabel: boolean): Standing {
  if (operation.getChild('Or') !== null && left !== right) return 'Unproven';
  if (['And', 'Or', 'Unless'].some((name) => operation.getChild(name) !== null)) return left;
  if (clause.getChild('GroupLeft') !== null) return left;
  if (clause.getChild('GroupRight') !== null) return right;
  return byLabel ? left : 'Hidden';
}

/** The names in a list of labels, none without a list; undefined with one in quotes. */
function namesIn(list: SyntaxNode | null, { query }: Proof): readonly string[] | undefined {
  if (list === null) return [];
  if (list.getChild('QuotedLabelName') !== null) return undefined;
  return list.getChildren('LabelName').map((name) => textOf(name, query));
}

const mayHold = (list: SyntaxNode | null, proof: Proof): boolean => namesIn(list, proof)?.includes(proof.label) !== false;

/** Takes the label into a list that lacks it, or out of one that has it. */
function toggle({ from, to }: SyntaxNode, names: readonly string[], { label, edits }: Proof): void {
  const changed = names.includes(label) ? names.filter((name) => name !== label) : [...names, label];
  edits.push({ from, to, text: `(${changed.join(', ')})` });
}
