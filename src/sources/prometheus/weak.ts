import type { SyntaxNode } from '@lezer/common';

/** A part of a query that weakens it as evidence: allowed, but an authority will ask about it. */
export interface WeakPart {
  /** Where the word that matters stands, not the beginning of what it is applied to. */
  readonly offset: number;
  /** That word. */
  readonly said: string;
  readonly effect: string;
  readonly advice: string;
}

/** The weak parts of a query that has no syntax error, in their order. */
export function weakParts(top: SyntaxNode, query: string): WeakPart[] {
  const found: WeakPart[] = [];
  top.cursor().iterate(({ node }) => {
    const why = weakness(node);
    if (why !== undefined) found.push({ ...wordOf(node, query), ...why });
  });
  return found;
}

type Why = Pick<WeakPart, 'effect' | 'advice'>;

const OVER_TIME: Why = {
  effect: 'hides every lower value of its range',
  advice: 'judge the value of the slot, and use holdFor for short peaks',
};
const CLAMPED: Why = { effect: 'changes what was measured before it is judged', advice: 'judge the value itself' };
const WEAK_FUNCTIONS: Readonly<Record<string, Why>> = {
  MaxOverTime: OVER_TIME,
  Clamp: CLAMPED,
  ClampMin: CLAMPED,
  ClampMax: CLAMPED,
};

function weakness(node: SyntaxNode): Why | undefined {
  switch (node.type.name) {
    case 'FunctionCall':
      return WEAK_FUNCTIONS[functionOf(node)];
    case 'OffsetExpr':
      return { effect: 'reads another time than the slot that is judged', advice: 'leave it out' };
    case 'StepInvariantExpr':
      return { effect: 'always reads the same moment, whichever slot is judged', advice: 'leave it out' };
    case 'BinaryExpr':
      return isOrVector(node)
        ? {
            effect: 'gives a value even when nothing was measured',
            advice: 'leave it out, or say whenEmpty: Zero if nothing means zero',
          }
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

function wordOf(node: SyntaxNode, query: string): Pick<WeakPart, 'offset' | 'said'> {
  const word =
    node.getChild('Or') ?? node.getChild('Offset') ?? node.getChild('At') ?? node.getChild('FunctionIdentifier') ?? node;
  return { offset: word.from, said: node.getChild('Or') ? 'or vector(...)' : query.slice(word.from, word.to) };
}

/** The function that a call names, in the grammar's spelling: MaxOverTime for max_over_time. */
export const functionOf = (call: SyntaxNode): string => call.getChild('FunctionIdentifier')?.firstChild?.type.name ?? '';

/** The two operands of a binary expression. */
export const operands = (node: SyntaxNode): SyntaxNode[] =>
  [node.firstChild, node.lastChild].filter((operand) => operand !== null);
