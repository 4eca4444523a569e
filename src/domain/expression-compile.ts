import type { ASTNode } from '@marcbachmann/cel-js';

import { callOf, methodOf } from './expression-calls.ts';
import { numberLiteral, refusal } from './expression-syntax.ts';
import { type NodeOf, PART_FIELDS, type PartField, runAs, type Scope, type Type, type Typed } from './expression-types.ts';
import {
  type ArithmeticOperator,
  applied,
  appliedToBoth,
  calculated,
  chosen,
  compared,
  finite,
  hasKey,
  joined,
  labelOf,
  type Run,
  same,
  Undecided,
  type Value,
} from './expression-values.ts';
import type { Sample } from './sample.ts';

type Form<K extends ASTNode['op']> = (node: NodeOf<K>, scope: Scope) => Typed;

type Binary = (node: { readonly args: readonly [ASTNode, ASTNode] }, scope: Scope) => Typed;

// Only what stands here can be used: each keeps what is undecided so, and costs at most once for each series.
const FORMS: { readonly [K in ASTNode['op']]?: Form<K> } = {
  value: literal,
  id: variable,
  '.': access,
  '[]': labelAt,
  list: listOf,
  in: membership,
  call: (node, scope) => callOf(node, scope, compile),
  rcall: (node, scope) => methodOf(node, scope, compile),
  '?:': choice,
  '!_': (node, scope) => ({ type: 'bool', run: applied(expected('bool', node.args, scope), (value) => value !== true) }),
  '-_': (node, scope) => ({ type: 'number', run: applied(expected('number', node.args, scope), (value) => -(value as number)) }),
  '&&': junction(false),
  '||': junction(true),
  '+': arithmetic('+'),
  '-': arithmetic('-'),
  '*': arithmetic('*'),
  '/': arithmetic('/'),
  '<': comparison('<'),
  '<=': comparison('<='),
  '>': comparison('>'),
  '>=': comparison('>='),
  '==': equality('=='),
  '!=': equality('!='),
};

/** Finds the type of a node, and how it is run; throws a refusal. */
export function compile(node: ASTNode, scope: Scope): Typed {
  // The table's own type says that each form takes the nodes of its key.
  const form = FORMS[node.op] as ((of: ASTNode, within: Scope) => Typed) | undefined;
  if (form === undefined) throw refusal(node, `${node.op} can not be used here`);
  return form(node, scope);
}

const expected = (type: Type, node: ASTNode, scope: Scope): Run => runAs(type, node, compile(node, scope));

function arithmetic(op: ArithmeticOperator): Binary {
  return ({ args: [left, right] }, scope) => ({
    type: 'number',
    run: calculated(op, expected('number', left, scope), expected('number', right, scope)),
  });
}

function comparison(op: '<' | '<=' | '>' | '>='): Binary {
  return ({ args: [left, right] }, scope) => ({
    type: 'bool',
    run: compared(op, expected('number', left, scope), expected('number', right, scope)),
  });
}

function equality(op: '==' | '!='): Binary {
  return ({ args: [left, right] }, scope) => {
    const { type, run } = compile(left, scope);
    if (type !== 'number' && type !== 'bool' && type !== 'string') throw refusal(left, `a ${type} can not be compared`);
    const other = expected(type, right, scope);
    return { type: 'bool', run: type === 'number' ? compared(op, run, other) : same(op === '==', run, other) };
  };
}

function junction(decisive: boolean): Binary {
  return ({ args: [left, right] }, scope) => ({
    type: 'bool',
    run: joined(decisive, expected('bool', left, scope), expected('bool', right, scope)),
  });
}

function literal(node: NodeOf<'value'>): Typed {
  const { args } = node;
  if (typeof args === 'boolean') return { type: 'bool', run: () => args };
  if (typeof args === 'string') return { type: 'string', run: () => args };
  const number = numberLiteral(node);
  if (number === undefined) throw refusal(node, 'only numbers, strings, true and false can be written here');
  return { type: 'number', run: () => number };
}

// No program that was compiled comes there.
const NO_SERIES = new Undecided('ExpressionFailed', 'no series is looked at');

function variable(node: NodeOf<'id'>, scope: Scope): Typed {
  if (node.args === scope.variable) return { type: 'series', run: (_parts, series) => series ?? NO_SERIES };
  if (node.args === 'evidence') throw refusal(node, 'evidence alone is no value: evidence.<name>.value is');
  throw refusal(node, `nothing here is called ${node.args}: evidence is named evidence.<name>`);
}

