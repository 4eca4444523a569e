import fc from 'fast-check';

import { AlertsEvidence } from '../../api/evidence-kinds.ts';
import { type Matcher, matchersOf, matcherText } from './matchers.ts';

const { pattern } = AlertsEvidence.properties.matchers.items as unknown as { readonly pattern: string };

test.each<[string, string, Matcher]>([
  ['equal', 'severity="critical"', { label: 'severity', op: '=', value: 'critical' }],
  ['not equal, to nothing', 'team!=""', { label: 'team', op: '!=', value: '' }],
  ['a pattern', 'alertname=~"Kube.*|Node.*"', { label: 'alertname', op: '=~', value: 'Kube.*|Node.*' }],
  ['not a pattern, with operators in it', 'a!~"=~x"', { label: 'a', op: '!~', value: '=~x' }],
  ['escapes of quote, backslash and line break', String.raw`a="\"\\\n"`, { label: 'a', op: '=', value: '"\\\n' }],
  ['a backslash before any other character is just that', String.raw`a=~"\d\.\t"`, { label: 'a', op: '=~', value: '\\d\\.\\t' }],
  ['an escaped backslash before the n of a name', String.raw`a="\\n"`, { label: 'a', op: '=', value: '\\n' }],
  ['spaces and commas are of the value', 'a=" b, c "', { label: 'a', op: '=', value: ' b, c ' }],
])('reads %s', (_, text, want) => {
  expect(text).toMatch(new RegExp(pattern, 'v'));
  expect(matchersOf([text])).toEqual({ kind: 'Matchers', matchers: [want] });
});

const FORM = 'is not a label, one of = != =~ !~, and a value in double quotes';
const QUOTE = 'has a double quote in its value that needs a backslash before it';
test.each<[string, string, string]>([
  ['no quotes', 'severity=critical', FORM],
  ['single quotes', "severity='critical'", FORM],
  ['no operator', 'severity', FORM],
  ['a label that is none', 'a.b="c"', FORM],
  ['a space before the operator', 'a ="c"', FORM],
  ['braces around it', '{a="c"}', FORM],
  ['a line break', 'a="b\nc"', FORM],
  ['a second matcher smuggled in', 'a="b",c="d"', QUOTE],
  ['the end of a selector smuggled in', 'a="b"}) or vector(0) or (x{y="z"', QUOTE],
  ['a backslash that takes the last quote', String.raw`a="b\"`, QUOTE],
  ['half a surrogate pair', 'a="\ud800"', 'is not well-formed text'],
])('refuses %s', (_, text, message) => {
  expect(matchersOf(['a="b"', text])).toEqual({ kind: 'NotMatchers', message: `matcher 2 ${message}` });
});

test('what is written is read again as the same, whatever the value', () => {
  const matcher = fc.record({
    label: fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/),
    op: fc.constantFrom<Matcher['op']>('=', '!=', '=~', '!~'),
    value: fc.string({
      unit: fc.oneof(fc.constantFrom('"', '\\', '\n', 'n', '=', ',', '}'), fc.string({ minLength: 1, maxLength: 1 })),
    }),
  });
  fc.assert(
    fc.property(matcher, (one) => {
      expect(matchersOf([matcherText(one)])).toEqual({ kind: 'Matchers', matchers: [one] });
    }),
  );
});
