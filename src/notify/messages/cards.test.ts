import fc from 'fast-check';

import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { LogRecord } from '../../api/records.ts';
import { aboutOf, cardOf, followUpCard, type Shown } from './cards.ts';
import {
  deviation,
  MINUTE,
  more,
  over,
  recorded,
  SPEC,
  START,
  bookOf,
  verdict,
  notified,
  opened,
} from '../stories/stories.fixtures.ts';
import type { Story } from '../stories/story.ts';

const describeAs = (spec: CertificationCriterionSpec) => () => spec;
const shown = (audience: string, ...stories: [Story, ...Story[]]): Shown => ({ stories, audience, describe: describeAs(SPEC) });
const ALL = { from: () => 0, to: () => undefined };

const up = deviation('up', START);
const factsOf = (card: { facts: readonly { name: string; value: string }[] }) =>
  Object.fromEntries(card.facts.map(({ name, value }) => [name, value]));

describe('the title', () => {
  const later = START + 17 * MINUTE;
  const down = deviation('down', START + MINUTE);
  const far = deviation('up', START, { namespace: 'post', service: 'mail' });
  test.each(
    Object.entries({
      'says for the team what fails': { of: shown('internal', up), want: 'Failing: shop: The shop answers' },
      'says that nobody can say': {
        of: shown('internal', { ...up, standing: 'Unclear' }),
        want: 'Unclear: shop: The shop answers',
      },
      'says that it is over, and how long it was': {
        of: shown('authority', over(up, later)),
        want: 'Over after 17m: shop: The shop answers',
      },
      'says for customers which service': { of: shown('customers', up), want: 'Disrupted: shop' },
      'says for customers when it is over': { of: shown('customers', over(up, later)), want: 'Over after 17m: shop' },
      'troubles customers with no doubts': { of: shown('partners', { ...up, standing: 'Unclear' }), want: 'Disrupted: shop' },
      'counts what fails together': { of: shown('internal', up, down), want: 'Failing: shop, 2 criteria' },
      'counts what fails still': { of: shown('internal', over(up, later), down), want: 'Failing: shop, 1 of 2 criteria' },
      'counts what is over': {
        of: shown('internal', over(up, later), over(down, later)),
        want: 'Over after 17m: shop, 2 criteria',
      },
      'counts services': { of: shown('internal', up, far), want: 'Failing: 2 services, 2 criteria' },
      'says of a reminder that it is one': {
        of: { ...shown('internal', up), isReminder: true },
        want: 'Still failing: shop: The shop answers',
      },
      'shows a criterion that failed again once': {
        of: shown('internal', over(up, later), deviation('up', later)),
        want: 'Failing: shop: The shop answers',
      },
    } satisfies Record<string, { of: Shown; want: string }>),
  )('%s', (_sentence, { of, want }) => {
    expect(cardOf(of).title).toBe(want);
  });
});

describe('the facts', () => {
  test('of the team say all that is needed at night', () => {
    const card = cardOf(shown('internal', up));
    expect(factsOf(card)).toEqual({
      ...{
        Service: 'shop',
        Criterion: 'web/up',
        Controls: 'BSI-C5:2020 OPS-02',
        Demand: 'up == 1',
        Seen: 'up is 0',
        Severity: 'high',
      },
      ...{ Since: '2026-11-28T12:00:00Z', Told: 'internal (2026-11-28T12:00:00Z), customers (2026-11-28T12:00:00Z)' },
    });
    expect(card.links).toEqual([{ text: 'Runbook: what to do', url: 'https://wiki.example.org/shop' }]);
  });

  test('say for the team what is held, until when, and for customers nothing of it', () => {
    const holds = () => [{ audience: 'customers', untilMs: START + 25 * MINUTE, holdMs: 10 * MINUTE }];
    expect(factsOf(cardOf({ ...shown('internal', up), holds }))['Held']).toBe(
      'customers to be told at 2026-11-28T12:25:00Z (held 10m) unless somebody withholds it',
    );
    expect(factsOf(cardOf({ ...shown('customers', up), holds }))).not.toHaveProperty('Held');
  });

  test('of customers say which service, since when, until when and how long', () => {
    const card = cardOf(shown('customers', over(up, START + 17 * MINUTE)));
    expect(card).toMatchObject({ links: [], paragraphs: [] });
    expect(factsOf(card)).toEqual({
      Service: 'shop',
      Since: '2026-11-28T12:00:00Z',
      Until: '2026-11-28T12:17:00Z',
      Lasted: '17m',
    });
  });

  test('of many stories say the same to customers', () => {
    const card = cardOf(
      shown('customers', over(up, START + MINUTE), over(deviation('down', START + MINUTE), START + 9 * MINUTE)),
    );
    expect(factsOf(card)).toEqual({
      Service: 'shop',
      Since: '2026-11-28T12:00:00Z',
      Until: '2026-11-28T12:09:00Z',
      Lasted: '9m',
    });
    expect(card.paragraphs).toEqual([]);
  });

  test('of what is told late say when it was due', () => {
    const late = { ...up, addressed: { customers: { at: START + 15 * MINUTE, late: true } } };
    expect(factsOf(cardOf(shown('customers', late))).Late).toBe('this was due at 2026-11-28T12:15:00Z');
  });

  test('of many stories the list has what fails first, and counts the rest', () => {
    const many = Array.from({ length: 30 }, (_, at) => deviation(`c${at}`, START));
    const [first, ...others] = [...many.slice(0, 5).map((story) => over(story, START + MINUTE)), ...many.slice(5)];
    const [list = ''] = cardOf(shown('internal', first!, ...others)).paragraphs;
    expect(list.split('\n')).toHaveLength(11);
    expect(list).toMatch(/^Failing: shop: The shop answers: c5 is 0\n/);
    expect(list).toMatch(/\nand 20 more$/);
  });
});

