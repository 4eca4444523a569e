import type { SyntaxNode, Tree } from '@lezer/common';

import { functionOf, operands } from '../../sources/prometheus/weak.ts';
import type { QueryFinding } from './promql.ts';

/** What an expression of PromQL gives. */
export type PromqlType = 'vector' | 'scalar' | 'matrix' | 'string';

const SCALAR_FUNCTIONS = new Set(['Scalar', 'Time', 'Pi', 'Step', 'Range']);

/** The type of an expression that has no syntax error. */
export function typeOf(node: SyntaxNode): PromqlType {
  switch (node.type.name) {
    case 'NumberDurationLiteral':
      return 'scalar';
    case 'StringLiteral':
      return 'string';
    case 'MatrixSelector':
    case 'SubqueryExpr':
      return 'matrix';
    case 'BinaryExpr':
      return operands(node).every((operand) => typeOf(operand) === 'scalar') ? 'scalar' : 'vector';
    case 'FunctionCall':
      return SCALAR_FUNCTIONS.has(functionOf(node)) ? 'scalar' : 'vector';
    case 'VectorSelector':
    case 'AggregateExpr':
      return 'vector';
    case 'UnaryExpr':
      return ofInner(node.lastChild);
    default:
      return ofInner(node.firstChild); // brackets, offset, @: whatever they hold
  }
}

const ofInner = (node: SyntaxNode | null): PromqlType => (node ? typeOf(node) : 'vector');

/** Ranges where no range belongs, and functions of ranges without one: the server refuses both. */
export function typeMistakes(tree: Tree, query: string): QueryFinding[] {
  const found: QueryFinding[] = [];
  tree.iterate({ enter: ({ node }) => void found.push(...mistakesAt(node, query)) });
  return found;
}

function mistakesAt(node: SyntaxNode, query: string): QueryFinding[] {
  switch (node.type.name) {
    case 'FunctionCall':
      return callMistakes(node, query);
    case 'AggregateExpr':
      return argumentsOf(node).flatMap((argument) => noRange(argument, 'an aggregation takes one value a series'));
    case 'BinaryExpr':
      return operands(node).flatMap((operand) => noRange(operand, 'an operator takes one value a series'));
    default:
      return [];
  }
}

const RANGE_FUNCTION =
  /^(?:\w+OverTime|Changes|Delta|Deriv|HoltWinters|DoubleExponentialSmoothing|Idelta|Increase|Irate|PredictLinear|Rate|Resets)$/;

function callMistakes(call: SyntaxNode, query: string): QueryFinding[] {
  const name = query.slice(call.from, call.getChild('FunctionIdentifier')?.to);
  const given = argumentsOf(call);
  if (!RANGE_FUNCTION.test(functionOf(call))) {
    return given.flatMap((argument) => noRange(argument, `${name} takes one value a series`));
  }
  if (given.some((argument) => typeOf(argument) === 'matrix')) return [];
  const message = `${name} needs a range of samples: write for example ${name}(metric[5m])`;
  return [{ offset: call.from, message, severity: 'error' }];
}

const PUNCTUATION = new Set(['(', ')', ',']);

function argumentsOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.getChild('FunctionCallBody')?.firstChild; child; child = child.nextSibling) {
    if (!PUNCTUATION.has(child.type.name) && child.type.name !== 'LineComment') found.push(child);
  }
  return found;
}

function noRange(node: SyntaxNode, because: string): QueryFinding[] {
  if (typeOf(node) !== 'matrix') return [];
  return [
    {
      offset: node.from,
      message: `${because}, and this is a range: remove the brackets, or wrap it in rate(...)`,
      severity: 'error',
    },
  ];
}
