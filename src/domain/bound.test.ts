import type { Operator } from '../api/criterion.ts';
import { boundText, holds, numberText, worstFirst } from './bound.ts';

const operators: Record<Operator, string> = {
  '==': 'only the value itself',
  '!=': 'all but the value itself',
  '<': 'what is less',
  '<=': 'what is less or equal',
  '>': 'what is greater',
  '>=': 'what is greater or equal',
};
const kept: Record<Operator, number[]> = {
  '==': [2],
  '!=': [1, 3],
  '<': [1],
  '<=': [1, 2],
  '>': [3],
  '>=': [2, 3],
};

test.each(Object.entries(operators))('%s holds for %s', (op) => {
  const bound = { op: op as Operator, value: 2 };
  expect([1, 2, 3].filter((value) => holds(value, bound))).toEqual(kept[op as Operator]);
});

test('doubles are compared as they are, without tolerance', () => {
  expect(holds(0.1 + 0.2, { op: '==', value: 0.3 })).toBe(false);
  expect(holds(-0, { op: '==', value: 0 })).toBe(true);
});

test.each(
  Object.entries({
    'above is worst for <': { op: '<', want: [9, 5, 1] },
    'above is worst for <=': { op: '<=', want: [9, 5, 1] },
    'below is worst for >': { op: '>', want: [1, 5, 9] },
    'below is worst for >=': { op: '>=', want: [1, 5, 9] },
    'far away is worst for ==': { op: '==', want: [9, 1, 5] },
    'near is worst for !=': { op: '!=', want: [5, 1, 9] },
  } as const),
)('%s', (_sentence, { op, want }) => {
  const samples = [5, 1, 9].map((value) => ({ labels: {}, value }));
  expect(worstFirst(samples, { op, value: 4.9 }).map(({ value }) => value)).toEqual(want);
});

test.each([
  [NaN, 'NaN'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
  [0.1, '0.1'],
  [1e21, '1e+21'],
])('the number %p is written %s', (value, text) => {
  expect(numberText(value)).toBe(text);
});

test('a bound is written as a sentence needs it', () => {
  expect(boundText({ op: '>=', value: 0.999 })).toBe('>= 0.999');
});