test('the team reads who works on an incident and by when, while it goes on; nobody else does', () => {
  const incident = deviation('up', START, {
    kind: 'Incident',
    handling: { level: 2, reactBy: START, recoverBy: START + MINUTE },
  });
  const { ended, standing } = over(incident, START + MINUTE);
  const read = (audience: string, story: Story): string[] =>
    cardOf(shown(audience, story)).facts.flatMap(({ name, value }) => (/Level|by$/.test(name) ? [`${name} ${value}`] : []));
  const all = ['Level 2', 'React by 2026-11-28T12:00:00Z', 'Recover by 2026-11-28T12:01:00Z'];
  expect(read('internal', incident)).toEqual(all);
  expect([read('authority', incident), read('customers', incident)]).toEqual([[], []]);
  expect(read('internal', { ...incident, ...(ended && { ended }), standing })).toEqual([]);
});

describe('what happened since', () => {
  test.each(
    Object.entries({
      'is what was not told, with its time': {
        of: shown('internal', over(more(up, START + MINUTE, 'worse'), START + 2 * MINUTE)),
        from: { [up.id]: 2 },
        want: ['2026-11-28T12:01:00Z worse\n2026-11-28T12:02:00Z recovered after 2m'],
      },
      'names of many the one that it happened to': {
        of: shown('internal', up, over(deviation('down', START), START + MINUTE)),
        from: { [up.id]: 2, [deviation('down', START).id]: 2 },
        want: ['2026-11-28T12:01:00Z shop: The shop answers: recovered after 1m'],
      },
      'is said to customers once a service': {
        of: shown('customers', over(up, START + MINUTE), over(deviation('down', START), START + MINUTE)),
        from: { [up.id]: 1, [deviation('down', START).id]: 1 },
        want: ['2026-11-28T12:01:00Z shop: recovered after 1m'],
      },
    } satisfies Record<string, { of: Shown; from: Record<string, number>; want: string[] }>),
  )('%s', (_sentence, { of, from, want }) => {
    const told: Readonly<Record<string, number>> = from;
    expect(followUpCard(of, { from: (id) => told[id] ?? 0, to: () => undefined }).paragraphs).toEqual(want);
  });

  test('ends where the message that is repeated ended', () => {
    const longer = more(more(up, START + 1_000, 'one'), START + 2_000, 'two');
    expect(followUpCard(shown('internal', longer), { from: () => 2, to: () => 3 }).paragraphs).toEqual([
      '2026-11-28T12:00:01Z one',
    ]);
  });

  test('of very much is the latest', () => {
    const wavering = Array.from({ length: 50 }).reduce<Story>((story, _, at) => more(story, START + at * 1_000, `no ${at}`), up);
    const [text = ''] = followUpCard(shown('internal', wavering), ALL).paragraphs;
    expect(text).toMatch(/^42 earlier\n/);
    expect(text).toMatch(/no 49$/);
  });
});

test('a notice shows what it says, whoever else is told', () => {
  const flapping = (audience: string) => notified(START, undefined, audience, { message: 'not met for 2m within 10m: up is 0' });
  const story = [...bookOf(flapping('internal'), flapping('customers')).stories.values()][0]!;
  expect(cardOf(shown('internal', story)).paragraphs).toEqual(['not met for 2m within 10m: up is 0']);
  expect(cardOf(shown('customers', story)).paragraphs).toEqual(['disrupted again and again, for a short time each']);
  expect(cardOf(shown('customers', story)).title).toBe('Notice: shop');
  expect(aboutOf(shown('customers', story), START).endedAt).toBeUndefined();
});

test('a program reads what it is about: the worst severity, and the end once all is over', () => {
  const down = over(deviation('down', START), START + MINUTE);
  expect(aboutOf(shown('internal', down, up), START)).toMatchObject({ severity: 'high', criterion: 'down' });
  expect(aboutOf(shown('internal', down, up), START).endedAt).toBeUndefined();
  expect(aboutOf(shown('internal', down, over(up, START + 2 * MINUTE)), START).endedAt).toBe(START + 2 * MINUTE);
});

/** A text that stands nowhere else. */
const CANARY = 'c4n4ry';
const canary = fc.nat().map((n) => `${CANARY}-${n}`);
const minute = fc.nat({ max: 60 }).map((n) => START + n * MINUTE);

