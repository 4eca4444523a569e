import type { EvidenceItem } from '../api/criterion.ts';
import { expressionProblem, judgeExpression } from './expression.ts';
import { Programs } from './expression-program.ts';
import type { Reading, Sample } from './sample.ts';

const SLOT = 1_000_000;
const MAX_AGE_MS = 300_000;

/** What an item holds: values of series that are told apart by a label `n`, samples, or a whole reading. */
type Given = readonly (number | Sample)[] | Reading;
type Items = Readonly<Record<string, Given>>;

interface Case {
  readonly items?: Items;
  readonly fields?: Partial<EvidenceItem>;
  readonly want: string;
}

const isReading = (given: Given): given is Reading => 'kind' in given;

const sampleOf = (given: number | Sample, n: number): Sample =>
  typeof given === 'number' ? { labels: { n: String(n) }, value: given } : given;

function judged(expression: string, items: Items = {}, fields: Partial<EvidenceItem> = {}): ReturnType<typeof judgeExpression> {
  const readings = Object.entries({ ...{ errors: [12], requests: [400], up: [1, 1, 0] }, ...items }).map(([name, given]) => {
    const reading: Reading = isReading(given) ? given : { kind: 'Samples', samples: given.map(sampleOf) };
    return { item: { name, ...fields }, reading };
  });
  return judgeExpression({ expression, readings, slot: SLOT, maxAgeMs: MAX_AGE_MS });
}

function outcomeText(expression: string, items?: Items, fields?: Partial<EvidenceItem>): string {
  const { outcome } = judged(expression, items, fields).judgement;
  return outcome.kind === 'Unknown' ? outcome.reason : outcome.kind;
}

const down: Reading = { kind: 'Unavailable', reason: 'SourceUnreachable', message: 'refused' };
const partial: Reading = { kind: 'Samples', samples: [{ labels: {}, value: 0 }], partial: 'a store did not answer' };
const zoned = (zone: string, value: number): Sample => ({ labels: { zone }, value });
const twins = [zoned('a', 1), zoned('a', 2)];
const old = { labels: {}, value: 1, sampleAt: SLOT - MAX_AGE_MS - 1 };

describe('judges', () => {
  test.each(
    Object.entries({
      'a ratio that is over its bound': ['evidence.errors.value / evidence.requests.value < 0.01', { want: 'NotMet' }],
      'a ratio that is under it': ['evidence.errors.value / evidence.requests.value < 0.05', { want: 'Met' }],
      'a whole literal against a number': ['evidence.errors.value == 12', { want: 'Met' }],
      'a number against a literal on the left': ['12.0 >= evidence.errors.value', { want: 'Met' }],
      'a literal that calculates with a number': ['evidence.errors.value / 5 > 2.3', { want: 'Met' }],
      'counts without cutting the fraction off': ['evidence.errors.count / evidence.up.count > 0.3', { want: 'Met' }],
      'literals without cutting the fraction off': ['evidence.errors.value * (1 / 2) == 6', { want: 'Met' }],
      'minus and a negative bound': ['-evidence.errors.value > -13', { want: 'Met' }],
      'the sum, the least and the most of several series': [
        'evidence.up.sum == 2 && evidence.up.min == 0 && evidence.up.max == 1',
        { want: 'Met' },
      ],
      'the number of series': ['evidence.up.count != 3', { want: 'NotMet' }],
      'all series, one of which breaks it': ['evidence.up.series.all(s, s.value == 1)', { want: 'NotMet' }],
      'that a series exists': ['evidence.up.series.exists(s, s.value == 0)', { want: 'Met' }],
      'that exactly one exists': ['evidence.up.series.exists_one(s, s.value == 1)', { want: 'NotMet' }],
      'how many series hold': [
        'evidence.up.series.filter(s, s.value == 1).size() / size(evidence.up.series) > 0.6',
        { want: 'Met' },
      ],
      'a chain of macros': ['evidence.up.series.filter(s, s.value > 0).all(t, t.labels.n in ["0", "1"])', { want: 'Met' }],
      'labels by name, by key and by their parts': [
        'evidence.up.series.all(s, s.labels.n == s.labels["n"] && !s.labels.n.contains("9") && "n" in s.labels && !has(s.labels.zone))',
        { want: 'Met' },
      ],
      'a label of an uncomfortable name': [
        'evidence.up.series.all(s, s.labels.constructor == "x" && !("toString" in s.labels))',
        { items: { up: [{ labels: { constructor: 'x' }, value: 1 }] }, want: 'Met' },
      ],
      'a choice': ['evidence.requests.value == 0 ? true : evidence.errors.value < 1', { want: 'NotMet' }],
      'a choice of numbers': ['(evidence.up.count > 2 ? evidence.errors.value : 0) == 12', { want: 'Met' }],
      'a series inside a macro that carries the name evidence': [
        'evidence.up.series.all(evidence, evidence.value >= 0)',
        { want: 'Met' },
      ],
      'a count as a double, as CEL writes it': ['double(evidence.up.count) / 2.0 == 1.5', { want: 'Met' }],
      'decimals as IEEE 754 doubles': [
        'evidence.errors.value * 0.1 + 0.1 + 0.2 == 1.5',
        { items: { errors: [12] }, want: 'NotMet' },
      ],
    } satisfies Record<string, [string, Case]>),
  )('%s', (_sentence, [expression, { items, want }]: [string, Case]) => {
    expect(outcomeText(expression, items)).toBe(want);
  });
});

