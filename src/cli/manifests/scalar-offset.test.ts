import fc from 'fast-check';
import { Document, isMap, isScalar, parseDocument, Scalar } from 'yaml';

import { sourceOffset } from './scalar-offset.ts';

function find(text: string, needle: string): { offset: number; scalar: Scalar } {
  const contents = parseDocument(text).contents;
  const scalar = isMap(contents) ? contents.get('query', true) : undefined;
  if (!isScalar(scalar)) throw new Error('no query');
  return { scalar, offset: String(scalar.value).indexOf(needle) };
}

describe('a character of the value is found in the source, however it is written', () => {
  test.each(
    Object.entries({
      plain: 'query: sum(up) / HERE\n',
      'plain over several lines': 'query: sum(up)\n  / HERE\nb: 1\n',
      'single quotes with a doubled one': "query: 'up{a=~''b''} / HERE'\n",
      'double quotes with escapes': 'query: "up{a=\\"b\\"} \\t\\x41 / HERE"\n',
      'double quotes over several lines': 'query: "up{a=\\"b\\"} \\\n   / HERE"\n',
      'a literal block': 'query: |\n  sum(up)\n    / HERE\n',
      'a literal block with a comment in its header': 'query: |2- # why\n    sum(up)\n    / HERE\n',
      'a folded block': 'query: >-\n  sum(up)\n  / HERE\n\n\nb: 1\n',
    }),
  )('%s', (_sentence, text) => {
    const { scalar, offset } = find(text, 'HERE');
    expect(text.slice(sourceOffset(text, scalar, offset))).toMatch(/^HERE/);
  });
});

test('the end of the value is the end of its last word', () => {
  const text = 'query: |\n  up +\nb: 1\n';
  const { scalar } = find(text, '');
  expect(text.slice(sourceOffset(text, scalar, 4))).toBe('\nb: 1\n');
});

test('any visible character is found in any style', () => {
  const styles = [Scalar.PLAIN, Scalar.QUOTE_SINGLE, Scalar.QUOTE_DOUBLE, Scalar.BLOCK_LITERAL, Scalar.BLOCK_FOLDED] as const;
  const word = fc.string({
    unit: fc.constantFrom('a', 'b', '"', "'", '\\', '{', '}', '[', ']', '#', ':', ',', '|', '>', '~'),
    minLength: 1,
    maxLength: 12,
  });
  const value = fc.array(word, { minLength: 1, maxLength: 20 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(value, fc.constantFrom(...styles), fc.nat(), (query, style, at) => {
      const scalar = new Scalar(query);
      scalar.type = style;
      const text = new Document({ query: scalar }).toString();
      const offset = at % query.length;
      if (query[offset] === ' ') return;
      const found = text[sourceOffset(text, find(text, '').scalar, offset)];
      // An escape or a doubled quote begins with another character than it stands for.
      expect([query[offset], '\\', "'"]).toContain(found);
    }),
  );
});
