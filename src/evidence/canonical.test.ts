import fc from 'fast-check';

import { canonical, digest, sha256 } from './canonical.ts';

class Money {
  readonly amount = 1;
}

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

test.each(
  Object.entries({
    'numbers as in RFC 8785': {
      value: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0],
      want: '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    },
    'strings escape only what they must': { value: '€$\u000f\nA\'B"\\\\"/', want: '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"' },
    'names are sorted by UTF-16 code units, not by code points': {
      value: { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 },
      want: '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    },
    'undefined members are left out': { value: { a: undefined, b: [{ c: undefined }] }, want: '{"b":[{}]}' },
    'what lies twice in a value is no cycle': { value: ((x) => [x, x])({ a: null }), want: '[{"a":null},{"a":null}]' },
    'an object without prototype is plain': { value: Object.assign(Object.create(null) as object, { a: 1 }), want: '{"a":1}' },
    'an object of another realm is plain': { value: structuredClone({ a: [{}] }), want: '{"a":[{}]}' },
  }),
)('%s', (_sentence, { value, want }) => expect(canonical(value)).toBe(want));

test.each(
  Object.entries({
    NaN: NaN,
    infinity: -Infinity,
    'a lone surrogate': 'a\ud800b',
    'a lone surrogate in a name': { '\udc00': 1 },
    'undefined in a list': [1, undefined],
    'a hole in a list': Array(1),
    undefined: undefined,
    'a function': { f: () => 1 },
    'a symbol': { s: Symbol('s') },
    'a bigint': 1n,
    'a Date': new Date(0),
    'a Map': new Map([[1, 2]]),
    'an object of a class': new Money(),
    'a cycle': cycle,
  }),
)('refuses %s', (_what, value) => expect(() => canonical({ deep: [value] }) + canonical(value)).toThrow());

test('the order of names never matters, and canonical text reads back as itself', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonical(reversed)).toBe(canonical(value));
      expect(canonical(JSON.parse(canonical(value)))).toBe(canonical(value));
    }),
  );
});

test('a digest is the SHA-256 of the canonical text', () => {
  expect(digest({ b: 1, a: [] })).toBe('sha256:1c8f8816506a8ccbc55140d8a7bb70214a8942c7030fc0fc2914cec675cd1c15');
  expect(digest({ b: 1, a: [] })).toBe(sha256(Buffer.from('{"a":'), '[],"b":1}'));
});
