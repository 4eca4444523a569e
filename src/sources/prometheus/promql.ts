import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

/** A query that was parsed without an error. */
export interface ParsedQuery {
  readonly top: SyntaxNode;
  /** How deep its nodes lie in each other. */
  readonly depth: number;
  /** The names of all its nodes. */
  readonly names: ReadonlySet<string>;
}

/**
 * Parses a query; undefined for what is not PromQL, or what Prometheus may read otherwise than the parser here does: to Prometheus
 * a carriage return ends a comment, too.
 */
export function parseQuery(query: string): ParsedQuery | undefined {
  if (/[^\P{Cc}\n\t]/u.test(query)) return undefined;
  const tree = parser.parse(query);
  const names = new Set<string>();
  let [depth, deepest, broken] = [0, 0, false];
  tree.iterate({
    enter: ({ name, type }) => {
      names.add(name);
      depth += 1;
      deepest = Math.max(deepest, depth);
      broken ||= type.isError;
    },
    leave: () => void (depth -= 1),
  });
  return broken ? undefined : { top: tree.topNode, depth: deepest, names };
}

/**
 * The text of a query that is nothing but one selector of one metric (`up`, `up{job="x"}`, `{__name__="up"}`), otherwise
 * undefined. With `offset` or `@` the sample is old on purpose; in parentheses `timestamp()` gives the time of evaluation;
 * without a metric name `timestamp()` may give the same labels twice.
 */
export function bareSelector(query: string): string | undefined {
  const selector = parseQuery(query)?.top.getChild('VectorSelector') ?? undefined;
  if (selector === undefined) return undefined;
  const matchers = selector.getChild('LabelMatchers');
  const named =
    selector.getChild('Identifier') !== null ||
    (matchers !== null && childrenOf(matchers).some((matcher) => isNameMatcher(matcher, query)));
  return named ? query.slice(selector.from, selector.to) : undefined;
}

// Each of these looks at the whole range that is asked for, not at one instant of it.
const OF_THE_RANGE = ['AtStart', 'AtEnd', 'StartFn', 'EndFn', 'Range', 'Step', 'DurationRange', 'DurationStep'];

/** Whether a range query answers at each step what an instant query would. In doubt (a dialect that is not PromQL) it doesn't. */
export function sameOverRange(query: string): boolean {
  const parsed = parseQuery(query);
  return parsed !== undefined && !OF_THE_RANGE.some((name) => parsed.names.has(name));
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

/** The children of a node, without comments. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'LineComment') found.push(child);
  return found;
}
