import type { FindingRecord } from '../../api/finding.ts';
import { cardOf, followUpCard } from '../messages/cards.ts';
import { bookOf, MINUTE, recorded, SPEC, START } from './stories.fixtures.ts';
import { entriesFor, type Story } from './story.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

const raised = { change: 'Raised', by: 'eve', text: 'Nobody knew.' } as const;
const answered = { change: 'Answered', by: 'ada', text: 'There is one now.', state: 'Answered' } as const;
const overdue = { change: 'Overdue', state: 'Overdue' } as const;
const closed = { change: 'Closed', by: 'eve', text: 'Read.', state: 'Closed' } as const;
const reopened = { change: 'Reopened', by: 'eve', text: 'Gone again.' } as const;
const seen = { result: 'Observed', slot: START - MINUTE, outcome: 'NotMet', message: 'up is 0', specDigest: digest } as const;
const checked = { change: 'SpotChecked', type: 'SpotCheck', state: 'Answered' } as const;

function storyOf(...steps: readonly Partial<FindingRecord>[]): Story {
  const records = steps.map((step, index) =>
    recorded('FindingChanged', {
      ...{ finding: 'no-runbook', uid: 'u', change: 'Raised', state: 'Open', type: 'Finding', severity: 'Major' },
      ...{ title: 'No runbook', due: START + 60 * MINUTE, at: START + index * MINUTE, ...step },
    }),
  );
  const [story, ...others] = bookOf(...records).stories.values();
  expect(others).toEqual([]);
  return story!;
}

const heard = (story: Story, audience: string): string[] | undefined =>
  story.addressed[audience] && entriesFor(story, audience).map(({ text, turn }) => `${turn ? '! ' : ''}${text}`);

const RAISED = 'raised (Major) by eve, due 2026-11-28T13:00:00Z: Nobody knew.';
const ANSWERED = '! answered by ada: There is one now.';
const OVERDUE = '! overdue: not answered, due 2026-11-28T13:00:00Z';
const REOPENED = 'opened again (Major) by eve, due 2026-11-28T13:00:00Z: Gone again.';

interface Case {
  readonly steps: readonly Partial<FindingRecord>[];
  readonly internal: readonly string[];
  readonly authority?: readonly string[];
}

const cases: Record<string, Case> = {
  'the team hears of it at once, and nobody else': { steps: [raised], internal: [`! ${RAISED}`] },
  'the authority hears of the answer, with its own words before': {
    steps: [raised, answered],
    internal: [`! ${RAISED}`, ANSWERED],
    authority: [RAISED, ANSWERED],
  },
  'both hear that it is overdue': {
    steps: [raised, overdue],
    internal: [`! ${RAISED}`, OVERDUE],
    authority: [RAISED, OVERDUE],
  },
  'both hear that it is closed, and the team that it is open again': {
    steps: [raised, closed, reopened],
    internal: [`! ${RAISED}`, '! closed by eve: Read.', `! ${REOPENED}`],
    authority: [RAISED, '! closed by eve: Read.', REOPENED],
  },
  'more time is for the team to know': {
    steps: [raised, { change: 'Changed', due: START + 120 * MINUTE }],
    internal: [`! ${RAISED}`, '! changed (Major), due 2026-11-28T14:00:00Z'],
  },
  'what the log says, and where': {
    steps: [
      { ...raised, ...checked, change: 'Raised', due: undefined! },
      { ...checked, seen: { ...seen, record: { seq: 7, digest } } },
    ],
    internal: [
      '! raised (Major) by eve: Nobody knew.',
      `! the evidence log says: NotMet at 2026-11-28T11:59:00Z, up is 0 (record 7, ${digest})`,
    ],
    authority: [
      'raised (Major) by eve: Nobody knew.',
      `! the evidence log says: NotMet at 2026-11-28T11:59:00Z, up is 0 (record 7, ${digest})`,
    ],
  },
  'that nothing was judged then': {
    steps: [{ ...checked, seen: { result: 'NothingJudged', message: 'the criterion was suspended then' } }],
    internal: ['! the evidence log says: nothing was judged then (the criterion was suspended then)'],
    authority: ['! the evidence log says: nothing was judged then (the criterion was suspended then)'],
  },
  'both hear that its object is gone': {
    steps: [raised, { change: 'Deleted' }],
    internal: [`! ${RAISED}`, '! its object was deleted'],
    authority: [RAISED, '! its object was deleted'],
  },
};

describe('of a finding', () => {
  test.each(Object.entries(cases))('%s', (_sentence, { steps, internal, authority }) => {
    const story = storyOf(...steps);
    expect(heard(story, 'internal')).toEqual(internal);
    expect(heard(story, 'authority')).toEqual(authority);
    expect(heard(story, 'customers')).toBeUndefined();
    expect(entriesFor(story, 'customers')).toEqual([]);
  });
});

describe('its message', () => {
  const titled = (...steps: Partial<FindingRecord>[]): string =>
    cardOf({ stories: [storyOf(...steps)], audience: 'internal', describe: () => SPEC }).title;

  test.each(
    Object.entries({
      'says that it is open': [titled(raised), 'Open: shop, finding: No runbook'],
      'says what it is': [titled({ ...raised, type: 'Question' }), 'Open: shop, question: No runbook'],
      'says that it is overdue': [titled(raised, overdue), 'Overdue: shop, finding: No runbook'],
      'says that it is answered': [titled(raised, answered), 'Answered: shop, finding: No runbook'],
      'says that it is closed, and how long it was open': [titled(raised, closed), 'Closed after 1m: shop, finding: No runbook'],
      'says that it is open again': [titled(raised, closed, reopened), 'Open: shop, finding: No runbook'],
    }),
  )('%s', (_sentence, [title, want]) => expect(title).toBe(want));

  test('shows what was said last, and no severity that nobody gave', () => {
    const card = cardOf({ stories: [storyOf(raised, answered)], audience: 'authority', describe: () => SPEC });
    expect(card.paragraphs).toEqual(['answered by ada: There is one now.']);
    expect(card.facts.map(({ name }) => name)).toEqual(['Service', 'Since', 'Told']);
  });

  test('is followed by what was said since', () => {
    const shown = { stories: [storyOf(raised, answered)], audience: 'internal', describe: () => SPEC } as const;
    const { paragraphs } = followUpCard(shown, { from: () => 1, to: () => undefined });
    expect(paragraphs).toEqual(['2026-11-28T12:01:00Z answered by ada: There is one now.']);
  });
});

test('an incident of the same name is another story', () => {
  const incident = recorded('IncidentChanged', {
    ...{ incident: 'no-runbook', change: 'Opened', state: 'Open', severity: 'high', uid: 'u', title: 'x', at: START },
  });
  const question = recorded('FindingChanged', {
    ...{ finding: 'no-runbook', uid: 'u', change: 'Raised', state: 'Open', type: 'Question', title: 'x', at: START },
  });
  expect([...bookOf(incident, question).stories.keys()]).toEqual(['web/no-runbook', 'web/finding/no-runbook']);
});
