import { bareSelector, sameOverRange } from './promql.ts';

test.each(
  Object.entries({
    'a name': ['up', 'up'],
    'a name with matchers': ['up{job="x",}', 'up{job="x",}'],
    'a name as a matcher': ['{__name__="up", job="x"}', '{__name__="up", job="x"}'],
    'a comment behind it': ['up{job="x"} # why', 'up{job="x"}'],
    'a comment and blanks in front': ['# why\n  up ', 'up'],
    'a keyword as a name': ['step', 'step'],
    'no name': ['{job="x"}', undefined],
    'a name that is not this one': ['{__name__!="up"}', undefined],
    'a pattern for a name': ['{__name__=~"up|down"}', undefined],
    'another label whose value is __name__': ['{job="__name__"}', undefined],
    parentheses: ['(up)', undefined],
    'an offset': ['up offset 5m', undefined],
    'a fixed time': ['up @ 5', undefined],
    'the end of the range': ['up @ end()', undefined],
    'a range of samples': ['up[5m]', undefined],
    'a function': ['rate(up[5m])', undefined],
    'an operation': ['up or vector(0)', undefined],
    'a sign': ['-up', undefined],
    smoothed: ['up smoothed', undefined],
    'a carriage return, which ends a comment': ['up # \r or vector(1)', undefined],
    'deeper than the stack': [`${'('.repeat(4_000)}up${')'.repeat(4_000)}`, undefined],
    'a number': ['1', undefined],
    'half a query': ['up{', undefined],
    'two queries': ['up up', undefined],
    nothing: ['', undefined],
  }),
)('bare selector: %s', (_sentence, [query, want]) => expect(bareSelector(query!)).toBe(want));

test.each(
  Object.entries({
    'a selector': ['up', true],
    'a subquery': ['max_over_time(rate(x_total[5m])[1h:1m])', true],
    'a fixed time': ['up @ 1700000000', true],
    'what only looks like it': ['up{job="@ end()"}', true],
    'metrics of such names': ['start + end + step', true],
    'a carriage return, which ends a comment': ['up # \r @ end()', false],
    'deeper than the stack': [`${'('.repeat(4_000)}up${')'.repeat(4_000)}`, false],
    'the start of the range': ['up @ start()', false],
    'the end, deep inside': ['sum(rate(x_total[5m] @ end())) > 1', false],
    'the end as a function': ['time() - end()', false],
    'the step as a duration': ['rate(up[step()])', false],
    'the range as a duration': ['max_over_time(up[range()])', false],
    'a dialect that is not PromQL': ['WITH (x=1) x', false],
  }),
)('same over a range: %s', (_sentence, [query, want]) => expect(sameOverRange(query as string)).toBe(want));
