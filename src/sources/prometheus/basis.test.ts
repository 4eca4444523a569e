import fc from 'fast-check';

import { matchersOf } from '../alertmanager/matchers.ts';
import { trialOf } from './alerts-match.ts';
import { newRuleBook } from './basis.ts';
import { type AlertRule, alertRulesOf, recordingRulesOf, type RecordingRule } from './basis-rules.ts';

const rule = (record: string, query: string, labels: Record<string, string> = {}): RecordingRule => ({ record, query, labels });
const RULES = [
  rule('shop:up:ratio', 'avg(up{job="shop"})'),
  rule('shop:up:best', 'max_over_time(shop:up:ratio[5m])'),
  rule('loop:a', 'loop:b + 1'),
  rule('loop:b', 'loop:a or vector(0)'),
  rule('any', 'count({job="shop"})'),
  rule('shop:up:ratio', 'avg(up{job="shop"})', { tier: 'gold' }),
  rule('my.metric', 'up'),
];
const OVER_TIME = 'max_over_time hides every lower value of its range';
const OR_VECTOR = 'or vector(...) gives a value even when nothing was measured';
const NO_NAME = 'a selector that does not name its metric rests on every recording rule';
const ALL = ['any', 'loop:a', 'loop:b', 'my.metric', 'shop:up:best', 'shop:up:ratio', 'shop:up:ratio'];

const basisOf = (query: string, rules = RULES) => newRuleBook(rules).basisOf(query);
const digestOf = (query: string, rules = RULES): string => basisOf(query, rules).digest;

test.each(
  Object.entries({
    'a metric that no rule records rests on none': { query: 'up == 1', rules: [], weak: [] },
    'a metric rests on the rules of its name': { query: 'shop:up:ratio', rules: ['shop:up:ratio', 'shop:up:ratio'], weak: [] },
    'and on those behind them, with what is weak in them': {
      query: 'sum(rate(shop:up:best{a="b"}[1m]))',
      rules: ['shop:up:best', 'shop:up:ratio', 'shop:up:ratio'],
      weak: [`shop:up:best: ${OVER_TIME}`],
    },
    'rules that read each other come to an end': {
      query: 'loop:a',
      rules: ['loop:a', 'loop:b'],
      weak: [`loop:b: ${OR_VECTOR}`],
    },
    'what is weak in the query itself comes first': {
      query: 'max_over_time(loop:a[5m]) or vector(1)',
      rules: ['loop:a', 'loop:b'],
      weak: [OR_VECTOR, OVER_TIME, `loop:b: ${OR_VECTOR}`],
    },
    'the name of a metric as a label': { query: '{__name__="my.metric"}', rules: ['my.metric'], weak: [] },
    'the name of a metric in quotes': { query: '{"my.metric", a="b"}', rules: ['my.metric'], weak: [] },
    'both in quotes': { query: '{"__name__"=`my.metric`}', rules: ['my.metric'], weak: [] },
    'a name that is a pattern may be any': { query: '{__name__=~"loop:.*"}', rules: ALL, weak: [NO_NAME] },
    'so may one that only is not another': { query: '{__name__!="up"}', rules: ALL, weak: [NO_NAME] },
    'so may one that is written with escapes': { query: '{"my\\x2emetric"}', rules: ALL, weak: [NO_NAME] },
    'so may no name at all': { query: 'sum({job="shop"})', rules: ALL, weak: [NO_NAME] },
    'behind a rule, too': { query: 'any', rules: ALL, weak: [`any: ${NO_NAME}`] },
    'a dialect may rest on anything': {
      query: 'WITH (x = up) x',
      rules: ALL,
      weak: ['not the PromQL that is known here; it may rest on every recording rule'],
    },
    'what only looks like a metric is none': { query: 'sum by (any) (up{any="loop:a"}) # loop:a', rules: [], weak: [] },
  }),
)('%s', (_sentence, { query, rules, weak }) => {
  const found = basisOf(query);
  expect(found.rules.map(({ record }) => record)).toEqual(rules);
  expect(found.weak).toEqual(weak);
});

