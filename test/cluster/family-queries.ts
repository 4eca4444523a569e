/** Random queries that leave the value of one label open, and random data for them. */
import fc from 'fast-check';

import type { Series } from './history.ts';

const HOLE = '§';

/** Values that a pattern, a string literal or a URL may spoil, and neighbours that a spoiled pattern would match. */
export const VALUES = [
  ...[
    'v',
    'V',
    'v1',
    'v.1',
    'v-1',
    'vv',
    '.',
    '.*',
    '.+',
    'v|v1',
    '|',
    '(v)',
    '(',
    '[a-z]',
    '^v$',
    'v{2}',
    'v?',
    '\\',
    '\\d',
    '1',
  ],
  ...['"', "it's", '`', '{}', ' v', ' ', '/a/b', 'a&b=c', '100%', '+', 'ü', 'u\u0308', '日本', '😀', '\u2028', 'a,b', '$1', '#'],
];
export const SLOTS = 40;
const HISTOGRAM = 'took_bucket';

export type Quote = '"' | "'" | '`';

/** The query with its value written into it; in backquotes only where that is possible. */
export const closed = (query: string, value: string, quote: Quote): string =>
  query.replaceAll(HOLE, () => literalOf(value, quote));

function literalOf(value: string, quote: Quote): string {
  if (quote === '`') return value.includes('`') ? literalOf(value, '"') : `\`${value}\``;
  return quote + value.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote;
}

/** Series of each metric for some of the values, with holes, ends, odd numbers, and labels that only some have. */
export const series: fc.Arbitrary<Series[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('gauge', 'other', 'work_total', HISTOGRAM),
      a: fc.constantFrom(undefined, ...VALUES),
      b: fc.constantFrom(undefined, 'x', 'y', 'z'),
      c: fc.constantFrom(undefined, '1', '2'),
    }),
    { minLength: 500, maxLength: 700, selector: (labels) => JSON.stringify(labels) },
  )
  .chain((all) => fc.tuple(...all.map(({ name, ...labels }) => seriesOf(name, labels))))
  .map((lists) => lists.flat());

function seriesOf(name: string, labels: Readonly<Record<string, string | undefined>>): fc.Arbitrary<Series[]> {
  const given = Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const one = (more: Readonly<Record<string, string>>, values: Series['values']): Series => ({
    labels: { __name__: name, ...Object.fromEntries(given), ...more },
    values,
  });
  if (name !== HISTOGRAM) return valuesOf(name).map((values) => [one({}, values)]);
  const growth = fc.array(fc.nat(5), { minLength: SLOTS, maxLength: SLOTS });
  return fc.tuple(growth, growth).map(([quick, slow]) => {
    const under = sums(quick);
    const all = sums(quick.map((count, slot) => count + (slow[slot] ?? 0)));
    return [
      one({ le: '0.1' }, under),
      one(
        { le: '1' },
        all.map((sum, slot) => (sum + (under[slot] ?? 0)) / 2),
      ),
      one({ le: '+Inf' }, all),
    ];
  });
}

function valuesOf(name: string): fc.Arbitrary<Series['values']> {
  const odd = fc.constantFrom(undefined, undefined, NaN, Infinity, -Infinity, 0, -0);
  const value =
    name === 'work_total' ? fc.double({ min: 0, max: 10, noNaN: true }) : fc.double({ min: -1e9, max: 1e9, noNaN: true });
  return fc
    .array(fc.oneof({ arbitrary: value, weight: 12 }, { arbitrary: odd, weight: 1 }), { minLength: SLOTS, maxLength: SLOTS })
    .map((values) => (name === 'work_total' ? sums(values.map((each) => (Number.isFinite(each) ? (each ?? 0) : 0))) : values));
}

function sums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}

const some = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const labels = fc.subarray(['a', 'b', 'c', 'le']).map((names) => `(${names.join(', ')})`);
/** The parts one after the other. */
const row = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((found) => found.join(''));
const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>): { weight: number; arbitrary: fc.Arbitrary<T> } => ({
  weight,
  arbitrary,
});

