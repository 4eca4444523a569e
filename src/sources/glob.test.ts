import fc from 'fast-check';

import { matchesAny, matchesGlob } from './glob.ts';

const cases: Record<string, { pattern: string; is: string[]; isNot: string[] }> = {
  'a pattern without signs is itself alone': {
    pattern: 'kyverno',
    is: ['kyverno'],
    isNot: ['kyvern', 'kyverno2', 'Kyverno', ''],
  },
  'a star is any number of characters, none too': { pattern: 'trivy*', is: ['trivy', 'trivy scan'], isNot: ['a trivy', 'triv'] },
  'a star in front': { pattern: '*-root', is: ['-root', 'run-as-non-root'], isNot: ['run-as-root-user'] },
  'two stars around': { pattern: '*CVE*', is: ['CVE', 'a CVE-1'], isNot: ['cve-1'] },
  'the last place that fits counts': { pattern: '*ab', is: ['abab', 'aab'], isNot: ['aba'] },
  'a question mark is one character': { pattern: 'a?c', is: ['abc', 'a?c', 'a😀c'], isNot: ['ac', 'abbc'] },
  'stars and question marks': { pattern: '?*?', is: ['ab', 'abc'], isNot: ['', 'a'] },
  'stars in a row are one': { pattern: '**a**', is: ['a', 'bab'], isNot: ['b'] },
  'an empty pattern is the empty text': { pattern: '', is: [''], isNot: ['a'] },
  'signs of regular expressions stand for themselves': {
    pattern: '(a+).[b]$',
    is: ['(a+).[b]$'],
    isNot: ['aa.b', '(aa).[b]$'],
  },
};

test.each(Object.entries(cases))('%s', (_sentence, { pattern, is, isNot }) => {
  expect(is.filter((text) => !matchesGlob(pattern, text))).toEqual([]);
  expect(isNot.filter((text) => matchesGlob(pattern, text))).toEqual([]);
});

test('says what a regular expression of the same meaning says', () => {
  const some = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
  fc.assert(
    fc.property(some, some, (pattern, text) => {
      const escaped = pattern.replace(/[.]/g, '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${escaped}$`, 'su').test(text));
    }),
    { numRuns: 2000 },
  );
});

test('a pattern that is made to take long does not', () => {
  const before = performance.now();
  expect(matchesGlob(`${'*a'.repeat(126)}b`, 'a'.repeat(20_000))).toBe(false);
  expect(performance.now() - before).toBeLessThan(2_000);
});

test('without patterns everything fits; with some, what has no name does not', () => {
  expect([matchesAny(undefined, undefined), matchesAny(undefined, 'a')]).toEqual([true, true]);
  expect([matchesAny(['*'], undefined), matchesAny(['b', 'a*'], 'ab'), matchesAny(['b'], 'ab')]).toEqual([false, true, false]);
});
