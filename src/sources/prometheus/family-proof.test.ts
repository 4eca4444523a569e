import { kinshipsOf, newKinships } from './family-proof.ts';
import { familyQuery } from './family-query.ts';

/** The label, whether the answer alone lacks it, and what the family of `v` and `w` asks. */
const families = (query: string): unknown[] =>
  kinshipsOf(query).map(({ label, hidden, template }) => [
    label,
    hidden ? 'hidden' : 'carried',
    familyQuery(template, ['v', 'w']),
  ]);

const X = 'x{a=~"v|w"}';

describe('asked together: the label is in the answer alone, too', () => {
  test.each(
    Object.entries({
      'a selector': ['x{a="v"}', X],
      'in other quotes': [`x{a='v'}`, X],
      'in backquotes, with blanks and a comma': ['x{ a = `v` , }', 'x{ a=~"v|w" , }'],
      'without the name of a metric': ['{a="v"}', '{a=~"v|w"}'],
      'beside other matchers': ['x{b!="u",a="v",c=~"1|2"}', 'x{b!="u",a=~"v|w",c=~"1|2"}'],
      'moved in time': ['x{a="v"} offset 5m', `${X} offset 5m`],
      'at a fixed time': ['x{a="v"} @ 5 offset 1m', `${X} @ 5 offset 1m`],
      'a function of each series': ['rate(x{a="v"}[5m] offset 1h)', `rate(${X}[5m] offset 1h)`],
      'with numbers beside it': ['clamp(x{a="v"}, 0, pi())', `clamp(${X}, 0, pi())`],
      'a sign, in parentheses': ['-(x{a="v"})', `-(${X})`],
      'compared with a number': ['x{a="v"} > bool 0.5', `${X} > bool 0.5`],
      'a number in front': ['time() - x{a="v"}', `time() - ${X}`],
      'a comment behind it': ['x{a="v"} # why', `${X} # why`],
      'grouped by it': ['sum by (a, b) (x{a="v"})', `sum by (a, b) (${X})`],
      'grouped without another': ['sum(x{a="v"}) without (b)', `sum(${X}) without (b)`],
      'buckets of each series': ['histogram_quantile(0.9, x{a="v"})', `histogram_quantile(0.9, ${X})`],
      'both sides': ['x{a="v"} / x{a="v"}', `${X} / ${X}`],
      'matched on it': ['x{a="v"} / on(a) x{a="v"}', `${X} / on(a) ${X}`],
      'matched on another, many of the left': [
        'x{a="v"} / on(b) group_left(c) sum by (b) (x{a="v"})',
        `${X} / on(b, a) group_left(c) sum by (b, a) (${X})`,
      ],
      'matched ignoring it, many of the right': [
        'sum by (b) (x{a="v"}) / ignoring(a) group_right x{a="v"}',
        `sum by (b, a) (${X}) / ignoring() group_right ${X}`,
      ],
      'where the other is, matched on nothing': ['x{a="v"} and on() y{a="v"}', `${X} and on(a) y{a=~"v|w"}`],
      'unless, the sides not alike': ['x{a="v"} unless ignoring(a, b) sum(x{a="v"})', `${X} unless ignoring(b) sum by (a)(${X})`],
      'one or the other': ['x{a="v"} or y{a="v"}', `${X} or y{a=~"v|w"}`],
    }),
  )('%s', (_sentence, [query, want]) => expect(families(query!)).toEqual([['a', 'carried', want]]));
});

describe('asked together: the label is taken out of the answer', () => {
  test.each(
    Object.entries({
      'a sum of all': ['sum(x{a="v"})', `sum by (a)(${X})`],
      'grouped by another': ['avg by (b) (x{a="v"})', `avg by (b, a) (${X})`],
      'grouped by another, said behind': ['avg(x{a="v"}) by(b,)', `avg(${X}) by(b, a)`],
      'grouped by nothing': ['max by () (x{a="v"})', `max by (a) (${X})`],
      'grouped without it': ['count without (b, a) (x{a="v"})', `count without (b) (${X})`],
      'grouped twice': ['max(sum by (b) (x{a="v"}))', `max by (a)(sum by (b, a) (${X}))`],
      'grouped by it, when it was gone': ['sum by (a) (sum(x{a="v"}))', `sum by (a) (sum by (a)(${X}))`],
      'a ratio': ['sum(x{a="v"}) / sum(y{a="v"}) < 0.1', `sum by (a)(${X}) / sum by (a)(y{a=~"v|w"}) < 0.1`],
      'buckets of a sum': [
        'histogram_quantile(0.9, sum by (le) (rate(x{a="v"}[5m])))',
        `histogram_quantile(0.9, sum by (le, a) (rate(${X}[5m])))`,
      ],
      'matched ignoring it': ['x{a="v"} - ignoring(a, b) sum(x{a="v"})', `${X} - ignoring(b) sum by (a)(${X})`],
      'matched on another': ['x{a="v"} - on(b) x{a="v"}', `${X} - on(b, a) ${X}`],
      'matched on it, when it is gone': ['sum(x{a="v"}) - on(a) sum(x{a="v"})', `sum by (a)(${X}) - on(a) sum by (a)(${X})`],
    }),
  )('%s', (_sentence, [query, want]) => expect(families(query!)).toEqual([['a', 'hidden', want]]));
});

