import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';

import { AssayError } from '../platform/errors.ts';
import { printable } from './outcome.ts';

/** As in the schema of a criterion. */
const MAX_LENGTH = 2048;

// Read by the library, run by ours: its own doubles let a NaN through, and none of its functions has a bound on what it costs.
const environment = new Environment({
  limits: { maxAstNodes: 256, maxDepth: 32, maxListElements: 64, maxMapEntries: 1, maxCallArguments: 4 },
});

/** The syntax tree of an expression; throws a refusal. */
export function parsed(expression: string): ASTNode {
  if (expression.length > MAX_LENGTH) throw refused(`the expression is longer than ${MAX_LENGTH} characters`);
  try {
    return environment.parse(expression).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const text = error.code === 'limit_exceeded' ? 'it is too long or too deep' : printable(error.summary);
    throw refused(`the expression can not be read: ${lowerFirst(text)}`, error.range?.start);
  }
}

/** A sentence about what is wrong at a node. */
export const refusal = (node: ASTNode, text: string): AssayError => refused(text, node.pos);

function refused(text: string, pos?: number): AssayError {
  return new AssayError('SPEC_INVALID', pos === undefined ? text : `${text} (at character ${pos + 1})`);
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** The number that a literal stands for, also one with a sign; undefined of anything else. */
export function numberLiteral(node: ASTNode): number | undefined {
  if (node.op === '-_') {
    const positive = numberLiteral(node.args);
    return positive === undefined ? undefined : -positive;
  }
  if (node.op !== 'value') return undefined;
  const { args } = node;
  if (typeof args === 'number' || typeof args === 'bigint') return Number(args);
  return typeof args === 'object' && args !== null && 'value' in args ? Number(args.value) : undefined;
}