describe('the digest', () => {
  const changed = (record: string, change: Partial<RecordingRule>): RecordingRule[] =>
    RULES.map((each) => (each.record === record ? { ...each, ...change } : each));

  test.each(
    Object.entries({
      'a rule is another when its query is': ['shop:up:best', changed('shop:up:best', { query: 'vector(1)' }), false],
      'so it is when its labels are': ['shop:up:best', changed('shop:up:best', { labels: { tier: 'gold' } }), false],
      'a rule behind the rule counts': ['shop:up:best', changed('shop:up:ratio', { query: 'vector(1)' }), false],
      'an unrelated rule does not': ['shop:up:best', changed('loop:a', { query: 'vector(1)' }), true],
      'every rule counts for a query that may read anything': ['{a="b"}', changed('loop:a', { query: 'vector(1)' }), false],
      'a rule that is gone is a change': ['shop:up:ratio', RULES.slice(1), false],
      'a rule that is new is a change': ['up', [...RULES, rule('up', 'vector(1)')], false],
      'a replica that tells the same rules changes nothing': ['shop:up:best', [...RULES, ...RULES], true],
    } satisfies Record<string, [string, RecordingRule[], boolean]>),
  )('%s', (_sentence, [query, rules, same]) => expect(digestOf(query, rules) === digestOf(query)).toBe(same));

  test('and the list do not depend on the order of the rules', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(RULES, { minLength: RULES.length }),
        fc.constantFrom('any', 'loop:b', 'shop:up:best'),
        (rules, query) => {
          expect(basisOf(query, rules)).toEqual({ ...basisOf(query), weak: expect.anything() as unknown });
          expect(newRuleBook(rules).version).toBe(newRuleBook(RULES).version);
        },
      ),
    );
  });
});

test('whatever stands in a query, its basis is told, and is the same object again', () => {
  const piece = fc.constantFrom(
    'up',
    'loop:a',
    '{',
    '}',
    '"',
    '(',
    ')',
    '=~',
    'offset',
    '5m',
    '[',
    ']',
    ' or ',
    '\\',
    '\r',
    '\ud800',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const book = newRuleBook([...RULES, rule('odd', pieces.join('').toWellFormed())]);
      expect(book.basisOf(pieces.join(''))).toBe(book.basisOf(pieces.join('')));
      expect(book.basisOf('odd').rules.length).toBeGreaterThan(0);
    }),
  );
});

test('what is listed is bounded, what counts is not', () => {
  const many = Array.from({ length: 2_000 }, (_, index) => rule(`step:${index}`, `step:${index + 1}`));
  const [all, few] = [basisOf('step:0', many), basisOf('step:1990', many)];
  expect([all.rules.length, few.rules.length]).toEqual([50, 10]);
  expect(all.weak).toEqual(['more than 1000 rules lie behind it: every one of the source counts']);
  expect(digestOf('step:0', [...many.slice(0, -1), rule('step:1999', 'up')])).not.toBe(all.digest);
});

