import fc from 'fast-check';

import { countQuery, labelProblem, problemIn } from './logql.ts';

test.each(
  Object.entries({
    'a selector': '{app="shop"}',
    'several labels': ' {app="shop", env=~"a|b"}\n',
    'a pipeline': '{app="shop"} |= "timeout" | json | level="error" and (status >= 500 or took > 10s) | line_format `{{.msg}}`',
    'brackets, quotes and comments within strings': '{app="a\\"]){}#"} |~ `[0-9]+ // \' "`',
    'an address': '{app="shop"} | logfmt | addr = ip("192.168.0.0/16")',
  }),
)('is a log query: %s', (_, query) => expect(problemIn(query)).toBeUndefined());

test.each(
  Object.entries({
    nothing: ['', /begins with a selector/],
    'a metric query': ['rate({app="shop"}[5m])', /metric query/],
    'a metric query without a range': ['vector(1)', /begins with a selector/],
    'a range of its own': ['{app="shop"}[5m]', /the window is not part of it/],
    'one that ends the count and begins another': ['{a="b"})[1m])) or sum(count_over_time(({c="d"}', /metric query/],
    'two selectors': ['{a="b"} or {c="d"}', /exactly one selector/],
    'a selector that does not end': ['{a="b"', /exactly one selector/],
    'a selector in a selector': ['{a="b"{}}', /exactly one selector/],
    'a brace too many': ['{a="b"}}', /exactly one selector/],
    'a string that does not end': ['{a="b"} |= "x', /string of the query does not end/],
    'a raw string that does not end': ['{a="b"} |= `x', /string of the query does not end/],
    'a string over two lines': ['{a="b"} |= "x\ny"', /string of the query does not end/],
    'a string that ends in a backslash': ['{a="b\\"}', /string of the query does not end/],
    'a comment': ['{a="b"} # )', /takes no comments/],
    'a comment as Go has it': ['{a="b"} // )', /takes no comments/],
    'a comment within': ['{a="b"} /* ) */', /takes no comments/],
    'a character as Go has it': ["{a=')'}", /takes no comments/],
    'a parenthesis too many': ['{a="b"} | x="y")', /parentheses/],
    'parentheses in the wrong order': ['{a="b"} | )x="y"(', /parentheses/],
    'a parenthesis too few': ['{a="b"} | (x="y"', /parentheses/],
  } as Record<string, [string, RegExp]>),
)('is none: %s', (_, [query, problem]) => expect(problemIn(query)).toMatch(problem));

/** Tokens as the scanner of Loki sees them, character by character; throws where it would complain. */
function tokens(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const quote = text[at]!;
    if (quote !== '"' && quote !== '`') {
      found.push(quote);
      continue;
    }
    for (at += 1; text[at] !== quote; at += 1) {
      if (at >= text.length || (quote === '"' && text[at] === '\n')) throw new Error('literal not terminated');
      if (quote === '"' && text[at] === '\\') at += 1;
    }
    found.push('STRING');
  }
  return found;
}

test('whatever passes stays one selector with its pipeline within the count', () => {
  const piece = fc.constantFrom(
    ...['{', '}', '(', ')', '[', ']', '"', '`', '\\', '\n', '#', '//', "'", '{a="b"}', ' | x', '"s"', '|='],
  );
  let passed = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const query = `{a="b"}${pieces.join('')}`;
      if (problemIn(query) !== undefined) return;
      passed += 1;
      const all = tokens(countQuery(query, 300_000, 'app')).join('');
      const own = tokens(query).join('');
      expect(all).toBe(`sum by (app) (count_over_time((\n${own}\n)[300000ms]))`);
      expect(own).not.toMatch(/[[\]"`#/']/);
    }),
    { numRuns: 5_000 },
  );
  expect(passed).toBeGreaterThan(100);
});

test('any text may stand in a string', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(problemIn(`{app=${JSON.stringify(text)}}`)).toBeUndefined();
      expect(problemIn(`{app="x"} |= \`${text.replaceAll('`', '')}\``)).toBeUndefined();
    }),
  );
});

test.each([
  [undefined, true],
  ['app', true],
  ['_x9', true],
  ['9x', false],
  ['a.b', false],
  ['a-b', false],
  ['a) (', false],
])('the label %s is one: %s', (groupBy, is) => expect(labelProblem(groupBy) === undefined).toBe(is));