test.each(
  Object.entries({
    'no selector': '1 + time()',
    'no matcher': 'x',
    'a pattern': 'x{a=~"v"}',
    'not equal': 'x{a!="v"}',
    'the empty value': 'x{a=""}',
    'the name of the metric': '{__name__="x"}',
    'a label of its own kind': 'x{__meta="v"}',
    'two matchers': 'x{a="v",a!="w"}',
    'an escape': 'x{a="\\x76"}',
    'a quoted label': 'x{"a"="v"}',
    'a quoted label beside it': 'x{"b c"="1",a="v"}',
    'a quoted name of a metric': '{"x y",a="v"}',
    'a selector without it': 'x{a="v"} / on(b) y',
    'a selector with another value': 'x{a="v"} / on(b) y{a="w"}',
    'another number of series': 'x{a="v"} or vector(0)',
    'whether there is none': 'absent(x{a="v"})',
    'whether there was none': 'absent_over_time(x{a="v"}[5m])',
    'a number of one series': 'scalar(x{a="v"})',
    'the highest of all': 'topk(1, x{a="v"})',
    'a quantile over all': 'quantile(0.5, x{a="v"})',
    'values as labels': 'count_values("a", x{a="v"})',
    'a changed label': 'label_replace(x{a="v"}, "a", "u", "", "")',
    'joined labels': 'label_join(x{a="v"}, "a", "", "b")',
    'a subquery': 'max_over_time(rate(x{a="v"}[5m])[1h:1m])',
    'an order': 'sort(x{a="v"})',
    'a function of two selectors': 'clamp(x{a="v"}, x{a="v"}, 1)',
    'an hour without an argument': 'hour()',
    'a function that only newer servers know': 'mad_over_time(x{a="v"}[5m])',
    'a modifier that only newer servers know': 'x{a="v"} + fill(0) x{a="v"}',
    'a smoothed selector': 'rate(x{a="v"}[5m] smoothed)',
    'a sum over buckets': 'histogram_quantile(0.9, x{le="v"})',
    'sides that are not alike': 'x{a="v"} / sum(x{a="v"})',
    'sides that are not alike, matched on it': 'x{a="v"} / on(a) group_left sum(x{a="v"})',
    'sides that are not alike, matched ignoring another': 'x{a="v"} and ignoring(b) sum(x{a="v"})',
    'one or the other, not alike': 'x{a="v"} or on(b) sum by (b) (x{a="v"})',
    'it is taken from the other side': 'sum by (b) (x{a="v"}) * on(b) group_left(a) x{a="v"}',
    'a quoted label is taken': 'x{a="v"} * on(b) group_left("c d") x{a="v"}',
    'grouped by a quoted label': 'sum by ("c d") (x{a="v"})',
    'matched on a quoted label': 'x{a="v"} * on("c d") x{a="v"}',
    'an offset that the parser takes for one of both': 'x{a="v"} + x{a="v"} offset 5m',
    'a carriage return, which ends a comment': 'x{a="v"} # \r or y',
    'no query': 'x{a="v"',
    nothing: '',
    'deeper than any rule': `${'('.repeat(200)}x{a="v"}${')'.repeat(200)}`,
  }),
)('asked alone: %s', (_sentence, query) => expect(families(query)).toEqual([]));

test('a query can be of several families', () => {
  expect(families('sum by (b) (x{a="v",b="v"})')).toEqual([
    ['a', 'hidden', 'sum by (b, a) (x{a=~"v|w",b="v"})'],
    ['b', 'carried', 'sum by (b) (x{a="v",b=~"v|w"})'],
  ]);
});

test('a family are queries that differ in the value only', () => {
  const templateOf = (query: string): string | undefined => kinshipsOf(query)[0]?.template;
  expect(templateOf('sum(x{a="v"})')).toBe(templateOf(`sum(x{a='u"'})`));
  const others = ['sum(x{b="v"})', 'sum (x{a="v"})', 'sum(y{a="v"})', 'sum(x{a="v",})'];
  expect(new Set([...others, 'sum(x{a="v"})'].map(templateOf)).size).toBe(5);
});

test('what differs only in whether the answer has the label is one family, too', () => {
  const [[summed], [grouped]] = [kinshipsOf('sum(x{a="v"})'), kinshipsOf('sum by (a)(x{a="w"})')];
  expect(summed).toEqual({ ...grouped, value: 'v', hidden: true });
});

test('what was proven is remembered, until it is too much', () => {
  const remembering = newKinships();
  const query = 'x{a="v"}';
  expect(remembering(query)).toEqual(kinshipsOf(query));
  expect(remembering(query)).toBe(remembering(query));
  const first = remembering(query);
  remembering(`x{a="${'v'.repeat(5_000_000)}"}`);
  expect(remembering(query)).not.toBe(first);
});