/** Records of all kinds whose fields for the team and the authority hold a canary; customers may read the rest. */
function recordsWith(mark: (level: 'authority' | 'internal') => string) {
  const a = mark('authority');
  const i = mark('internal');
  const incident = { incident: 'disk', severity: 'high', uid: a, title: a, at: START } as const;
  const sayings = [
    { internalNote: i, by: a },
    { note: a, by: a },
    { words: 'Sorry.', by: a },
  ];
  return fc.array(
    fc.oneof(
      minute.map((at) => verdict(at, 'Fail', { criterion: a, message: a, reason: a })),
      minute.map((at) => verdict(at, 'Inconclusive', { criterion: a, message: a, reason: a })),
      fc
        .tuple(minute, fc.constantFrom('Changed', 'Suspended', 'Resumed', 'Deleted', 'Recreated'))
        .map(([at, change]) => recorded('CriterionChanged', { criterion: a, change, at, uid: a, by: a, spec: specWith(a) })),
      minute.map((at) => opened(at, START)),
      fc
        .tuple(minute, fc.constantFrom('internal', 'authority', 'customers', a), fc.constantFrom(START, undefined))
        .map(([at, audience, since]) => notified(at, since, audience, { criterion: a, message: a, step: a })),
      minute.map((at) => notified(at, START, 'customers', { criterion: a, notice: 'DeviationEnded', message: `ended: ${a}` })),
      minute.map((at) => recorded('ObjectiveChanged', { criterion: a, at, met: false, achieved: '1', target: '2' })),
      fc
        .tuple(fc.constantFrom(...sayings), fc.constantFrom('Open', 'Suspected'))
        .map(([said, state]) => recorded('IncidentChanged', { ...incident, ...said, change: 'Updated', state })),
      fc.constant(recorded('IncidentChanged', { ...incident, change: 'Dismissed', state: 'Dismissed', by: a, reason: a })),
      fc.constant(recorded('IncidentChanged', { ...incident, change: 'Acknowledged', state: 'Resolved', by: a, audience: a })),
    ),
    { minLength: 1, maxLength: 12 },
  );
}

function specWith(text: string): CertificationCriterionSpec {
  const labels = { metric: { source: text, query: text } };
  return {
    ...{
      ...SPEC,
      title: text,
      runbook: `https://${text}.example`,
      description: text,
      controls: [{ catalog: text, version: text, id: text }],
    },
    ...{ evidence: [{ name: text, ...labels }], rule: { expression: text } },
  };
}

function everythingFor(audience: string, stories: readonly Story[], spec: CertificationCriterionSpec): string {
  const sets = [...stories.map((story): [Story] => [story]), ...(stories.length > 1 ? [stories as [Story, ...Story[]]] : [])];
  const all = sets.map((some) => {
    const of: Shown = { stories: some, audience, describe: () => spec };
    const { id: _id, namespace: _namespace, ...about } = aboutOf(of, START);
    return [cardOf(of), cardOf({ ...of, isReminder: true }), followUpCard(of, ALL), about];
  });
  return JSON.stringify(all);
}

describe('nothing of the inside', () => {
  const stories = (records: readonly LogRecord[]) => [...bookOf(...records).stories.values()];

  test('reaches customers, or any audience but the team and the authority', () => {
    const all = canary.chain((text) => recordsWith(() => text));
    fc.assert(
      fc.property(all, fc.constantFrom('customers', 'partners'), (records, audience) => {
        expect(everythingFor(audience, stories(records), specWith(CANARY))).not.toContain(CANARY);
      }),
    );
  });

  test('that is for the team alone reaches the authority', () => {
    const all = canary.chain((text) => recordsWith((level) => (level === 'internal' ? text : 'known')));
    const spec = { ...specWith('known'), runbook: `https://${CANARY}.example` } as CertificationCriterionSpec;
    fc.assert(
      fc.property(all, (records) => {
        expect(everythingFor('authority', stories(records), spec)).not.toContain(CANARY);
      }),
    );
  });

  test('is missing where the team reads it', () => {
    const records = [verdict(START, 'Fail', { message: CANARY }), notified(START, START, 'internal')];
    expect(everythingFor('internal', stories(records), SPEC)).toContain(CANARY);
  });
});

test('no card is longer than a platform may be given, whatever it is made of', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 6_000 });
  fc.assert(
    fc.property(text, text, fc.nat({ max: 40 }), (title, seen, count) => {
      const [first, ...others] = Array.from({ length: count + 1 }, (_, at) => more(deviation(`c${at}`, START), START, seen));
      const of: Shown = { ...shown('internal', first!, ...others), describe: describeAs({ ...SPEC, title }) };
      for (const card of [cardOf(of), followUpCard(of, ALL)]) {
        expect(card.title.length).toBeLessThanOrEqual(150);
        expect(card.facts.every(({ value }) => value.length <= 1_024)).toBe(true);
        expect(card.paragraphs.length).toBeLessThanOrEqual(10);
        expect(card.paragraphs.every((each) => each.length <= 4_000)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});
