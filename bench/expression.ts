/**
 * `node bench/expression.ts [--evaluations 200000] [--rounds 9] [--quick]`
 *
 * What it costs to judge a slot by an expression that was read before, against a function that was written by hand for the same rule:
 * the same readings, looked at in the same way, and the same judgement, message and summaries. In turns; the first round only warms up.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { parseArgs } from 'node:util';

import { numberText } from '../src/domain/bound.ts';
import { type ExpressionInput, judgeExpression } from '../src/domain/expression.ts';
import { Programs } from '../src/domain/expression-program.ts';
import { type Judgement, unknown, type Usable, usable } from '../src/domain/outcome.ts';
import { median } from './statistics.ts';
import { figure, figuresTable, machine, say, tell } from './table.ts';

const EXPRESSION = 'evidence.errors.value / evidence.requests.value < 0.01';
const BOUND = 0.01;
const TARGET = 10;
const VARIANTS = 64;

type Judge = (input: ExpressionInput) => ReturnType<typeof judgeExpression>;

/** The rule as somebody would write it who knows it beforehand. */
const byHand: Judge = ({ readings: [first, second], slot, maxAgeMs }) => {
  if (!first || !second) throw new RangeError('the rule takes two items');
  const errors = usable({ ...first, slot, maxAgeMs });
  const requests = usable({ ...second, slot, maxAgeMs });
  const a = only(errors);
  const b = only(requests);
  const summaries = [
    { name: first.item.name, series: 1, failing: 0, value: a },
    { name: second.item.name, series: 1, failing: 0, value: b },
  ];
  return { judgement: ratioJudged(a, b), summaries };
};

function only(evidence: Usable): number {
  const sample = evidence.kind === 'Samples' && evidence.samples.length === 1 ? evidence.samples[0] : undefined;
  if (sample === undefined) throw new RangeError('each item holds one series here');
  return sample.value;
}

function ratioJudged(a: number, b: number): Judgement {
  const ratio = a / b;
  const values = `errors.value is ${numberText(a)}, requests.value is ${numberText(b)}`;
  if (!Number.isFinite(ratio)) {
    const detail = `${numberText(a)} / ${numberText(b)} is ${numberText(ratio)}`;
    return { outcome: unknown('NotANumber', detail), message: `${detail} (${values})` };
  }
  const met = ratio < BOUND;
  return {
    outcome: { kind: met ? 'Met' : 'NotMet' },
    message: `${EXPRESSION} ${met ? 'holds' : 'does not hold'} (${values})`,
    measured: `${numberText(ratio)} (< ${BOUND})`,
  };
}

const programs = new Programs();
const WAYS: Readonly<Record<'cached' | 'anew' | 'hand', Judge>> = {
  cached: (input) => judgeExpression({ ...input, programs }),
  anew: judgeExpression,
  hand: byHand,
};

const inputOf = (n: number): ExpressionInput => ({
  expression: EXPRESSION,
  readings: [reading('errors', n % 8), reading('requests', 400 + n)],
  slot: 1_000_000,
  maxAgeMs: 300_000,
});

const reading = (name: string, value: number): ExpressionInput['readings'][number] => ({
  item: { name },
  reading: { kind: 'Samples', samples: [{ labels: { service: 'shop' }, value }] },
});

/** Evaluations a second of one way. */
function rate(judge: Judge, inputs: readonly ExpressionInput[], evaluations: number): number {
  const before = process.cpuUsage();
  let met = 0;
  for (let at = 0; at < evaluations; at += 1) {
    const input = inputs[at % inputs.length];
    if (input && judge(input).judgement.outcome.kind === 'Met') met += 1;
  }
  const { user, system } = process.cpuUsage(before);
  if (met === 0) throw new Error('no evaluation was met');
  return (evaluations * 1e6) / (user + system);
}

function main(evaluations: number, rounds: number): void {
  say(`bench/expression: ${rounds} rounds of ${evaluations} evaluations each way of ${EXPRESSION}`);
  say(machine());
  const inputs = Array.from({ length: VARIANTS }, (_, n) => inputOf(n));
  for (const input of inputs) deepStrictEqual(WAYS.cached(input), WAYS.hand(input));
  const rates = { cached: [] as number[], anew: [] as number[], hand: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    tell(`round ${round} of ${rounds}`);
    for (const name of Object.keys(rates) as (keyof typeof rates)[]) {
      const measured = rate(WAYS[name], inputs, evaluations);
      if (round > 0) rates[name].push(measured);
    }
  }
  const slower = (name: 'cached' | 'anew'): number[] => rates[name].map((each, at) => (rates.hand[at] ?? Number.NaN) / each);
  say(
    figuresTable([
      figure('evaluations a CPU second, read before', rates.cached, { digits: 0 }),
      figure('evaluations a CPU second, read anew each time', rates.anew, { digits: 0 }),
      figure('evaluations a CPU second, written by hand', rates.hand, { digits: 0 }),
      figure('times slower than by hand, read before', slower('cached'), { atMost: TARGET }),
      figure('times slower than by hand, read anew', slower('anew'), {}),
    ]),
  );
  say(`one evaluation of a kept program takes ${(1e6 / median(rates.cached)).toFixed(2)} us of CPU`);
}

const { values } = parseArgs({
  options: {
    evaluations: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '9' },
    quick: { type: 'boolean', default: false },
  },
});
main(values.quick ? 20_000 : Number(values.evaluations), values.quick ? 3 : Number(values.rounds));
