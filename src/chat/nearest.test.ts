import fc from 'fast-check';

import { editDistance, nearest } from './nearest.ts';

test.each([
  ['shop', 'shop', 0],
  ['shop', 'shpo', 1],
  ['shop', 'shp', 1],
  ['shop', 'shops', 1],
  ['shop', 'stop', 1],
  ['shop', 'mail', 4],
  ['', 'abc', 3],
  ['verfugbarkeit', 'verfugbarkiet', 1],
])('from %s to %s is %i', (one, other, distance) => expect(editDistance(one, other)).toBe(distance));

const words = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });

test('it is no longer than the words, the same both ways, and nothing only for the same word', () => {
  fc.assert(
    fc.property(words, words, (one, other) => {
      const distance = editDistance(one, other);
      expect(distance).toBe(editDistance(other, one));
      expect(distance === 0).toBe(one === other);
      expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
    }),
  );
});

test('the nearest is first, and what is far is not offered', () => {
  expect(nearest('shpo', ['mail', 'shop', 'ship']).map(({ candidate }) => candidate)).toEqual(['shop']);
  expect(nearest('incidnets', ['incident', 'incidents']).map(({ candidate }) => candidate)).toEqual(['incidents', 'incident']);
  expect(nearest('x', ['y'])).toEqual([]);
  expect(nearest('a'.repeat(41), ['a'.repeat(40)])).toEqual([]);
});
