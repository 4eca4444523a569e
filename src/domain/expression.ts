import type { EvidenceItem } from '../api/criterion.ts';
import { boundText, numberText } from './bound.ts';
import { type Problem, type Program, programOf, type Programs } from './expression-program.ts';
import type { Part } from './expression-types.ts';
import { finite, Undecided, type Value } from './expression-values.ts';
import { type EvidenceSummary, type Judgement, type Outcome, sampledAt, unknown, type Usable, usable } from './outcome.ts';
import type { Reading, Sample } from './sample.ts';

/** What was read for one slot, and the expression that judges it. */
export interface ExpressionInput {
  readonly expression: string;
  /** All evidence items of the criterion, with what was read of each. */
  readonly readings: readonly { readonly item: EvidenceItem; readonly reading: Reading }[];
  readonly slot: number;
  readonly maxAgeMs: number;
  /** Expressions that were read before; without them it is read anew. */
  readonly programs?: Programs;
}

/** Judges what was read for one slot by an expression: what it refers to must all be usable, and what is undecided stays so. */
export function judgeExpression(input: ExpressionInput): {
  readonly judgement: Judgement;
  readonly summaries: readonly EvidenceSummary[];
} {
  const { expression, programs, readings } = input;
  const names = readings.map(({ item }) => item.name);
  const program = programs?.of(expression, names) ?? programOf(expression, names);
  const evidence = evidenceOf(program, input);
  return {
    judgement: program.kind === 'Problem' ? unknowable('ExpressionFailed', program.message) : judged(program, evidence),
    summaries: readings.map(({ item, reading }) => summaryOf(item.name, reading, evidence.get(item.name))),
  };
}

/** What is wrong with an expression over evidence items of these names, in a sentence; undefined when nothing is. */
export function expressionProblem(expression: string, names: readonly string[]): string | undefined {
  const program = programOf(expression, names);
  return program.kind === 'Problem' ? program.message : undefined;
}

type Evidence = ReadonlyMap<string, Usable>;

/** What may be judged of each item that the expression refers to, in the order of the items. */
function evidenceOf(program: Program | Problem, { readings, slot, maxAgeMs }: ExpressionInput): Evidence {
  const parts = program.kind === 'Program' ? program.parts : [];
  const referred = readings.filter(({ item }) => parts.some((part) => part.item === item.name));
  return new Map(referred.map(({ item, reading }) => [item.name, usable({ item, reading, slot, maxAgeMs })]));
}

const unknowable = (...args: Parameters<typeof unknown>): Judgement => ({ outcome: unknown(...args), message: args[1] });

function judged({ text, parts, run, bound }: Program, evidence: Evidence): Judgement {
  for (const usableOrNot of evidence.values()) {
    if (usableOrNot.kind === 'Unknown') return { outcome: usableOrNot, message: usableOrNot.detail };
  }
  const seen = parts.map((part) => ({ part, samples: samplesOf(evidence.get(part.item)) }));
  const tooMany = seen.map(tooManySeries).find((text) => text !== undefined);
  if (tooMany !== undefined) return unknowable('TooManySeries', tooMany);
  const values = seen.map(({ part, samples }) => valueOf(part, samples));
  const outcome = outcomeOf(run(values));
  const left = bound?.left(values);
  return {
    outcome,
    message: `${saying(text, outcome)} (${partsText(parts, values)})`,
    ...(bound && typeof left === 'number' ? { measured: `${numberText(left)} (${boundText(bound)})` } : {}),
  };
}

const samplesOf = (evidence: Usable | undefined): readonly Sample[] => (evidence?.kind === 'Samples' ? evidence.samples : []);

const MAX_SERIES = 1000;

function tooManySeries({ part: { item, field }, samples }: { part: Part; samples: readonly Sample[] }): string | undefined {
  const count = samples.length;
  if (field === 'value' && count !== 1)
    return `${item}.value needs exactly one series, there are ${count}: sum, min and max take several`;
  if (field === 'series' && count > MAX_SERIES)
    return `${item}.series: ${count} series are more than the ${MAX_SERIES} that are looked at`;
  return undefined;
}

function valueOf({ item, field }: Part, samples: readonly Sample[]): Value {
  if (field === 'series') return samples;
  if (field === 'count') return samples.length;
  const bad = samples.find(({ value }) => !Number.isFinite(value));
  if (bad) return finite(bad.value, samples.length === 1 ? `${item}.${field}` : `${item}: a series`);
  return finite(combined(field, samples), `${item}.${field}`);
}

function combined(field: 'value' | 'sum' | 'min' | 'max', samples: readonly Sample[]): number {
  switch (field) {
    case 'value':
    case 'sum':
      return samples.reduce((sum, { value }) => sum + value, 0);
    case 'min':
      return samples.reduce((least, { value }) => Math.min(least, value), Infinity);
    case 'max':
      return samples.reduce((most, { value }) => Math.max(most, value), -Infinity);
  }
}

function outcomeOf(value: Value): Outcome {
  if (value instanceof Undecided) return unknown(value.reason, value.detail);
  return { kind: value === true ? 'Met' : 'NotMet' };
}

const NAMED_PARTS = 8;

function saying(text: string, outcome: Outcome): string {
  if (outcome.kind === 'Unknown') return outcome.detail;
  return `${text} ${outcome.kind === 'Met' ? 'holds' : 'does not hold'}`;
}

/** `errors.value is 12, requests.value is 400`. */
function partsText(parts: readonly Part[], values: readonly Value[]): string {
  const texts = parts.slice(0, NAMED_PARTS).map(({ item, field }, place) => `${item}.${field} ${valueText(values[place])}`);
  return [...texts, ...(parts.length > NAMED_PARTS ? [`and ${parts.length - NAMED_PARTS} more`] : [])].join(', ');
}

function valueText(value: Value | undefined): string {
  if (typeof value === 'number') return `is ${numberText(value)}`;
  if (value instanceof Undecided) return 'is no number';
  return `has ${(value as readonly Value[]).length}`;
}

/** What an item contributed: what was judged of it, or else what was read; a value only where it is that of its one series. */
function summaryOf(name: string, reading: Reading, evidence: Usable | undefined): EvidenceSummary {
  const read = reading.kind === 'Samples' ? reading.samples : [];
  if (evidence?.kind === 'Unknown') return { name, series: read.length, failing: 0 };
  const samples = evidence ? evidence.samples : read;
  const [only] = samples;
  return {
    name,
    series: samples.length,
    failing: 0,
    ...(only && samples.length === 1 ? { value: only.value, ...sampledAt(only) } : {}),
  };
}
