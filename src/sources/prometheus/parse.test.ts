import fc from 'fast-check';

import { AssayError } from '../../platform/errors.ts';
import { numberOf, samplesOf, seriesOf } from './parse.ts';

const SLOT = 1_700_000_000_123;
const AT = 1_700_000_000.123;
const vector = (...result: unknown[]): unknown => ({ resultType: 'vector', result });

test.each([
  ['1', 1],
  ['-0.5', -0.5],
  ['+2', 2],
  ['.5', 0.5],
  ['5.', 5],
  ['1e-07', 1e-7],
  ['1.7976931348623157e+308', Number.MAX_VALUE],
  ['NaN', NaN],
  ['Inf', Infinity],
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
])('%s is a number', (text, want) => expect(numberOf(text)).toBe(want));

test.each([
  '',
  ' ',
  ' 1',
  '1 ',
  'abc',
  '0x10',
  '1_000',
  '1,5',
  'Infinity',
  'nan',
  'inf',
  '+NaN',
  '1e',
  '1e999',
  '--1',
  1,
  null,
  undefined,
  ['1'],
])('%j is no number', (text) => expect(() => numberOf(text)).toThrow(AssayError));

test('every double comes back from its shortest form', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      return Object.is(numberOf(Object.is(value, -0) ? '-0' : String(value)), value);
    }),
  );
});

test('a vector gives a sample for each series, also for two with the same labels', () => {
  const item = { metric: { __name__: 'up', job: 'x' }, value: [AT, '1'] };
  const sample = { labels: { __name__: 'up', job: 'x' }, value: 1 };
  expect(samplesOf(vector(item, item), SLOT)).toEqual([sample, sample]);
});

test('a label named __proto__ stays a label', () => {
  const item = JSON.parse(`{"metric":{"__proto__":"x"},"value":[${AT},"1"]}`) as unknown;
  expect(Object.entries(samplesOf(vector(item), SLOT)[0]!.labels)).toEqual([['__proto__', 'x']]);
});

test('a scalar gives one sample without labels', () => {
  expect(samplesOf({ resultType: 'scalar', result: [AT, 'NaN'] }, SLOT)).toEqual([{ labels: {}, value: NaN }]);
});

test.each<[string, unknown, RegExp]>([
  ['a matrix', { resultType: 'matrix', result: [] }, /a range of samples/],
  ['a string', { resultType: 'string', result: [AT, 'x'] }, /gives a string/],
  ['an unknown type', { resultType: 'tensor', result: [] }, /unknown resultType/],
  ['no data', undefined, /no object for data/],
  ['a list for data', [], /no object for data/],
  ['no result', { resultType: 'vector' }, /no list for result/],
  ['a native histogram', vector({ metric: {}, histogram: [AT, { count: '1' }] }), /native histogram, not a number/],
  ['a value that is a number in JSON', vector({ metric: {}, value: [AT, 1] }), /not a number/],
  ['no value', vector({ metric: {} }), /no list for sample/],
  ['a pair of three', vector({ metric: {}, value: [AT, '1', '2'] }), /not a pair/],
  ['a time as a string', vector({ metric: {}, value: [String(AT), '1'] }), /time that is not a number/],
  ['another time', vector({ metric: {}, value: [AT + 1, '1'] }), /another time/],
  ['no labels', vector({ value: [AT, '1'] }), /no object for metric/],
  ['a label that is a number', vector({ metric: { a: 1 }, value: [AT, '1'] }), /label that is not a string/],
  ['a series that is null', vector(null), /no object for sample/],
])('%s is refused', (_, data, message) => expect(() => samplesOf(data, SLOT)).toThrow(message));

test('a range gives the points of each series and the times of its histograms', () => {
  const metric = { job: 'x' };
  const result = [{ metric, values: [[AT, '1']], histograms: [[AT + 1, {}]] }, { metric }];
  expect(seriesOf({ resultType: 'matrix', result })).toEqual([
    { labels: metric, points: [{ at: SLOT, value: 1 }], histogramsAt: [SLOT + 1000] },
    { labels: metric, points: [], histogramsAt: [] },
  ]);
  expect(() => seriesOf(vector())).toThrow(/other than matrix/);
});

test('whatever JSON comes, nothing but an AssayError is thrown', () => {
  const shapes = fc.oneof(
    fc.jsonValue(),
    fc.jsonValue().map((result) => ({ resultType: 'vector', result })),
    fc.jsonValue().map((item) => vector(item)),
  );
  fc.assert(
    fc.property(shapes, (data) => {
      for (const parse of [() => samplesOf(data, SLOT), () => seriesOf(data)]) {
        try {
          parse();
        } catch (error) {
          if (!(error instanceof AssayError)) return false;
        }
      }
      return true;
    }),
  );
});

test('50,000 series are parsed in well under a second', () => {
  const metric = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`label_${index}`, 'some value']));
  const data = vector(...Array.from({ length: 50_000 }, () => ({ metric, value: [AT, '0.123456789'] })));
  const start = performance.now();
  expect(samplesOf(data, SLOT)).toHaveLength(50_000);
  expect(performance.now() - start).toBeLessThan(1_000);
});