describe('evidence', () => {
  test.each(
    Object.entries({
      'a source that gave no answer leaves it unknown': [
        'evidence.errors.value > 1',
        { items: { errors: down }, want: 'SourceUnreachable' },
      ],
      'also where the other side would decide': [
        'evidence.requests.value == 400 || evidence.errors.value > 1',
        { items: { errors: down }, want: 'SourceUnreachable' },
      ],
      'but not where the expression does not refer to it': [
        'evidence.requests.value == 400',
        { items: { errors: down }, want: 'Met' },
      ],
      'a name in a string refers to nothing': [
        'evidence.requests.value == 400 && "evidence.errors.value" != ""',
        { items: { errors: down }, want: 'Met' },
      ],
      'a partial answer is none': ['evidence.errors.value == 0', { items: { errors: partial }, want: 'PartialAnswer' }],
      'unless the item allows it': [
        'evidence.errors.value == 0',
        { items: { errors: partial }, fields: { allowPartial: true }, want: 'Met' },
      ],
      'an empty answer is none': ['evidence.errors.sum < 1', { items: { errors: [] }, want: 'EmptyResult' }],
      'an empty answer has no count either': ['evidence.errors.count == 0', { items: { errors: [] }, want: 'EmptyResult' }],
      'an empty answer is zero where that is said': [
        'evidence.errors.value == 0 && evidence.errors.count == 1',
        { items: { errors: [] }, fields: { whenEmpty: 'Zero' }, want: 'Met' },
      ],
      'no answer is no zero': [
        'evidence.errors.value == 0',
        { items: { errors: down }, fields: { whenEmpty: 'Zero' }, want: 'SourceUnreachable' },
      ],
      'twins are a failed query': ['evidence.errors.max < 5', { items: { errors: twins }, want: 'QueryFailed' }],
      'stale samples alone are none': ['evidence.errors.value == 1', { items: { errors: [old] }, want: 'StaleData' }],
      'a stale sample beside a fresh one does not count': [
        'evidence.errors.value == 0',
        { items: { errors: [old, { labels: { n: '1' }, value: 0, sampleAt: SLOT }] }, want: 'Met' },
      ],
      'the one value of several series is none': ['evidence.up.value == 1', { want: 'TooManySeries' }],
      'also where nothing depends on it': ['evidence.up.count == 3 || evidence.up.value == 1', { want: 'TooManySeries' }],
      'more than a thousand series are not looked at one by one': [
        'evidence.up.series.all(s, s.value == 1)',
        { items: { up: Array<number>(1001).fill(1) }, want: 'TooManySeries' },
      ],
      'but summed up': ['evidence.up.sum == 1001', { items: { up: Array<number>(1001).fill(1) }, want: 'Met' }],
    } satisfies Record<string, [string, Case]>),
  )('%s', (_sentence, [expression, { items, fields, want }]: [string, Case]) => {
    expect(outcomeText(expression, items, fields)).toBe(want);
  });
});

