import type { ASTNode } from '@marcbachmann/cel-js';

import type { Operator } from '../api/criterion.ts';
import { AssayError } from '../platform/errors.ts';
import { compile } from './expression-compile.ts';
import { numberLiteral, parsed, refusal } from './expression-syntax.ts';
import type { NodeOf, Part } from './expression-types.ts';
import type { Run } from './expression-values.ts';
import { printable } from './outcome.ts';

/** An expression that was read and whose types fit, ready to run on the values of its parts. */
export interface Program {
  readonly kind: 'Program';
  /** The expression for people: in one line, cut to 200 characters. */
  readonly text: string;
  /** Each once, in the order in which they are written. */
  readonly parts: readonly Part[];
  readonly run: Run;
  /** The comparison with a number that the expression as a whole is, if it is one. */
  readonly bound?: { readonly left: Run; readonly op: Operator; readonly value: number };
}

/** Why an expression is no program, in a sentence. */
export interface Problem {
  readonly kind: 'Problem';
  readonly message: string;
}

const SHOWN_LENGTH = 200;

/** Reads an expression over evidence items of these names. */
export function programOf(expression: string, names: readonly string[]): Program | Problem {
  const parts: Part[] = [];
  const scope = { names, placeOf: (part: Part) => placeIn(parts, part) };
  try {
    const top = parsed(expression);
    const { type, run } = compile(top, scope);
    if (type !== 'bool') throw refusal(top, `the expression gives a ${type}, it must give a bool`);
    if (parts.length === 0) throw refusal(top, 'the expression refers to no evidence');
    const text = printable(expression.trim().replace(/\s+/g, ' '), SHOWN_LENGTH);
    const bound = boundOf(top);
    if (bound === undefined) return { kind: 'Program', text, parts, run };
    return { kind: 'Program', text, parts, run, bound: { ...bound, left: compile(bound.left, scope).run } };
  } catch (error) {
    if (error instanceof AssayError) return { kind: 'Problem', message: error.message };
    throw error;
  }
}

function placeIn(parts: Part[], part: Part): number {
  const place = parts.findIndex(({ item, field }) => item === part.item && field === part.field);
  return place >= 0 ? place : parts.push(part) - 1;
}

const COMPARISONS: readonly string[] = ['==', '!=', '<', '<=', '>', '>='] satisfies Operator[];
const isComparison = (node: ASTNode): node is NodeOf<Operator> => COMPARISONS.includes(node.op);

function boundOf(top: ASTNode): { readonly left: ASTNode; readonly op: Operator; readonly value: number } | undefined {
  if (!isComparison(top)) return undefined;
  const [left, right] = top.args;
  const value = numberLiteral(right);
  return value === undefined ? undefined : { left, op: top.op, value };
}

const DEFAULT_LIMIT = 4096;

/** Programs by expression and names, so that an expression is read once; the oldest makes room. */
export class Programs {
  readonly #made = new Map<string, { readonly names: readonly string[]; readonly program: Program | Problem }>();
  readonly #limit: number;

  constructor(limit = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  /** Of one expression over other names than before only the latest is kept. */
  of(expression: string, names: readonly string[]): Program | Problem {
    const known = this.#made.get(expression);
    if (known && sameNames(known.names, names)) return known.program;
    const program = programOf(expression, names);
    const [oldest] = this.#made.keys();
    if (!known && this.#made.size >= this.#limit && oldest !== undefined) this.#made.delete(oldest);
    this.#made.set(expression, { names, program });
    return program;
  }
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, at) => name === b[at]);
