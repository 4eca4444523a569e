import type { SyntaxNode, Tree } from '@lezer/common';

import type { QueryFinding } from './promql.ts';
import { functionOf, operands } from './promql-types.ts';

/** Parts of a query that weaken it as evidence: allowed, but an authority will ask about them. */
export function weaknesses(tree: Tree, query: string): QueryFinding[] {
  const found: QueryFinding[] = [];
  tree.iterate({
    enter: ({ node }) => {
      const why = weakness(node);
      if (why !== undefined) found.push(weak(node, query, why));
    },
  });
  return found;
}

const OVER_TIME = 'hides every lower value of its range; judge the value of the slot, and use holdFor for short peaks';
const CLAMPED = 'changes what was measured before it is judged; judge the value itself';
const WEAK_FUNCTIONS: Readonly<Record<string, string>> = {
  MaxOverTime: OVER_TIME,
  Clamp: CLAMPED,
  ClampMin: CLAMPED,
  ClampMax: CLAMPED,
};

function weakness(node: SyntaxNode): string | undefined {
  switch (node.type.name) {
    case 'FunctionCall':
      return WEAK_FUNCTIONS[functionOf(node)];
    case 'OffsetExpr':
      return 'reads another time than the slot that is judged; leave it out';
    case 'StepInvariantExpr':
      return 'always reads the same moment, whichever slot is judged; leave it out';
    case 'BinaryExpr':
      return isOrVector(node)
        ? 'gives a value even when nothing was measured; leave it out, or say whenEmpty: Zero if nothing means zero'
        : undefined;
    default:
      return undefined;
  }
}

const isOrVector = (node: SyntaxNode): boolean => node.getChild('Or') !== null && operands(node).some(isVectorOfNumber);

function isVectorOfNumber(node: SyntaxNode): boolean {
  if (node.type.name === 'ParenExpr') return node.firstChild !== null && isVectorOfNumber(node.firstChild);
  return node.type.name === 'FunctionCall' && functionOf(node) === 'Vector';
}

// The finding points at the word that matters, not at the beginning of what it is applied to.
function weak(node: SyntaxNode, query: string, why: string): QueryFinding {
  const word =
    node.getChild('Or') ?? node.getChild('Offset') ?? node.getChild('At') ?? node.getChild('FunctionIdentifier') ?? node;
  const said = node.getChild('Or') ? 'or vector(...)' : query.slice(word.from, word.to);
  return { offset: word.from, message: `weak query: ${said} ${why}`, severity: 'warning' };
}
