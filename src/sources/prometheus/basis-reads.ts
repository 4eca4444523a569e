import type { SyntaxNode } from '@lezer/common';

import { labelOf, matchersIn, textOf } from './family-labels.ts';
import { parseQuery } from './promql.ts';
import { weakParts } from './weak.ts';

/** What a query reads: the metrics that it names, or whatever there is; and what weakens it as evidence. */
export interface Reads {
  readonly names: ReadonlySet<string>;
  readonly everything: boolean;
  readonly weak: readonly string[];
}

const NO_PROMQL = 'not the PromQL that is known here; it may rest on every recording rule';
const NO_NAME = 'a selector that does not name its metric rests on every recording rule';

/** What a query reads, told from its text alone. In doubt it is everything. */
export function readsOf(query: string): Reads {
  const parsed = parseQuery(query);
  if (parsed === undefined) return { names: new Set(), everything: true, weak: [NO_PROMQL] };
  const metrics: (string | undefined)[] = [];
  parsed.top.cursor().iterate(({ node }) => {
    if (node.name === 'VectorSelector') metrics.push(metricOf(node, query));
  });
  const names = new Set(metrics.filter((name) => name !== undefined));
  const everything = metrics.includes(undefined);
  const weak = weakParts(parsed.top, query).map(({ said, effect }) => `${said} ${effect}`);
  return { names, everything, weak: [...new Set(everything ? [...weak, NO_NAME] : weak)] };
}

/** The metric that a selector names; undefined where it may select several. */
function metricOf(selector: SyntaxNode, query: string): string | undefined {
  const identifier = selector.getChild('Identifier');
  if (identifier !== null) return textOf(identifier, query);
  for (const matcher of matchersIn(selector)) {
    // `{"my.metric"}`: a name in quotes that nothing is compared with.
    const named = matcher.name === 'QuotedLabelName' || isNameMatcher(matcher, query);
    const text = named ? plainText(matcher.lastChild, query) : undefined;
    if (text !== undefined) return text;
  }
  return undefined;
}

function isNameMatcher(matcher: SyntaxNode, query: string): boolean {
  const label = labelOf(matcher, query) ?? plainText(matcher.getChild('QuotedLabelName')?.firstChild ?? null, query);
  return label === '__name__' && matcher.getChild('MatchOp')?.firstChild?.name === 'EqlSingle';
}

/** What stands in quotes; undefined where it is escaped. */
function plainText(node: SyntaxNode | null, query: string): string | undefined {
  if (node?.name !== 'StringLiteral') return undefined;
  const text = textOf(node, query);
  return text.includes('\\') && !text.startsWith('`') ? undefined : text.slice(1, -1);
}
