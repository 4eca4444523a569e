import { APPROVED, CLOSES, HOUR, OPENS, recordsOf, type Step, storiesOf, TELLS, windowFrom } from './changes.fixtures.ts';
import { START } from './stories.fixtures.ts';
import { emptyStoryBook, takeIntoAgreed, takeIntoStories } from './story-book.ts';
import { entriesFor, type Story } from './story.ts';

const NEXT = OPENS + 24 * HOUR;
const OUTCOME = { outcome: { success: true, text: 'It went well.', by: 'ada' } };
const FAILED = { outcome: { success: false, by: 'ada' } };
const EMERGENCY = { category: 'Emergency' } as const;
const ADJUSTS = { adjustFigures: true };

const planned: Step = [START, TELLS];
const approved: Step = [START + HOUR, { ...TELLS, ...APPROVED }];
const withdrawn: Step = [START + 2 * HOUR, TELLS];

const only = (now: number, steps: readonly Step[]): Story => {
  const stories = storiesOf(now, ...steps);
  expect(stories).toHaveLength(1);
  return stories[0]!;
};
const heard = (now: number, steps: readonly Step[], audience: string): string[] =>
  entriesFor(only(now, steps), audience).map(({ text, turn }) => `${turn ? '! ' : ''}${text}`);

const FIRST = 'planned for 2026-11-28T22:00:00Z to 2026-11-29T00:00:00Z\nThe shop is closed.';
const SECOND = 'now planned for 2026-11-29T22:00:00Z to 2026-11-30T00:00:00Z\nThe shop is closed.';

test.each(
  Object.entries({
    'nothing of what nobody approved': { steps: [planned], now: OPENS - 1, want: [] },
    'nothing of what does not ask for it': { steps: [[START, APPROVED]], now: OPENS, want: [] },
    'the window and the words for them': { steps: [planned, approved], now: OPENS, want: [FIRST] },
    'its end': { steps: [planned, approved], now: CLOSES, want: [FIRST, 'over'] },
    'nothing of what came of it': {
      steps: [planned, approved, [CLOSES + 1, { ...TELLS, ...APPROVED, ...FAILED }]],
      ...{ now: CLOSES + HOUR, want: [FIRST, 'over'] },
    },
    'that it is called off': { steps: [planned, approved, withdrawn], now: OPENS, want: [FIRST, '! called off'] },
    'that it is called off, once': {
      steps: [planned, approved, withdrawn, [START + 3 * HOUR, 'gone']],
      ...{ now: CLOSES, want: [FIRST, '! called off'] },
    },
    'that it was moved': {
      steps: [planned, approved, withdrawn, [START + 3 * HOUR, { ...TELLS, ...APPROVED, ...windowFrom(NEXT) }]],
      ...{ now: OPENS, want: [FIRST, '! called off', `! ${SECOND}`] },
    },
    'that it was moved while nobody looked': {
      steps: [planned, approved, [START + 2 * HOUR, { ...TELLS, ...APPROVED, ...windowFrom(NEXT) }]],
      ...{ now: OPENS, want: [FIRST, `! ${SECOND}`] },
    },
    'that it takes place after all': {
      steps: [planned, approved, withdrawn, [START + 3 * HOUR, { ...TELLS, ...APPROVED }]],
      ...{ now: OPENS, want: [FIRST, '! called off', `! now ${FIRST}`] },
    },
  } satisfies Record<string, { steps: Step[]; now: number; want: string[] }>),
)('customers hear %s', (_sentence, { steps, now, want }) => {
  expect(heard(now, steps, 'customers')).toEqual(want);
});

const TELL_AT = OPENS - 4 * HOUR;
const LATER = [START + 3 * HOUR, { ...TELLS, ...APPROVED, ...windowFrom(NEXT) }] as const;
const TOLD = TELL_AT + HOUR;

test.each(
  Object.entries({
    'as long before as it asks for': { steps: [planned, approved], want: { at: TELL_AT, until: CLOSES } },
    'at once where it is approved later': {
      steps: [planned, [TOLD, { ...TELLS, ...APPROVED }]],
      want: { at: TOLD, until: CLOSES },
    },
    'never of what was called off before that': {
      steps: [planned, approved, withdrawn],
      want: { at: TELL_AT, until: withdrawn[0] },
    },
    'in the time of the new window, where they were not told of the old one': {
      steps: [planned, approved, withdrawn, LATER],
      want: { at: NEXT - 4 * HOUR, until: NEXT + 2 * HOUR },
    },
    'at once of a new window, where they were told of the old one': {
      steps: [planned, approved, [TOLD, TELLS], [TOLD + 1, { ...TELLS, ...APPROVED, ...windowFrom(NEXT) }]],
      want: { at: TELL_AT, until: NEXT + 2 * HOUR },
    },
    'of a new one in its time, though the time of the old one passed after it was called off': {
      steps: [planned, approved, withdrawn, [TOLD, { ...TELLS, ...APPROVED, ...windowFrom(NEXT) }]],
      want: { at: NEXT - 4 * HOUR, until: NEXT + 2 * HOUR },
    },
    'not of what nobody approved': { steps: [planned], want: undefined },
  } satisfies Record<string, { steps: Step[]; want: object | undefined }>),
)('customers are told %s', (_sentence, { steps, want }) => {
  const { customers } = only(TOLD + HOUR, steps).addressed;
  expect(customers).toEqual(want && { late: false, ...want });
});

