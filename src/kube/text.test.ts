import fc from 'fast-check';

import { cutText } from './text.ts';

test.each(
  Object.entries({
    'a short text stays as it is': { text: 'abc', max: 3, want: 'abc' },
    'a long one ends with an ellipsis': { text: 'abcdefgh', max: 6, want: 'abc…' },
    'the limit counts bytes': { text: 'ääää', max: 7, want: 'ää…' },
    'a character outside of the basic plane is not halved': { text: '🙂🙂🙂', max: 8, want: '🙂…' },
    'there may be room for the ellipsis only': { text: '🙂🙂', max: 5, want: '…' },
  }),
)('%s', (_sentence, { text, max, want }) => {
  expect(cutText(text, max)).toBe(want);
});

test('a cut text is never too long, and begins like the whole', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 40 }), (text, max) => {
      const cut = cutText(text, max);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
      expect(cut === text || text.startsWith(cut.slice(0, -1))).toBe(true);
      expect(cut.isWellFormed()).toBe(true);
    }),
  );
});
