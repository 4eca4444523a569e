import fc from 'fast-check';

import { NOT_SHOWN, printable } from './printable.ts';

const hasLatin = (codePoint: number): boolean => codePoint >= 0x20 && codePoint < 0x250;

test.each(
  Object.entries({
    'letters and spaces stay': ['Zwei Zahlungen, größer als 3', 'Zwei Zahlungen, größer als 3'],
    'lines stay, whoever wrote them': ['a\r\nb\rc\u2028d\n\ne', 'a\nb\nc\nd\n\ne'],
    'a tab is room': ['a\tb', 'a    b'],
    'an accent beside its letter becomes one letter': ['u\u0308', 'ü'],
    'what the font lacks is seen to be missing': ['a支付b', 'a□□b'],
    'one character of two halves is one square': ['😀', '□'],
    'half a character is a square too': ['\ud83d!', '□!'],
    'what turns the order of reading is a square': ['abc\u202efed', 'abc□fed'],
    'a joiner without a picture is nothing': ['a\u200d\ufe0fb', 'ab'],
    'a bell does not ring': ['a\u0007b\u0000', 'a□b□'],
  }),
)('%s', (_sentence, [text = '', want]) => expect(printable(text, hasLatin)).toBe(want));

test('what is written from right to left is not shown in a wrong order, even where the font has it', () => {
  expect(printable('שלום سلام', () => true)).toBe('□□□□ □□□□');
});

test('whatever comes in, only what can be shown comes out, and twice is as once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(text, hasLatin);
      for (const char of shown) expect(char === '\n' || char === NOT_SHOWN || hasLatin(char.codePointAt(0) ?? 0)).toBe(true);
      expect(printable(shown, (codePoint) => hasLatin(codePoint) || codePoint === NOT_SHOWN.codePointAt(0))).toBe(shown);
    }),
  );
});
