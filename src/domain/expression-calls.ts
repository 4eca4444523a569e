import type { ASTNode } from '@marcbachmann/cel-js';

import { refusal } from './expression-syntax.ts';
import { type Compile, type NodeOf, runAs, type Scope, type Typed } from './expression-types.ts';
import { applied, appliedToBoth, filtered, hasKey, quantified, type Run, type Value } from './expression-values.ts';

/** `has(s.labels.zone)`, `size(list)`, `double(number)`. */
export function callOf(node: NodeOf<'call'>, scope: Scope, compile: Compile): Typed {
  const [name, args] = node.args;
  const [only] = args;
  if (only === undefined || args.length > 1) throw unknownCall(node, name);
  switch (name) {
    case 'has':
      return labelThere(only, scope, compile);
    case 'size':
      return sizeOf(only, compile(only, scope));
    case 'double':
      return { type: 'number', run: runAs('number', only, compile(only, scope)) };
    default:
      throw unknownCall(node, name);
  }
}

const unknownCall = (node: ASTNode, name: string): Error =>
  refusal(node, `${name}() can not be used here, or not so: there are ${KNOWN}`);

const KNOWN = 'has(s.labels.x), size, double, all, exists, exists_one, filter, startsWith, endsWith, contains';

function labelThere(node: ASTNode, scope: Scope, compile: Compile): Typed {
  const labels = node.op === '.' ? node.args[0] : undefined;
  if (node.op !== '.' || labels === undefined) throw refusal(node, 'has() asks for a label: has(s.labels.zone)');
  const key = node.args[1];
  return { type: 'bool', run: applied(runAs('set of labels', labels, compile(labels, scope)), (value) => hasKey(value, key)) };
}

function sizeOf(node: ASTNode, { type, run }: Typed): Typed {
  if (!type.startsWith('list')) throw refusal(node, `a ${type} has no size`);
  return { type: 'number', run: applied(run, (list) => (list as readonly Value[]).length) };
}

const TEXT_TESTS = {
  startsWith: (text: string, part: string) => text.startsWith(part),
  endsWith: (text: string, part: string) => text.endsWith(part),
  contains: (text: string, part: string) => text.includes(part),
} as const;

const MACROS: Readonly<Record<string, (list: Run, predicate: Run) => Run>> = {
  all: (list, predicate) => quantified(false, list, predicate),
  exists: (list, predicate) => quantified(true, list, predicate),
  exists_one: (list, predicate) => applied(filtered(list, predicate), (kept) => (kept as readonly Value[]).length === 1),
  filter: filtered,
};

/** What is called on a value: macros on lists of series, `size` on lists, tests on strings. */
export function methodOf(node: NodeOf<'rcall'>, scope: Scope, compile: Compile): Typed {
  const [name, on, args] = node.args;
  const [first, second] = args;
  if (name === 'matches') throw refusal(node, 'matches() can run for long: use startsWith, endsWith or contains');
  if (first === undefined) {
    if (name === 'size') return sizeOf(on, compile(on, scope));
    throw unknownCall(node, name);
  }
  if (second === undefined && isTextTest(name)) {
    const [text, part] = [on, first].map((side) => runAs('string', side, compile(side, scope))) as [Run, Run];
    const test = TEXT_TESTS[name];
    return { type: 'bool', run: appliedToBoth(text, part, (a, b) => test(a as string, b as string)) };
  }
  if (second === undefined || args.length > 2 || !Object.hasOwn(MACROS, name)) throw unknownCall(node, name);
  return macro(node, second, scope, compile);
}

const isTextTest = (name: string): name is keyof typeof TEXT_TESTS => Object.hasOwn(TEXT_TESTS, name);

function macro(node: NodeOf<'rcall'>, predicate: ASTNode, scope: Scope, compile: Compile): Typed {
  const [name, on, [variable]] = node.args;
  if (scope.variable !== undefined) {
    throw refusal(node, `${name}() can not stand within another one: what it costs would multiply`);
  }
  if (variable?.op !== 'id') throw refusal(node, `${name}() begins with a name for one series`);
  const list = runAs('list of series', on, compile(on, scope));
  const holds = runAs('bool', predicate, compile(predicate, { ...scope, variable: variable.args }));
  const expand = MACROS[name];
  if (expand === undefined) throw unknownCall(node, name);
  return { type: name === 'filter' ? 'list of series' : 'bool', run: expand(list, holds) };
}