function access(node: NodeOf<'.'>, scope: Scope): Typed {
  const [of, field] = node.args;
  if (isEvidence(of, scope)) {
    throw refusal(node, `evidence.${itemNamed(node, field, scope)} is an evidence item: say which of its ${fieldNames}`);
  }
  if (of.op === '.' && isEvidence(of.args[0], scope)) return partOf(node, itemNamed(of, of.args[1], scope), scope);
  const { type, run } = compile(of, scope);
  if (type === 'set of labels') return { type: 'string', run: applied(run, (labels) => labelOf(labels, field)) };
  if (type !== 'series') throw refusal(node, `a ${type} has no field ${field}`);
  return seriesField(node, field, run);
}

const fieldNames = Object.keys(PART_FIELDS).join(', ');

const isEvidence = (node: ASTNode, { variable: shadow }: Scope): boolean =>
  node.op === 'id' && node.args === 'evidence' && shadow !== 'evidence';

function itemNamed(node: ASTNode, name: string, { names }: Scope): string {
  if (names.includes(name)) return name;
  throw refusal(node, `there is no evidence item ${name}, only ${names.join(', ')}`);
}

function partOf(node: NodeOf<'.'>, item: string, scope: Scope): Typed {
  const field = node.args[1];
  if (!isField(field)) throw refusal(node, `an evidence item has no field ${field}, only ${fieldNames}`);
  const place = scope.placeOf({ item, field });
  return { type: PART_FIELDS[field], run: (parts) => parts[place] ?? NO_SERIES };
}

const isField = (name: string): name is PartField => Object.hasOwn(PART_FIELDS, name);

function seriesField(node: ASTNode, field: string, run: Run): Typed {
  if (field === 'labels') return { type: 'set of labels', run: applied(run, (series) => (series as Sample).labels) };
  if (field === 'value') {
    return { type: 'number', run: applied(run, (series) => finite((series as Sample).value, 'the value of a series')) };
  }
  throw refusal(node, `a series has no field ${field}, only value, labels`);
}

function labelAt({ args: [of, key] }: NodeOf<'[]'>, scope: Scope): Typed {
  if (isEvidence(of, scope)) throw refusal(of, 'an evidence item is named with a dot: evidence.<name>');
  const labels = compile(of, scope);
  if (labels.type !== 'set of labels') throw refusal(of, `a ${labels.type} has no places: only labels are looked up by []`);
  return { type: 'string', run: appliedToBoth(labels.run, expected('string', key, scope), labelOf) };
}

const LISTS = { number: 'list of numbers', string: 'list of strings' } as const;

function listOf(node: NodeOf<'list'>, scope: Scope): Typed {
  const items = node.args.map((item) => ({ item, typed: compile(item, scope) }));
  const type = items[0]?.typed.type;
  if (type !== 'number' && type !== 'string') throw refusal(node, 'a list holds numbers or strings');
  const runs = items.map(({ item, typed }) => runAs(type, item, typed));
  const valuesOf: Run = (parts, series) => {
    const values = runs.map((run) => run(parts, series));
    return values.find((value) => value instanceof Undecided) ?? values;
  };
  if (node.args.some(({ op }) => op !== 'value')) return { type: LISTS[type], run: valuesOf };
  // One list for all series.
  const values = valuesOf([]);
  return { type: LISTS[type], run: () => values };
}

function membership(node: NodeOf<'in'>, scope: Scope): Typed {
  const [item, container] = node.args.map((part) => compile(part, scope)) as [Typed, Typed];
  if (container.type === 'set of labels' && item.type === 'string') {
    return { type: 'bool', run: appliedToBoth(container.run, item.run, hasKey) };
  }
  if ((item.type !== 'number' && item.type !== 'string') || container.type !== LISTS[item.type]) {
    throw refusal(node, `a ${item.type} can not be in a ${container.type}`);
  }
  return { type: 'bool', run: appliedToBoth(item.run, container.run, (one, list) => (list as readonly Value[]).includes(one)) };
}

function choice({ args: [condition, yes, no] }: NodeOf<'?:'>, scope: Scope): Typed {
  const decided = expected('bool', condition, scope);
  const { type, run } = compile(yes, scope);
  return { type, run: chosen(decided, run, expected(type, no, scope)) };
}