describe('three-valued logic', () => {
  const nan = { errors: [NaN] };
  test.each(
    Object.entries({
      'NaN is not compared': ['evidence.errors.value != 1', nan, 'NotANumber'],
      'NaN does not equal itself, nor differ': ['evidence.errors.value == evidence.errors.value', nan, 'NotANumber'],
      'an infinity is not compared, also where it would hold': [
        'evidence.errors.value > 1',
        { errors: [Infinity] },
        'NotANumber',
      ],
      '0/0 is undecided': ['evidence.errors.value / evidence.requests.value < 1', { errors: [0], requests: [0] }, 'NotANumber'],
      '1/0 is undecided': ['evidence.errors.value / evidence.requests.value > 1', { requests: [0] }, 'NotANumber'],
      '1/0 of literals is undecided': ['1.0 / 0.0 > evidence.errors.value', {}, 'NotANumber'],
      'a finite result of an infinite one is undecided': ['1 / (evidence.errors.value / 0) == 0', {}, 'NotANumber'],
      'what overflows is undecided': ['evidence.errors.value * 1e308 > 1', {}, 'NotANumber'],
      'a sum that overflows is undecided': ['evidence.up.sum > 1', { up: [1.7e308, 1.7e308] }, 'NotANumber'],
      'the least of series with an infinite one is undecided': ['evidence.up.min < 5', { up: [1, Infinity] }, 'NotANumber'],
      'the number of series that are NaN is known': ['evidence.errors.count == 1', nan, 'Met'],
      'not undecided is undecided': ['!(evidence.errors.value < 1)', nan, 'NotANumber'],
      'true or undecided is met': ['evidence.requests.value == 400 || evidence.errors.value < 1', nan, 'Met'],
      'undecided or true is met': ['evidence.errors.value < 1 || evidence.requests.value == 400', nan, 'Met'],
      'false or undecided is undecided': ['evidence.requests.value == 1 || evidence.errors.value < 1', nan, 'NotANumber'],
      'undecided or false is undecided': ['evidence.errors.value < 1 || evidence.requests.value == 1', nan, 'NotANumber'],
      'false and undecided is not met': ['evidence.requests.value == 1 && evidence.errors.value < 1', nan, 'NotMet'],
      'undecided and false is not met': ['evidence.errors.value < 1 && evidence.requests.value == 1', nan, 'NotMet'],
      'undecided and true is undecided': ['evidence.errors.value < 1 && evidence.requests.value == 400', nan, 'NotANumber'],
      'a choice by what is undecided is undecided': ['evidence.errors.value < 1 ? true : true', nan, 'NotANumber'],
      'a side that is not chosen does not matter': ['evidence.requests.value > 1 ? true : evidence.errors.value < 1', nan, 'Met'],
      'one bad of all decides': ['evidence.up.series.all(s, s.value == 1)', { up: [NaN, 0] }, 'NotMet'],
      'no bad and one NaN of all is undecided': ['evidence.up.series.all(s, s.value == 1)', { up: [NaN, 1] }, 'NotANumber'],
      'one good that exists decides': ['evidence.up.series.exists(s, s.value == 1)', { up: [NaN, 1] }, 'Met'],
      'exactly one beside a NaN is undecided': ['evidence.up.series.exists_one(s, s.value == 1)', { up: [NaN, 1] }, 'NotANumber'],
      'a NaN is not filtered away': ['evidence.up.series.filter(s, s.value > 1).size() == 0', { up: [NaN, 1] }, 'NotANumber'],
      'a NaN is in no list and not outside': ['!(evidence.errors.value in [1, 2])', nan, 'NotANumber'],
      'a list that holds a NaN decides nothing': ['1 in [1, evidence.errors.value]', nan, 'NotANumber'],
      'all of none is undecided, as no data is never a pass': [
        'evidence.up.series.filter(s, s.value > 9).all(s, s.value == 10)',
        {},
        'EmptyResult',
      ],
      'whether one of none exists is undecided too': [
        'evidence.up.series.filter(s, s.value > 9).exists(s, s.value == 10)',
        {},
        'EmptyResult',
      ],
      'and so is what is not so of it': [
        '!evidence.up.series.filter(s, s.value > 9).exists(s, s.value == 10)',
        {},
        'EmptyResult',
      ],
      'a list of calculated numbers': ['2 in [evidence.errors.value / 6, 3]', {}, 'Met'],
      'a label that is not there fails': ['evidence.up.series.all(s, s.labels.zone == "a")', {}, 'ExpressionFailed'],
    } satisfies Record<string, [string, Items, string]>),
  )('%s', (_sentence, [expression, items, want]: [string, Items, string]) => {
    expect(outcomeText(expression, items)).toBe(want);
  });
});