describe('alerts', () => {
  const alert = (name: string, query: string, more: Partial<AlertRule> = {}): AlertRule => ({
    ...{ alert: name, query, forSeconds: 60, keepFiringForSeconds: 0, labels: { severity: 'critical' } },
    ...more,
  });
  const DISK = alert('DiskFull', 'shop:up:best < 1');
  const ALERTS = [DISK, alert('Slow', 'latency > 1', { labels: { severity: 'warning' } }), alert('Loud', 'ALERTS{a="b"} > 0')];
  const behindAlerts = (texts: readonly string[], alerts = ALERTS, rules = RULES) => {
    const written = matchersOf(texts);
    if (written.kind === 'NotMatchers') throw new Error(written.message);
    const trials = written.matchers.map((matcher) => trialOf(matcher)).filter((trial) => typeof trial !== 'string');
    return newRuleBook(rules, alerts).basisOfAlerts(texts.join(), trials);
  };
  const listed = ({ rules }: ReturnType<typeof behindAlerts>): string[] =>
    rules.map(({ record, type = 'recording' }) => `${type} ${record}`);
  const ofUp = ['recording shop:up:best', 'recording shop:up:ratio', 'recording shop:up:ratio'];

  test.each(
    Object.entries({
      'rest on the rules that raise them, and on what these read': [['alertname="DiskFull"'], ['alerting DiskFull', ...ofUp]],
      'by a label of the rule': [['severity="warning"'], ['alerting Slow']],
      'of which a label comes from the alert may be any': [
        ['instance="a"'],
        ['alerting DiskFull', 'alerting Loud', 'alerting Slow', ...ofUp],
      ],
      'raised by what other alerts are rest on all rules': [
        ['alertname="Loud"'],
        ['alerting DiskFull', 'alerting Loud', 'alerting Slow', ...ofUp],
      ],
      'that nothing can raise rest on nothing': [['alertname="Gone"'], []],
    } satisfies Record<string, [string[], string[]]>),
  )('%s', (_sentence, [texts, want]) => expect(listed(behindAlerts(texts))).toEqual(want));

  test.each(
    Object.entries({
      'its expression': [[{ ...DISK, query: 'shop:up:best < 0' }], RULES, false],
      'how long it waits': [[{ ...DISK, forSeconds: 3600 }], RULES, false],
      'how long it goes on': [[{ ...DISK, keepFiringForSeconds: 60 }], RULES, false],
      'its labels': [[{ ...DISK, labels: { severity: 'warning' } }], RULES, false],
      'a recording rule behind it': [[DISK], RULES.map((each) => ({ ...each, query: `${each.query} + 0` })), false],
      'that there is one more': [[DISK, { ...DISK, query: 'up' }], RULES, false],
      'that it is gone': [[], RULES, false],
      'another rule': [[DISK, alert('Slow', 'latency > 2')], RULES, true],
      'that a replica tells it too': [[DISK, DISK], RULES, true],
    } satisfies Record<string, [AlertRule[], RecordingRule[], boolean]>),
  )('what makes them others: %s', (_sentence, [alerts, rules, same]) => {
    const digest = (...of: [AlertRule[], RecordingRule[]]): string => behindAlerts(['alertname="DiskFull"'], ...of).digest;
    expect(digest(alerts, rules) === digest([DISK], RULES)).toBe(same);
  });

  test('what a rule lists changes with its time alone, too', () => {
    const of = (forSeconds: number) => behindAlerts(['alertname="Slow"'], [alert('Slow', 'x', { forSeconds })]).rules;
    expect(of(1)[0]?.queryDigest).not.toBe(of(2)[0]?.queryDigest);
    expect(of(1)).toEqual([{ record: 'Slow', type: 'alerting', queryDigest: expect.stringMatching(/^sha256:/) as unknown }]);
  });

  test('what weakens their rules is told', () => {
    const weak = alert('Weak', 'max_over_time(loop:a[5m]) > 0');
    expect(behindAlerts(['alertname="Weak"'], [weak]).weak).toEqual([`Weak: ${OVER_TIME}`, `loop:b: ${OR_VECTOR}`]);
  });

  test('a rule that may read anything rests on every recording rule, and on no other alert', () => {
    const found = behindAlerts(['alertname="Any"'], [alert('Any', '{job="shop"} > 0'), ...ALERTS]);
    expect(listed(found)).toEqual(expect.arrayContaining(['alerting Any', 'recording loop:a', 'recording my.metric']));
    expect(listed(found)).toHaveLength(ALL.length + 1);
  });

  test('a query of their series rests on their rules', () => {
    const book = newRuleBook([...RULES, rule('firing', 'count(ALERTS{alertstate="firing"})')], ALERTS);
    expect(['firing', 'ALERTS', 'up', 'shop:up:best'].map((query) => book.readsAlerts(query))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(listed(book.basisOf('firing'))).toEqual([
      'alerting DiskFull',
      'alerting Loud',
      'alerting Slow',
      'recording firing',
      ...ofUp,
    ]);
    expect(book.basisOf('up')).toEqual(basisOf('up'));
    expect(book.basisOf('{a="b"}')).toMatchObject({
      digest: newRuleBook([...RULES, rule('firing', 'count(ALERTS{alertstate="firing"})')]).version,
    });
  });

  test('of very many each counts', () => {
    const many = Array.from({ length: 1_500 }, (_, index) => alert(`A${index}`, 'up == 0'));
    const all = behindAlerts(['severity="critical"'], many);
    expect(all.weak).toEqual(['more than 1000 rules lie behind it: every one of the source counts']);
    expect(all.rules).toHaveLength(50);
    const changed = many.map((each, index) => (index === 1_400 ? { ...each, query: 'up == 1' } : each));
    expect(behindAlerts(['severity="critical"'], changed).digest).not.toBe(all.digest);
  });

  test('the order of rules does not matter, and the same question has the same object', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ALERTS, { minLength: ALERTS.length }), (alerts) => {
        expect(behindAlerts(['alertname="Loud"'], alerts)).toEqual(behindAlerts(['alertname="Loud"']));
      }),
    );
    const book = newRuleBook(RULES, ALERTS);
    expect(book.basisOfAlerts('x', [])).toBe(book.basisOfAlerts('x', []));
  });
});

