import { Environment, type ASTNode } from '@marcbachmann/cel-js';

import type { KubeObject } from '../api/common.ts';
import { type Meter, metered, newMeter } from './resource-meter.ts';

/** Whether an object holds a demand; `TooCostly` where that would take more steps than there are. */
export type Held = 'Holds' | 'Breaks' | 'Unclear' | 'TooCostly';

/** A demand on objects that was understood, or why it was not, in a sentence. */
export type Demand =
  { readonly kind: 'Demand'; begin(): (object: KubeObject) => Held } | { readonly kind: 'Invalid'; readonly message: string };

const LIMITS = { maxAstNodes: 256, maxDepth: 32, maxListElements: 32, maxMapEntries: 16, maxCallArguments: 4 };
// Looks at an object times parts of the expression: a list of 10,000 objects with a usual expression takes a tenth.
const STEPS_AN_OBJECT = 250_000;
const STEPS_A_READING = 5_000_000;
const MAX_NESTING = 2;
const MAX_ADDITIONS = 4;
const MAX_MESSAGE = 200;

const LOOPS = ['all', 'exists', 'exists_one', 'filter'];
// No matches(): what a regular expression takes is not known. No map(), split(), join(), bind(): they make things that grow.
const FUNCTIONS = [
  ...LOOPS,
  ...['has', 'size', 'int', 'uint', 'double', 'string', 'bool', 'dyn', 'timestamp', 'duration'],
  ...['contains', 'startsWith', 'endsWith', 'lowerAscii', 'upperAscii'],
];

const environment = new Environment({ limits: LIMITS }).registerVariable('object', 'dyn');

/** Reads a demand: an expression of CEL on `object` that says true or false, and whose cost is bounded. */
export function demandOf(expression: string): Demand {
  try {
    const parsed = environment.parse(expression);
    const { valid, type, error } = parsed.check();
    if (error !== undefined || !valid) return invalid(error);
    if (type !== 'bool' && type !== 'dyn') return refused(`says no true or false, but something of type ${type ?? 'unknown'}`);
    const size = measure(parsed.ast);
    const excess = excessOf(size);
    return excess === undefined ? { kind: 'Demand', begin: () => beginOf(parsed, size.nodes) } : refused(excess);
  } catch (error) {
    return invalid(error);
  }
}

function beginOf(evaluate: (context: object) => unknown, nodes: number): (object: KubeObject) => Held {
  const all = newMeter(STEPS_A_READING / nodes);
  return (object) => {
    const meter = newMeter(STEPS_AN_OBJECT / nodes, all);
    const held = heldBy(evaluate, object, meter);
    return meter.isSpent || all.isSpent ? 'TooCostly' : held;
  };
}

/** `Unclear` where the expression can not be said of the object, as when a field is missing. */
function heldBy(evaluate: (context: object) => unknown, object: KubeObject, meter: Meter): Held {
  try {
    const value = evaluate({ object: metered(object, meter) });
    if (typeof value !== 'boolean') return 'Unclear';
    return value ? 'Holds' : 'Breaks';
  } catch {
    return 'Unclear';
  }
}

interface Size {
  nodes: number;
  nesting: number;
  additions: number;
  readonly unknown: string[];
}

function measure(root: ASTNode): Size {
  const size: Size = { nodes: 0, nesting: 0, additions: 0, unknown: [] };
  const visit = (value: unknown, nesting: number): void => {
    if (Array.isArray(value)) value.forEach((each) => visit(each, nesting));
    if (!isNode(value)) return;
    const name = calledIn(value);
    const inside = name !== undefined && LOOPS.includes(name) ? nesting + 1 : nesting;
    size.nodes += 1;
    size.nesting = Math.max(size.nesting, inside);
    if (value.op === '+') size.additions += 1;
    if (name !== undefined && !FUNCTIONS.includes(name)) size.unknown.push(name);
    // What a loop goes over is not looked at within it.
    if (value.op === 'rcall') visit(value.args[1], nesting);
    visit(value.op === 'rcall' ? value.args[2] : value.args, inside);
  };
  visit(root, 0);
  return size;
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
const calledIn = (node: ASTNode): string | undefined => (node.op === 'call' || node.op === 'rcall' ? node.args[0] : undefined);

function excessOf({ nesting, additions, unknown: [unknown] }: Size): string | undefined {
  if (unknown !== undefined) return `calls ${cut(unknown)}(), which is none of ${FUNCTIONS.join(', ')}`;
  if (nesting > MAX_NESTING) return `nests ${LOOPS.join(', ')} ${nesting} deep; at most ${MAX_NESTING}`;
  if (additions > MAX_ADDITIONS) return `adds ${additions} times; at most ${MAX_ADDITIONS}`;
  return undefined;
}

const refused = (what: string): Demand => ({ kind: 'Invalid', message: `the expression ${what}` });

/** In the words of the parser, which speak of the expression alone. */
function invalid(error: unknown): Demand {
  const { summary, range } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly summary?: string;
    readonly range?: { readonly start: number };
  };
  const where = range === undefined ? '' : ` (at character ${range.start + 1})`;
  return { kind: 'Invalid', message: `the expression can not be understood${where}: ${cut(summary ?? 'it is too long')}` };
}

function cut(text: string): string {
  const clean = text.replace(/\p{C}/gu, '?');
  return clean.length > MAX_MESSAGE ? `${clean.slice(0, MAX_MESSAGE).toWellFormed()}…` : clean;
}
