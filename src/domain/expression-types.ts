import type { ASTNode } from '@marcbachmann/cel-js';

import { refusal } from './expression-syntax.ts';
import type { Run } from './expression-values.ts';

/** What a part of an expression is; every number is a double, whole ones too, so that no division cuts a fraction off. */
export type Type = 'number' | 'bool' | 'string' | 'set of labels' | 'series' | ListType;
export type ListType = 'list of series' | 'list of numbers' | 'list of strings';

/** A part of an expression with its type. */
export interface Typed {
  readonly type: Type;
  readonly run: Run;
}

/** What an expression may ask of an evidence item, and what that is. */
export const PART_FIELDS = {
  value: 'number',
  count: 'number',
  sum: 'number',
  min: 'number',
  max: 'number',
  series: 'list of series',
} as const satisfies Record<string, Type>;
export type PartField = keyof typeof PART_FIELDS;

/** What an expression refers to: a field of an evidence item. */
export interface Part {
  readonly item: string;
  readonly field: PartField;
}

/** What names mean where a part of an expression stands. */
export interface Scope {
  readonly names: readonly string[];
  /** Where the value of a part lies when the program runs. */
  readonly placeOf: (part: Part) => number;
  /** Name of the one series within a macro. */
  readonly variable?: string;
}

/** Finds the type of a node, and how it is run; throws a refusal. */
export type Compile = (node: ASTNode, scope: Scope) => Typed;

/** A node of one operator. */
export type NodeOf<K extends ASTNode['op']> = Extract<ASTNode, { op: K }>;

/** How a node is run that must be of a type. */
export function runAs(type: Type, node: ASTNode, typed: Typed): Run {
  if (typed.type !== type) throw refusal(node, `this is a ${typed.type}, it must be a ${type}`);
  return typed.run;
}