describe('of an answer', () => {
  const told = (...rules: unknown[]): unknown => ({ groups: [{ name: 'g', rules }] });
  const recording = { type: 'recording', name: 'a', query: 'up', health: 'ok', evaluationTime: 0.1 };

  test('the recording rules are taken, without what changes at each evaluation', () => {
    const labels = { tier: 'gold' };
    const alerting = { type: 'alerting', name: 'Down', query: 'up == 0' };
    expect(recordingRulesOf(told(recording, alerting, { ...recording, labels }))).toEqual([
      rule('a', 'up'),
      rule('a', 'up', labels),
    ]);
  });

  test.each(
    Object.entries({
      'no groups': {},
      'a group without rules': { groups: [{}] },
      'a rule that is a text': told('a'),
      'a rule of no type': told({ ...recording, type: undefined }),
      'a name that is a number': told({ ...recording, name: 5 }),
      'no query': told({ ...recording, query: undefined }),
      'half a character': told({ ...recording, query: '\ud800' }),
      'labels that are a list': told({ ...recording, labels: [] }),
      'a label that is a number': told({ ...recording, labels: { a: 5 } }),
    }),
  )('%s is refused', (_sentence, data) => expect(() => recordingRulesOf(data)).toThrow('not of the documented format'));

  const down = {
    type: 'alerting',
    name: 'Down',
    query: 'up == 0',
    duration: 60,
    keepFiringFor: 5,
    labels: { a: 'b' },
    state: 'firing',
  };

  test('the alerting rules are taken, without what changes at each evaluation', () => {
    const { keepFiringFor: _, ...older } = down;
    const taken = { alert: 'Down', query: 'up == 0', forSeconds: 60, keepFiringForSeconds: 5, labels: { a: 'b' } };
    expect(alertRulesOf(told(recording, { ...down, health: 'err', alerts: [] }, older))).toEqual([
      taken,
      { ...taken, keepFiringForSeconds: 0 },
    ]);
  });

  test.each(
    Object.entries({
      'no groups': {},
      'a rule of no type': told({ ...down, type: undefined }),
      'no name': told({ ...down, name: undefined }),
      'no query': told({ ...down, query: 5 }),
      'a time that is a text': told({ ...down, duration: '1m' }),
      'another time that is': told({ ...down, keepFiringFor: '1m' }),
      'half a character': told({ ...down, labels: { a: '\ud800' } }),
    }),
  )('alerts: %s is refused', (_sentence, data) => expect(() => alertRulesOf(data)).toThrow('not of the documented format'));
});