describe('an expression is refused', () => {
  const names = ['errors', 'requests', 'up'];
  const deep = `${'('.repeat(40)}evidence.up.count${')'.repeat(40)} == 1`;
  const equal = `evidence.up.count == 1${' == true'.repeat(110)}`;

  test.each(
    Object.entries({
      'that names no evidence item': [
        'evidence.eror.value > 1',
        'there is no evidence item eror, only errors, requests, up (at character 10)',
      ],
      'that misspells a field': [
        'evidence.up.valeu > 1',
        'an evidence item has no field valeu, only value, count, sum, min, max, series (at character 13)',
      ],
      'that misspells a field of a series': [
        'evidence.up.series.all(s, s.valeu > 1)',
        'a series has no field valeu, only value, labels (at character 29)',
      ],
      'that compares a number with a string': [
        'evidence.up.sum == "1"',
        'this is a string, it must be a number (at character 20)',
      ],
      'that gives no bool': ['evidence.up.sum + 1', 'the expression gives a number, it must give a bool (at character 1)'],
      'that stops too early': ['evidence.up.sum >', 'the expression can not be read: unexpected token: EOF (at character 18)'],
      'that refers to no evidence': ['1 < 2', 'the expression refers to no evidence (at character 1)'],
      'that takes an item for a value': ['evidence.up > 1', 'evidence.up is an evidence item: say which of its'],
      'that speaks of evidence as a whole': ['evidence == 1', 'evidence alone is no value'],
      'that forgets evidence': ['up.value > 1', 'nothing here is called up'],
      'that looks an item up by a key': ['evidence["up"].sum > 1', 'an evidence item is named with a dot'],
      'that takes a series by its place': ['evidence.up.series[0].value > 1', 'a list of series has no places'],
      'that uses a regular expression': ['evidence.up.series.all(s, s.labels.n.matches("(a+)+$"))', 'matches() can run for long'],
      'that nests macros': [
        'evidence.up.series.all(s, evidence.up.series.exists(t, t.value > s.value))',
        'exists() can not stand within another one',
      ],
      'that uses a function of the library': ['timestamp(evidence.up.count) > 1', 'timestamp() can not be used here'],
      'that uses a macro of the library': ['cel.bind(x, evidence.up.count, x > 1)', 'bind() can not be used here'],
      'that uses a method with the name of an inherited one': [
        'evidence.up.series.toString(s, true)',
        'toString() can not be used here',
      ],
      'that uses an operator of whole numbers': ['evidence.up.count % 2 == 0', '% can not be used here'],
      'that asks has() of a number': ['has(evidence.up.sum) && true', 'evidence.up is an evidence item'],
      'that asks has() of a field of something else': [
        'evidence.up.series.all(s, has(s.value.x))',
        'this is a number, it must be a set of labels',
      ],
      'that writes a map': ['{1: 2} == {1: 2} && evidence.up.count > 0', 'map can not be used here'],
      'that compares labels as a whole': [
        'evidence.up.series.all(s, s.labels == s.labels)',
        'a set of labels can not be compared (at character',
      ],
      'that writes an empty list': ['evidence.up.count in []', 'a list holds numbers or strings'],
      'that mixes a list': ['evidence.up.count in [1, "2"]', 'this is a string, it must be a number'],
      'that mixes a choice': ['(evidence.up.count > 1 ? 1 : "2") == 1', 'this is a string, it must be a number'],
      'that is too deep': [deep, 'it is too long or too deep'],
      'that is too long': [`evidence.up.count > ${'1 + '.repeat(200)}1`, 'it is too long or too deep'],
      'that has too many characters': [
        `evidence.up.count > ${' '.repeat(2048)}1`,
        'the expression is longer than 2048 characters',
      ],
      'that is long, not read for long': [equal.replace('count', 'series'), 'a list of series can not be compared'],
      'that hides control characters': ['evidence.up.count > \u001b[31m', 'unexpected character: ?'],
    } satisfies Record<string, [string, string]>),
  )('%s', (_sentence, [expression, want]) => {
    expect(expressionProblem(expression, names)).toContain(want);
  });

  test('nothing is wrong with one whose names and types fit', () => {
    expect(expressionProblem('evidence.errors.value / evidence.requests.value < 0.01', names)).toBeUndefined();
    expect(expressionProblem(equal, names)).toBeUndefined();
  });

  test('and judged it is unknown, with the sentence', () => {
    const { outcome, message } = judged('evidence.eror.value > 1').judgement;
    expect(outcome).toMatchObject({ kind: 'Unknown', reason: 'ExpressionFailed' });
    expect(message).toContain('there is no evidence item eror');
  });
});

