import fc from 'fast-check';

import { familyQuery, familyTemplate, matcher, plainValue } from './family-query.ts';

test.each(
  Object.entries({
    'double quotes': ['"v"', 'v'],
    'single quotes': ["'v'", 'v'],
    backquotes: ['`v`', 'v'],
    nothing: ['""', ''],
    'backslashes and quotes': ['"\\\\d \\""', '\\d "'],
    'the other quote': [`"it's"`, "it's"],
    'a backslash in backquotes': ['`\\d`', '\\d'],
    'no ASCII': ['"ü 日本 😀"', 'ü 日本 😀'],
    'an escape of the other quote, which Prometheus refuses': [`"it\\'s"`, undefined],
    'a line break as an escape': ['"a\\nb"', undefined],
    'a byte as an escape': ['"\\xff"', undefined],
    'a line break': ['`a\nb`', undefined],
    'a quote that does not end': ['"v\\"', undefined],
    'one quote': ['"', undefined],
    'what stands for a broken byte': ['"\uFFFD"', undefined],
    'half a surrogate pair': ['"\uD800"', undefined],
  }),
)('value of a literal: %s', (_sentence, [literal, want]) => expect(plainValue(literal!)).toBe(want));

test('edits are made where they belong, in whatever order they come', () => {
  const edits = [
    { from: 6, to: 11, text: matcher },
    { from: 3, to: 3, text: ' by (a)' },
  ] as const;
  expect(familyQuery(familyTemplate('sum(x{a="v"})', 'a', edits), ['v'])).toBe('sum by (a)(x{a=~"v"})');
});

test('each value is asked for once', () => {
  const template = familyTemplate('x{a="v"}', 'a', [{ from: 2, to: 7, text: matcher }]);
  expect(familyQuery(template, ['v', 'w', 'v'])).toBe('x{a=~"v|w"}');
});

test('the pattern matches these values and no other', () => {
  const template = familyTemplate('x{a="v"}', 'a', [{ from: 2, to: 7, text: matcher }]);
  const value = fc
    .oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from('.\\|()[]{}^$*+?"\'-/a'), '😀') }))
    .filter(Boolean);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), value, (values, other) => {
      const [, literal] = /^x\{a=~(.*)\}$/su.exec(familyQuery(template, values)) ?? [];
      const pattern = new RegExp(`^(?:${plainValue(literal!)!})$`, 'su');
      expect(values.every((each) => pattern.test(each))).toBe(true);
      expect(pattern.test(other)).toBe(values.includes(other));
    }),
  );
});
