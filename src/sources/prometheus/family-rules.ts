import type { SyntaxNode } from '@lezer/common';

import { labelOf, matchersIn, ofGrouping, ofMatching, type Proof, type Standing } from './family-labels.ts';
import { matcher } from './family-query.ts';
import { childrenOf } from './promql.ts';

type Rule = (node: SyntaxNode, proof: Proof) => Standing;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['NumberDurationLiteral', () => 'Number'],
  ['ParenExpr', ofTheLast],
  ['UnaryExpr', ofTheLast],
  ['VectorSelector', ofSelector],
  ['MatrixSelector', (node, proof) => ofShifted(node, ['VectorSelector'], proof)],
  // Elsewhere the parser takes `a + b offset 5m` for `(a + b) offset 5m`, which to Prometheus it is not.
  ['OffsetExpr', (node, proof) => ofShifted(node, ['VectorSelector', 'MatrixSelector', 'StepInvariantExpr'], proof)],
  ['StepInvariantExpr', (node, proof) => ofShifted(node, ['VectorSelector', 'MatrixSelector', 'OffsetExpr'], proof)],
  ['FunctionCall', ofFunction],
  ['AggregateExpr', ofAggregation],
  ['BinaryExpr', ofOperation],
]);

/** How an expression's series stand to the label of the proof, by its kind; a kind without a rule is unproven. */
export function standingOf(node: SyntaxNode, proof: Proof): Standing {
  return RULES.get(node.name)?.(node, proof) ?? 'Unproven';
}

function ofTheLast(node: SyntaxNode, proof: Proof): Standing {
  const last = childrenOf(node).at(-1);
  return last === undefined ? 'Unproven' : standingOf(last, proof);
}

function ofSelector(node: SyntaxNode, { query, label, edits }: Proof): Standing {
  const matchers = matchersIn(node);
  const ours = matchers.find((each) => labelOf(each, query) === label);
  if (ours === undefined || matchers.some(({ name }) => name !== 'UnquotedLabelMatcher')) return 'Unproven';
  edits.push({ from: ours.from, to: ours.to, text: matcher });
  return 'Carried';
}

function ofShifted(node: SyntaxNode, shifted: readonly string[], proof: Proof): Standing {
  const [first] = childrenOf(node);
  return first !== undefined && shifted.includes(first.name) ? standingOf(first, proof) : 'Unproven';
}

// Each gives for a series what it gives for that series alone, and keeps its labels but the metric's name; histogram_quantile does
// so for series that differ in nothing but `le`.
const OF_EACH_SERIES = new Set([
  ...['Abs', 'Ceil', 'Floor', 'Exp', 'Ln', 'Log2', 'Log10', 'Sqrt', 'Sgn', 'Round', 'Clamp', 'ClampMax', 'ClampMin', 'Timestamp'],
  ...['Rate', 'Increase', 'Irate', 'Delta', 'Idelta', 'Deriv', 'PredictLinear', 'Changes', 'Resets', 'HistogramQuantile'],
  ...['AvgOverTime', 'MinOverTime', 'MaxOverTime', 'SumOverTime', 'CountOverTime', 'LastOverTime', 'PresentOverTime'],
  ...['StddevOverTime', 'StdvarOverTime', 'QuantileOverTime'],
]);
const NUMBERS = new Set(['Time', 'Pi']);

function ofFunction(node: SyntaxNode, proof: Proof): Standing {
  const name = nameOf(node.getChild('FunctionIdentifier'));
  const given = argumentsOf(node).map((each) => standingOf(each, proof));
  if (NUMBERS.has(name)) return given.length === 0 ? 'Number' : 'Unproven';
  if (!OF_EACH_SERIES.has(name) || (name === 'HistogramQuantile' && proof.label === 'le')) return 'Unproven';
  const [series = 'Unproven', ...more] = given.filter((standing) => standing !== 'Number');
  return more.length === 0 ? series : 'Unproven';
}

/** What a function or an aggregation is called in the grammar. */
const nameOf = (identifier: SyntaxNode | null): string => identifier?.firstChild?.name ?? '';

function argumentsOf(call: SyntaxNode): SyntaxNode[] {
  const body = call.getChild('FunctionCallBody');
  return body === null ? [] : childrenOf(body);
}

// Each gives for a group what it gives for that group alone.
const OF_EACH_GROUP = new Set(['Sum', 'Avg', 'Min', 'Max', 'Count', 'Group', 'Stddev', 'Stdvar']);

function ofAggregation(node: SyntaxNode, proof: Proof): Standing {
  const operator = node.getChild('AggregateOp');
  const [series, ...more] = argumentsOf(node);
  if (operator === null || series === undefined || more.length > 0) return 'Unproven';
  const standing = OF_EACH_GROUP.has(nameOf(operator)) ? standingOf(series, proof) : 'Unproven';
  if (standing === 'Number' || standing === 'Unproven') return 'Unproven';
  const modifier = node.getChild('AggregateModifier');
  if (modifier !== null) return ofGrouping(modifier, standing, proof);
  proof.edits.push({ from: operator.to, to: operator.to, text: ` by (${proof.label})` });
  return 'Hidden';
}

const OPERATORS = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Pow', 'Atan2', 'Eql', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte', 'And', 'Or', 'Unless'],
  ...['BoolModifier', 'MatchingModifierClause'],
]);

function ofOperation(node: SyntaxNode, proof: Proof): Standing {
  const [first, ...between] = childrenOf(node);
  const last = between.pop();
  if (!first || !last || !between.every(({ name }) => OPERATORS.has(name))) return 'Unproven';
  const [left, right] = [standingOf(first, proof), standingOf(last, proof)];
  if (left === 'Unproven' || right === 'Unproven') return 'Unproven';
  if (left === 'Number') return right;
  return right === 'Number' ? left : ofMatching(node, { left, right }, proof);
}
