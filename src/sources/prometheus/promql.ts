import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

/**
 * The text of a query that is nothing but one selector of one metric (`up`, `up{job="x"}`, `{__name__="up"}`), otherwise
 * undefined. With `offset` or `@` the sample is old on purpose; in parentheses `timestamp()` gives the time of evaluation;
 * without a metric name `timestamp()` may give the same labels twice.
 */
export function bareSelector(query: string): string | undefined {
  const top = parser.parse(query).topNode;
  const selector = top.getChild('VectorSelector');
  if (selector === null || hasNode(top, (node) => node.type.isError)) return undefined;
  const named = selector.getChild('Identifier') !== null || hasNode(selector, (node) => isNameMatcher(node, query));
  return named ? query.slice(selector.from, selector.to) : undefined;
}

// Each of these looks at the whole range that is asked for, not at one instant of it.
const OF_THE_RANGE = new Set(['AtStart', 'AtEnd', 'StartFn', 'EndFn', 'Range', 'Step', 'DurationRange', 'DurationStep']);

/** Whether a range query answers at each step what an instant query would. In doubt (a dialect that is not PromQL) it doesn't. */
export function sameOverRange(query: string): boolean {
  return !hasNode(parser.parse(query).topNode, (node) => node.type.isError || OF_THE_RANGE.has(node.name));
}

function isNameMatcher(node: SyntaxNode, query: string): boolean {
  if (node.name !== 'UnquotedLabelMatcher') return false;
  const label = node.getChild('LabelName');
  return (
    label !== null &&
    query.slice(label.from, label.to) === '__name__' &&
    node.getChild('MatchOp')?.firstChild?.name === 'EqlSingle'
  );
}

function hasNode(top: SyntaxNode, matches: (node: SyntaxNode) => boolean): boolean {
  return matches(top) || children(top).some((child) => hasNode(child, matches));
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}
