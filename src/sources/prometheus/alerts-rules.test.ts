import { matchersOf } from '../alertmanager/matchers.ts';
import { trialOf } from './alerts-match.ts';
import { type AlertingRule, alertingRulesOf, whySilenceIsNoAnswer } from './alerts-rules.ts';

const NOW = 1_700_000_000_000;
const trialsOf = (...texts: string[]) => {
  const written = matchersOf(texts);
  if (written.kind === 'NotMatchers') throw new Error(written.message);
  return written.matchers.map(trialOf).filter((trial) => typeof trial !== 'string');
};
const rule = (name: string, more: Partial<AlertingRule> = {}): AlertingRule => ({ name, labels: {}, health: 'ok', ...more });
const why = (rules: AlertingRule[], ...texts: string[]) =>
  whySilenceIsNoAnswer(rules, trialsOf(...texts), { at: NOW, maxAgeMs: 60_000 });

const none = { kind: 'Unavailable', reason: 'EmptyResult', message: 'no alerting rule matches: that nothing fires says nothing' };
const failed = (message: string) => ({ kind: 'Unavailable', reason: 'QueryFailed', message });
const critical = rule('DiskFull', { labels: { severity: 'critical', team: '{{ $labels.team }}' } });

test.each<[string, AlertingRule[], string[], object | undefined]>([
  ['a rule of that name', [rule('Slow'), critical], ['alertname="DiskFull"'], undefined],
  ['no rule at all', [], ['alertname="DiskFull"'], none],
  ['no rule of that name', [critical], ['alertname="Diskfull"'], none],
  ['a pattern matches the whole name', [critical], ['alertname=~"Disk.*"'], undefined],
  ['not a part of it', [critical], ['alertname=~"Disk"'], none],
  ['all but that name', [critical], ['alertname!="DiskFull"'], none],
  ['a label of the rule', [critical], ['severity="critical"'], undefined],
  ['another value of a label of the rule', [critical], ['alertname="DiskFull"', 'severity="warning"'], none],
  ['a label that comes from the expression', [critical], ['instance="shop-1"'], undefined],
  ['a label by the name of something that each object has', [critical], ['constructor="x"'], undefined],
  ['a label that a template fills', [critical], ['team="shop"'], undefined],
  [
    'a rule that has not been evaluated yet',
    [rule('A', { health: 'unknown' })],
    ['alertname="A"'],
    failed('the rule A has not been evaluated yet'),
  ],
  ['a rule that is broken', [rule('A', { health: 'err' })], ['alertname="A"'], failed('the rule A can not be evaluated')],
  [
    'one that is broken beside one that is well',
    [rule('A'), rule('A', { health: 'err' })],
    ['alertname="A"'],
    failed('the rule A can not be evaluated'),
  ],
  ['a broken one that does not match', [rule('A'), rule('B', { health: 'err' })], ['alertname="A"'], undefined],
  [
    'a rule that was evaluated too long ago',
    [rule('A', { evaluatedAt: NOW - 60_001 })],
    ['alertname="A"'],
    { kind: 'Unavailable', reason: 'StaleData', message: 'the rule A was last evaluated longer ago than maxAge' },
  ],
  ['a rule that was evaluated just in time', [rule('A', { evaluatedAt: NOW - 60_000 })], ['alertname="A"'], undefined],
  [
    'a name with a line break is told in one line, and cut',
    [rule(`A\n\u202e${'b'.repeat(200)}`, { health: 'err' })],
    ['alertname!=""'],
    failed(`the rule A ${'b'.repeat(97)}… can not be evaluated`),
  ],
  [
    'more work than is done for one answer',
    Array.from({ length: 2_000 }, (_, index) => rule(`rule ${index}`)),
    ['alertname=~"(a?b?c?d?){100}x"'],
    failed('there are too many alerting rules for regular expressions of this size'),
  ],
])('%s', (_, rules, texts, want) => expect(why(rules, ...texts)).toEqual(want));

const group = (...rules: unknown[]) => ({ groups: [{ name: 'g', file: 'f', interval: 15, rules }] });
const told = {
  type: 'alerting',
  name: 'A',
  query: 'up == 0',
  duration: 60,
  labels: { a: 'b' },
  annotations: {},
  health: 'ok',
  state: 'inactive',
};

test('reads rules of all groups, and no recording rules', () => {
  const data = {
    groups: [
      ...group({ ...told, lastEvaluation: '2023-11-14T22:13:20.123456789Z' }).groups,
      ...group({ ...told, type: 'recording', name: 'r' }, { ...told, name: 'B', labels: undefined }).groups,
    ],
  };
  expect(alertingRulesOf(data)).toEqual([
    { name: 'A', labels: { a: 'b' }, health: 'ok', evaluatedAt: NOW + 123 },
    { name: 'B', labels: {}, health: 'ok' },
  ]);
});

test.each<[string, unknown, RegExp]>([
  ['no data', undefined, /no object for data/],
  ['no groups', { groups: null }, /no list for groups/],
  ['a group that is none', { groups: ['g'] }, /no object for a group/],
  ['a group without rules', { groups: [{}] }, /no list for rules/],
  ['a rule that is null', group(null), /no object for a rule/],
  ['a rule without a name', group({ ...told, name: 7 }), /without name or health/],
  ['a rule without health', group({ ...told, health: undefined }), /without name or health/],
  ['labels that are a list', group({ ...told, labels: [] }), /no object for the labels/],
  ['a label that is a number', group({ ...told, labels: { a: 1 } }), /label that is not a string/],
])('refuses %s', (_, data, message) => expect(() => alertingRulesOf(data)).toThrow(message));