const AT = OPENS + HOUR;

test.each(
  Object.entries({
    'nothing at once of what is agreed and changes nothing': { steps: [planned, approved], want: undefined },
    'at once of what adjusts figures': { steps: [planned, [START + 1, { ...ADJUSTS, ...APPROVED }]], want: { at: START + 1 } },
    'at once that an approval was too late': { steps: [planned, [AT, { ...TELLS, ...APPROVED }]], want: { at: AT } },
    'at once of an approval when all was over': {
      steps: [planned, [CLOSES, { ...TELLS, ...APPROVED }]],
      want: { at: CLOSES },
    },
    'at once that an approval was taken back': { steps: [planned, approved, withdrawn], want: { at: withdrawn[0] } },
    'when its window opens, that an emergency was not approved': { steps: [[START, EMERGENCY]], want: { at: OPENS } },
    'at once of an emergency that was put on record later': { steps: [[AT, EMERGENCY]], want: { at: AT } },
    'nothing of an emergency that was approved in time': {
      steps: [
        [START, EMERGENCY],
        [START + 1, { ...EMERGENCY, ...APPROVED }],
      ],
      want: { at: OPENS, until: START + 1 },
    },
    'nothing of an emergency that was called off': {
      steps: [
        [START, EMERGENCY],
        [START + 1, 'gone'],
      ],
      want: { at: OPENS, until: START + 1 },
    },
    'nothing of what nobody approved': { steps: [[START, {}]], want: undefined },
  } satisfies Record<string, { steps: Step[]; want: object | undefined }>),
)('the authority is told %s', (_sentence, { steps, want }) => {
  expect(only(CLOSES, steps).addressed['authority']).toEqual(want && { late: false, ...want });
});

const WINDOW = '2026-11-28T22:00:00Z to 2026-11-29T00:00:00Z';

test.each(
  Object.entries({
    'each step, and what opened without a word': {
      steps: [planned, [OPENS + 1, { ...TELLS, ...APPROVED }], [CLOSES + 1, { ...TELLS, ...APPROVED, ...OUTCOME }]],
      want: [
        ...[`planned by ada: ${WINDOW}`, '! its window opened without an approval: it explains nothing'],
        ...['! approved by bo after its window had opened: it explains nothing', 'its window is over'],
        'succeeded, says the outcome by ada: It went well.',
      ],
    },
    'that an approval was taken back in the window, and not that there was none': {
      steps: [
        [START, APPROVED],
        [OPENS + 1, {}],
      ],
      want: [
        ...[`planned by ada: ${WINDOW}`, 'approved by bo', '! the approval was taken back: it explains nothing'],
        'its window is over',
      ],
    },
    'that it stands where it is taken back afterwards': {
      steps: [
        [START, APPROVED],
        [CLOSES, {}],
      ],
      want: [
        ...[`planned by ada: ${WINDOW}`, 'approved by bo', 'its window is over'],
        'the approval was taken back after the window: it stands',
      ],
    },
    'that it did not succeed': {
      steps: [
        [START, { ...APPROVED, ...ADJUSTS }],
        [OPENS + 1, { ...APPROVED, ...ADJUSTS, ...FAILED }],
      ],
      want: [
        ...[`planned by ada: ${WINDOW}`, '! approved by bo, and adjusts figures'],
        ...['! did not succeed, says the outcome by ada', 'its window is over'],
      ],
    },
    'that it was put on record when it was over': {
      steps: [[CLOSES + 1, APPROVED]],
      want: [
        ...[`planned by ada, after its window had opened: ${WINDOW}`],
        ...['! its window opened without an approval: it explains nothing', 'its window is over'],
        '! approved by bo after its window had opened: it explains nothing',
      ],
    },
    'that it was called off, and nothing more': {
      steps: [
        [START, {}],
        [START + 1, 'gone'],
      ],
      want: [`planned by ada: ${WINDOW}`, '! called off: its object was deleted'],
    },
  } satisfies Record<string, { steps: Step[]; want: string[] }>),
)('the team hears %s', (_sentence, { steps, want }) => {
  expect(heard(CLOSES + HOUR, steps, 'internal')).toEqual(want);
  expect(heard(CLOSES + HOUR, steps, 'authority')).toEqual(want);
});

test('the next window of a name that is used again is another story', () => {
  const again: Step = [CLOSES + 1, { ...TELLS, ...APPROVED, ...windowFrom(NEXT) }];
  const stories = storiesOf(NEXT, planned, approved, again, [CLOSES + 2, 'gone'], [CLOSES + 3, {}]);
  expect(stories.map(({ ended }) => ended?.how)).toEqual(['Over', 'CalledOff', 'Over']);
  expect(new Set(stories.map(({ id }) => id)).size).toBe(3);
  expect(entriesFor(stories[1]!, 'customers').map(({ text }) => text)).toEqual([SECOND.replace('now ', ''), 'called off']);
});

test('of a change whose story is long forgotten nothing is told', () => {
  const records = recordsOf('disk', planned, approved, withdrawn, [withdrawn[0] + 1, { ...TELLS, ...windowFrom(NEXT) }]);
  const book = emptyStoryBook();
  for (const record of records.slice(0, 2)) takeIntoAgreed(book, record);
  for (const record of records.slice(2)) takeIntoStories(book, record);
  expect(records).toHaveLength(4);
  expect(book.stories.size).toBe(0);
});
