import type { SyntaxNode } from '@lezer/common';

import { readsOf } from './basis-reads.ts';
import { parseQuery } from './promql.ts';
import { functionOf } from './weak.ts';

const COMPARISONS = ['Eql', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte'];
const OF_THE_ABSENT = ['Absent', 'AbsentOverTime'];
// Series that Prometheus makes only while an alert is pending or fires.
const OF_ALERTS = ['ALERTS', 'ALERTS_FOR_STATE'];

/**
 * Whether the series of a query are there whatever their values are, so that one which is gone is missed. Not those of a comparison that
 * leaves out what does not hold, or of alerts: there fewer may be better. In doubt they are.
 */
export function isCensus(query: string): boolean {
  const parsed = parseQuery(query);
  if (parsed === undefined) return true;
  const selecting: SyntaxNode[] = [];
  parsed.top.cursor().iterate(({ node }) => {
    if (selectsByValue(node)) selecting.push(node);
  });
  return selecting.length === 0 && !OF_ALERTS.some((name) => readsOf(query).names.has(name));
}

function selectsByValue(node: SyntaxNode): boolean {
  switch (node.name) {
    case 'BinaryExpr':
      return node.getChild('BoolModifier') === null && has(node, COMPARISONS);
    case 'AggregateExpr':
      return node.getChild('AggregateOp')?.firstChild?.name === 'CountValues';
    case 'FunctionCall':
      return OF_THE_ABSENT.includes(functionOf(node));
    default:
      return false;
  }
}

const has = (node: SyntaxNode, names: readonly string[]): boolean => names.some((name) => node.getChild(name) !== null);