describe('says', () => {
  test.each(
    Object.entries({
      'what holds, and the values': [
        'evidence.errors.value / evidence.requests.value < 0.05',
        {},
        'evidence.errors.value / evidence.requests.value < 0.05 holds (errors.value is 12, requests.value is 400)',
      ],
      'what does not hold, in one line': [
        'evidence.errors.value /\n  evidence.requests.value < 0.01',
        {},
        'evidence.errors.value / evidence.requests.value < 0.01 does not hold (errors.value is 12, requests.value is 400)',
      ],
      'each part once, and how many series there are': [
        'evidence.up.series.all(s, s.value > 0) || evidence.up.max < evidence.up.max',
        {},
        'evidence.up.series.all(s, s.value > 0) || evidence.up.max < evidence.up.max does not hold (up.series has 3, up.max is 1)',
      ],
      'why it is undecided': [
        'evidence.errors.value / evidence.requests.value < 0.05',
        { errors: [0], requests: [0] },
        '0 / 0 is NaN (errors.value is 0, requests.value is 0)',
      ],
      'which item is unusable': ['evidence.errors.value > 1', { errors: down }, 'errors: refused'],
      'which item has several series': [
        'evidence.up.value > 1',
        {},
        'up.value needs exactly one series, there are 3: sum, min and max take several',
      ],
    } satisfies Record<string, [string, Items, string]>),
  )('%s', (_sentence, [expression, items, want]: [string, Items, string]) => {
    expect(judged(expression, items).judgement.message).toBe(want);
  });

  test('a cut goes through no character: a half of one could go on no record', () => {
    const zones = (before: string): string => `evidence.up.series.all(s, s.labels.zone != "${before}${'😀'.repeat(150)}")`;
    for (const before of ['', 'a']) {
      const items = { up: { kind: 'Samples', samples: [{ labels: { zone: 'b' }, value: 1 }] } } as const;
      const { message, outcome } = judged(zones(before), items).judgement;
      expect([outcome.kind, message.isWellFormed()]).toEqual(['Met', true]);
    }
  });

  test('at most 200 characters of the expression and eight parts', () => {
    const fields = ['count', 'sum', 'min', 'max'];
    const all = ['errors', 'requests', 'up'].flatMap((name) => fields.map((field) => `evidence.${name}.${field} > -1`));
    const { message } = judged(all.join(' && ')).judgement;
    expect(message).toContain('… holds (errors.count is 1, ');
    expect(message.indexOf('…')).toBe(199);
    expect(message).toContain(', requests.max is 400, and 4 more)');
  });

  test.each(
    Object.entries({
      'the left side against a literal': ['evidence.errors.value / evidence.requests.value < 0.01', {}, '0.03 (< 0.01)'],
      'against one with a sign': ['evidence.errors.value > -1', {}, '12 (> -1)'],
      'not against another value': ['evidence.errors.value < evidence.requests.value', {}, undefined],
      'not of a conjunction': ['evidence.errors.value < 1 && evidence.requests.value > 1', {}, undefined],
      'not what is undecided': ['evidence.errors.value < 1', { errors: [NaN] }, undefined],
    } satisfies Record<string, [string, Items, string | undefined]>),
  )('as measured %s', (_sentence, [expression, items, want]: [string, Items, string | undefined]) => {
    expect(judged(expression, items).judgement.measured).toBe(want);
  });

  test('what each item contributed, in their order', () => {
    const fresh = { labels: {}, value: 12, sampleAt: SLOT };
    const { summaries } = judged('evidence.requests.value > 1 && evidence.errors.value > 1', {
      errors: [fresh, { ...old, labels: { n: '9' } }],
    });
    expect(summaries).toEqual([
      { name: 'errors', series: 1, failing: 0, value: 12, sampleAt: SLOT },
      { name: 'requests', series: 1, failing: 0, value: 400 },
      { name: 'up', series: 3, failing: 0 },
    ]);
    expect(judged('evidence.errors.value > 1', { errors: partial }).summaries[0]).toEqual({
      name: 'errors',
      series: 1,
      failing: 0,
    });
  });
});

test('a program is kept for its expression and names, and the oldest makes room', () => {
  const programs = new Programs(2);
  const first = programs.of('evidence.a.value > 1', ['a']);
  expect(programs.of('evidence.a.value > 1', ['a'])).toBe(first);
  expect(programs.of('evidence.a.value > 1', ['b']).kind).toBe('Problem');
  programs.of('evidence.a.value > 2', ['a']);
  expect(programs.of('evidence.a.value > 1', ['a'])).not.toBe(first);
});