const ours = `a=${HOLE}`;
const rest = fc.oneof(
  often(5, some('')),
  often(3, some(', b="x"', ', b!="y"', ', c=~"1|2"', ',', ', c=""')),
  often(1, some(', a!="v"')),
);
const name = fc.constantFrom('gauge', 'gauge', 'other', 'work_total', HISTOGRAM);
const shift = fc.oneof(often(8, some('')), often(1, some(' offset 1m', ' offset -30s', ' @ end()', ' @ 1767261900 offset 90s')));
const matchers = fc.oneof(
  often(8, row(name, '{', ours, rest, '}')),
  often(1, row('{__name__="gauge", ', ours, rest, '}')),
  often(1, row('{', ours, rest, '}')),
  often(1, row('gauge{b="x", ', ours, '} # why\n')),
);
const selector = row(matchers, shift);
const window = fc.constantFrom('[2m]', '[90s]', '[5m]');
const OVER_TIME = ['rate', 'increase', 'irate', 'delta', 'idelta', 'deriv', 'changes', 'resets'];
const AGGREGATED = ['avg', 'min', 'max', 'sum', 'count', 'last', 'present', 'stddev', 'stdvar'].map(
  (each) => `${each}_over_time`,
);
const overTime = fc.oneof(
  often(6, row(fc.constantFrom(...OVER_TIME, ...AGGREGATED), '(', matchers, window, shift, ')')),
  often(1, row('quantile_over_time(0.9, ', matchers, window, ')')),
  often(1, row('predict_linear(', matchers, window, ', 60)')),
);
const number = fc.constantFrom('0', '1', '-2.5', '1e3', 'Inf', 'time()', 'pi()', '(3 - 1)');
const operator = fc.constantFrom('+', '-', '*', '/', '%', '^', 'atan2', '==', '!=', '>', '<', '>=', '<=', '> bool', '== bool');
const set = fc.constantFrom('and', 'or', 'unless');
const EACH = ['abs', 'ceil', 'floor', 'exp', 'ln', 'log2', 'log10', 'sqrt', 'sgn', 'round', 'timestamp', '-', '+', ''];
const plain = fc.constantFrom('sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar');
const matching = fc.oneof(
  often(4, some('')),
  often(4, row(' ', fc.constantFrom('on', 'ignoring'), labels)),
  often(3, row(' ', fc.constantFrom('on', 'ignoring'), labels, fc.constantFrom(' group_left', ' group_right'), labels)),
);
const setMatching = fc.oneof(some(''), row(' ', fc.constantFrom('on', 'ignoring'), labels));

/** Two small sides, so that often something matches: all depends on which labels each has, and on which are matched by. */
const side = fc.oneof(
  row('gauge{', ours, '}'),
  row('gauge{', ours, ', b="x"}'),
  row('gauge{', ours, ', b="", c=""}'),
  row(fc.constantFrom('sum', 'max', 'count'), fc.constantFrom(' by ', ' without '), labels, ' (gauge{', ours, '})'),
  some('gauge{a="v"}', 'max by (b) (gauge)'),
  row('scalar(gauge{', ours, ', b="x", c="1"})'),
);
const pair = fc.oneof(
  often(3, row(side, ' ', operator, matching, ' ', side)),
  often(2, row(side, ' ', set, setMatching, ' ', side)),
);

/** A query with the label's value open in every selector; most are of shapes that can be asked together, some are not. */
export const openQuery: fc.Arbitrary<string> = fc.letrec<{ expression: string; step: string }>((tie) => {
  const inner = tie('expression');
  const each = fc.oneof(
    often(5, row(fc.constantFrom(...EACH), '(', inner, ')')),
    often(1, row('clamp(', inner, ', 0, 5)')),
    often(1, row('histogram_quantile(0.9, ', inner, ')')),
  );
  const group = fc.oneof(
    often(2, row(plain, '(', inner, ')')),
    often(3, row(plain, fc.constantFrom(' by ', ' without '), labels, ' (', inner, ')')),
    often(1, row(plain, '(', inner, ')', fc.constantFrom(' by ', ' without '), labels)),
  );
  const operation = fc.oneof(
    often(3, row('(', inner, ') ', operator, ' ', number)),
    often(1, row(number, ' ', operator, ' (', inner, ')')),
    often(5, row('(', inner, ') ', operator, matching, ' (', inner, ')')),
    often(3, row('(', inner, ') ', set, setMatching, ' (', inner, ')')),
  );
  const unproven = fc.oneof(
    row(fc.constantFrom('absent', 'scalar', 'sort', 'vector'), '(', inner, ')'),
    row('absent_over_time(', selector, '[5m])'),
    row(fc.constantFrom('topk(500, ', 'bottomk(500, ', 'quantile(0.5, ', 'count_values("a", ', 'count_values("n", '), inner, ')'),
    row('(', inner, ') ', set, some(' vector(0)', ' gauge', ' on() vector(1)', ' gauge{a="v"}')),
    row('(', inner, ') ', operator, some(' on(b) gauge', ' scalar(gauge{a="v"})', ' ignoring(a) group_left other')),
    row('label_replace(', inner, ', "', fc.constantFrom('a', 'b'), '", "$1", "', fc.constantFrom('a', 'b', 'c'), '", "(.*)")'),
    row('max_over_time((', inner, ')[2m:30s])'),
    some('gauge', 'time()', 'sum(gauge) by (a)', 'vector(1)', '1', 'gauge{', 'nope(gauge)'),
  );
  return {
    step: fc.oneof(often(3, each), often(5, group), often(5, operation), often(1, unproven)),
    expression: fc.oneof({ maxDepth: 3 }, often(2, selector), often(2, overTime), often(2, pair), often(4, tie('step'))),
  };
}).expression;
