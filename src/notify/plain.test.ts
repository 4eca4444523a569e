import fc from 'fast-check';

import { cut } from '../domain/cut.ts';
import { fileName, linesOf, oneLine, webAddress } from './plain.ts';

const text = fc.string({ unit: 'binary', maxLength: 60 });

test.each(
  Object.entries({
    'a line break is a blank': ['a\r\nb', 'a b'],
    'blanks come in one piece': ['  a \t\u00a0 b ', 'a b'],
    'the direction of reading stays': ['a\u202egnp.exe', 'agnp.exe'],
    'nothing without a shape stays': ['@\u200bhere\u00ad', '@here'],
    'a joined emoji stays whole': ['👩\u200d🚒', '👩\u200d🚒'],
    'an escape sequence loses its escape': ['\u001b[31mred', '[31mred'],
    'half a character is no character': ['a\ud83d', 'a\ufffd'],
  }),
)('%s', (_sentence, [given, want]) => expect(oneLine(given as string)).toBe(want));

test('lines stay lines', () => {
  expect(linesOf('\n\na\r\n\n\n b\u2028c\n')).toEqual(['a', '', 'b', 'c']);
  expect(linesOf(' \n')).toEqual([]);
});

test('no text keeps a control character, and a line stays a line', () => {
  fc.assert(
    fc.property(text, (given) => {
      const line = oneLine(given);
      expect(line).not.toMatch(/\p{Cc}|\p{Zl}|\p{Zp}/u);
      expect(line.isWellFormed()).toBe(true);
      expect(oneLine(line)).toBe(line);
      for (const part of linesOf(given)) expect(oneLine(part)).toBe(part);
    }),
  );
});

test('what is cut is short enough, well formed, and says that it is cut', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 30 }), (given, most) => {
      const line = oneLine(given);
      const short = cut(line, most);
      expect(short.length).toBeLessThanOrEqual(most);
      expect(short.isWellFormed()).toBe(true);
      expect(short === line || short.endsWith('…')).toBe(true);
    }),
  );
  expect(cut('ab😀cd', 4)).toBe('ab…');
});

test.each(
  Object.entries({
    'https://wiki.example.org/a b?c=d': 'https://wiki.example.org/a%20b?c=d',
    'HTTP://example.org': 'http://example.org/',
    'javascript:alert(1)': undefined,
    'https://user:secret@example.org/': undefined,
    'not an address': undefined,
  }),
)('the link %s', (given, want) => expect(webAddress(given)).toBe(want));

test('a link that is too long for a message is none', () => {
  expect(webAddress(`https://example.org/${'a'.repeat(2_000)}`)).toBeUndefined();
});

test.each(
  Object.entries({
    'incident 7.pdf': 'incident 7.pdf',
    '../../etc/passwd': '.._.._etc_passwd',
    'a\r\n"b".txt': 'a _b_.txt',
    '..': 'file',
    '': 'file',
  }),
)('the name of a file %j', (given, want) => expect(fileName(given)).toBe(want));
