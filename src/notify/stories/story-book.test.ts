import type { LogRecord } from '../../api/records.ts';
import { bookOf, closed, criterion, MINUTE, notified, opened, recorded, START, upSince, verdict } from './stories.fixtures.ts';
import { emptyStoryBook } from './story-book.ts';
import { entriesFor, type Story } from './story.ts';

const at = (minutes: number): number => START + minutes * MINUTE;

/** What an audience hears of the only story, in words. */
const heard = (records: readonly LogRecord[], audience: string): string[] =>
  entriesFor(only(records), audience).map(({ text }) => text);

function only(records: readonly LogRecord[]): Story {
  const stories = [...bookOf(...records).stories.values()];
  expect(stories).toHaveLength(1);
  return stories[0]!;
}

const failing = [verdict(at(1), 'Fail'), opened(at(1), at(0)), notified(at(1), at(0), 'internal')];
const end = (reason: 'Recovered' | 'CriterionChanged', audience = 'internal') => [
  ...[verdict(at(18), 'Pass'), closed(at(18), [at(0), at(17)], reason)],
  notified(at(18), at(0), audience, { notice: 'DeviationEnded', message: `ended: ${reason}` }),
];
const changeTold = (minute: number, since: number | undefined, audience: string) =>
  notified(at(minute), since, audience, {
    notice: 'CriterionChanged',
    message: 'the criterion was changed while it was not met',
  });

describe('what customers hear', () => {
  test.each(
    Object.entries({
      'since when, and of the end with its length, as the log counts it': {
        records: [...failing, notified(at(15), at(0), 'customers'), ...end('Recovered')],
        want: ['disrupted since 2026-11-28T12:00:00Z', 'recovered after 17m'],
      },
      'that it ended because something was changed, once': {
        records: [...failing, ...end('CriterionChanged'), ...end('CriterionChanged', 'customers')],
        want: ['disrupted since 2026-11-28T12:00:00Z', 'over after 17m, because what is measured was changed'],
      },
      'a change while it is not met': {
        records: [...failing, criterion(at(2), 'Changed'), changeTold(2, at(0), 'customers')],
        want: ['disrupted since 2026-11-28T12:00:00Z', 'what is measured was changed while it was not met'],
      },
      'a change before anybody was told of anything': {
        records: [verdict(at(1), 'Fail'), criterion(at(2), 'Changed'), changeTold(2, at(0), 'customers')],
        want: ['disrupted since 2026-11-28T12:00:00Z', 'what is measured was changed while it was not met'],
      },
      'a change where nothing is open': {
        records: [criterion(at(2), 'Changed'), changeTold(2, undefined, 'customers')],
        want: ['what is measured was changed while it was not met'],
      },
      'flapping under the hold': {
        records: [
          notified(at(2), undefined, 'customers', { step: '2m within 10m', message: 'not met for 2m within 10m: up is 0' }),
        ],
        want: ['disrupted again and again, for a short time each'],
      },
      'a second step': {
        records: [...failing, notified(at(15), at(0), 'customers'), notified(at(60), at(0), 'customers', { step: 'after 1h' })],
        want: ['disrupted since 2026-11-28T12:00:00Z', 'still disrupted after 1h'],
      },
      'a pause, and that it goes on': {
        records: [...failing, criterion(at(2), 'Suspended'), verdict(at(2), 'Suspended'), criterion(at(9), 'Resumed')],
        want: ['disrupted since 2026-11-28T12:00:00Z', 'it is not measured for now', 'it is measured again'],
      },
    } satisfies Record<string, { records: LogRecord[]; want: string[] }>),
  )('%s', (_sentence, { records, want }) => {
    expect(heard(records, 'customers')).toEqual(want);
  });
});

describe('what the authority hears', () => {
  test.each(
    Object.entries({
      'what was seen, and who is told': {
        records: failing,
        want: ['disrupted since 2026-11-28T12:00:00Z', `not met: seen at ${at(1)}`, 'internal to be told (after 0s)'],
      },
      'of a gap and the deviation that follows it as one': {
        records: [
          ...[
            verdict(at(1), 'Inconclusive'),
            notified(at(1), at(0), 'internal'),
            verdict(at(3), 'Fail', { from: 'Inconclusive' }),
          ],
          ...[opened(at(3), at(2)), verdict(at(9), 'Pass'), closed(at(9), [at(2), at(8)], 'Recovered')],
        ],
        want: [
          ...['disrupted since 2026-11-28T12:00:00Z', `nobody can say (SourceUnreachable): seen at ${at(1)}`],
          ...['internal to be told (after 0s)', `not met: seen at ${at(3)}`, 'recovered after 8m'],
        ],
      },
      'that it was told late': {
        records: [verdict(at(1), 'Fail'), notified(at(15), at(0), 'authority', { step: 'after 15m', late: true })],
        want: ['disrupted since 2026-11-28T12:00:00Z', `not met: seen at ${at(1)}`, 'authority to be told (after 15m, late)'],
      },
    } satisfies Record<string, { records: LogRecord[]; want: string[] }>),
  )('%s', (_sentence, { records, want }) => {
    expect(heard(records, 'authority')).toEqual(want);
  });
});

describe('a story', () => {
  test.each(
    Object.entries({
      'begins with the deviation': { records: failing, want: { id: upSince(at(0)), since: at(0), standing: 'Failing' } },
      'of a gap is unclear, with its reason': {
        records: [verdict(at(1), 'Inconclusive'), notified(at(1), at(0), 'internal')],
        want: { standing: 'Unclear', unknownReason: 'SourceUnreachable' },
      },
      'of a gap that was the first verdict is unclear': {
        records: [notified(at(5), at(0), 'internal', { message: 'for 5m: no answer' })],
        want: { standing: 'Unclear', seen: 'for 5m: no answer' },
      },
      'of a first verdict that is Fail is failing': {
        records: [opened(at(1), at(0)), notified(at(1), at(0), 'internal')],
        want: { standing: 'Failing', seen: 'for 0s: up is 0' },
      },
      'keeps its first time for each audience': {
        records: [...failing, notified(at(9), at(0), 'internal', { step: 'after 9m' }), notified(at(15), at(0), 'customers')],
        want: { addressed: { internal: { at: at(1), late: false }, customers: { at: at(15), late: false } } },
      },
      'ends when the deviation did': {
        records: [...failing, ...end('Recovered')],
        want: { ended: { at: at(17), how: 'Recovered' } },
      },
      'ends also where only a change was told': {
        records: [verdict(at(1), 'Fail'), changeTold(2, at(0), 'customers'), verdict(at(9), 'Pass')],
        want: { standing: 'Ended', ended: { at: at(9), how: 'Recovered' } },
      },
      'of a gap ends with its criterion, also where only that is told': {
        records: [verdict(at(1), 'Inconclusive'), criterion(at(2), 'Deleted'), changeTold(2, at(0), 'customers')],
        want: { standing: 'Ended', ended: { at: at(2), how: 'CriterionDeleted' } },
      },
      'goes on where the name of its criterion returns': {
        records: [
          ...[...failing, criterion(at(2), 'Deleted'), closed(at(2), [at(0), at(2)], 'CriterionDeleted')],
          notified(at(2), at(0), 'internal', { notice: 'DeviationEnded', message: 'ended: CriterionDeleted' }),
          ...[criterion(at(3), 'Recreated'), opened(at(3), at(0), true), changeTold(3, at(0), 'internal')],
        ],
        want: { standing: 'Failing' },
      },
      'and ends for good later': {
        records: [
          ...[...failing, criterion(at(2), 'Deleted'), closed(at(2), [at(0), at(2)], 'CriterionDeleted')],
          ...[criterion(at(3), 'Recreated'), opened(at(3), at(0), true), changeTold(3, at(0), 'internal')],
          ...[verdict(at(4), 'Inconclusive', { from: 'Fail' }), ...end('Recovered')],
        ],
        want: { standing: 'Ended', ended: { at: at(17), how: 'Recovered' } },
      },
      'of an objective is for the team': {
        records: [recorded('ObjectiveChanged', { criterion: 'up', at: at(1), met: false, achieved: '99.1', target: '99.9' })],
        want: {
          kind: 'Notice',
          seen: 'The objective is missed: 99.1 %, agreed 99.9 %',
          addressed: { internal: { at: at(1), late: false } },
        },
      },
      'of several audiences that hear of flapping is one': {
        records: [notified(at(2), undefined, 'customers'), notified(at(2), undefined, 'authority')],
        want: { kind: 'Notice', addressed: { customers: { at: at(2), late: false }, authority: { at: at(2), late: false } } },
      },
    } satisfies Record<string, { records: LogRecord[]; want: Partial<Record<keyof Story, unknown>> }>),
  )('%s', (_sentence, { records, want }) => {
    expect(only(records)).toMatchObject(want);
  });

  test('that goes on again has no end', () => {
    const end = notified(at(2), at(0), 'internal', { notice: 'DeviationEnded', message: 'ended: CriterionDeleted' });
    const story = only([
      ...failing,
      end,
      criterion(at(3), 'Recreated'),
      opened(at(3), at(0), true),
      changeTold(3, at(0), 'internal'),
    ]);
    expect(story.ended).toBeUndefined();
  });

  test('of a verdict that nobody is told of there is none, and nothing is kept after it', () => {
    expect(bookOf(verdict(at(1), 'Fail'), verdict(at(2), 'Pass'))).toEqual(emptyStoryBook());
  });

  test('after its end another deviation is another story', () => {
    const second = [verdict(at(30), 'Fail'), notified(at(30), at(29), 'internal')];
    expect([...bookOf(...failing, ...end('Recovered'), ...second).stories.values()].map(({ standing }) => standing)).toEqual([
      'Ended',
      'Failing',
    ]);
  });

  test('the second step of one audience is a turn for it alone', () => {
    const story = only([...failing, notified(at(15), at(0), 'customers'), notified(at(60), at(0), 'customers')]);
    const turns = (audience: string) => entriesFor(story, audience).at(-1)?.turn;
    expect([turns('customers'), turns('internal'), turns('partners')]).toEqual([true, false, false]);
  });

  test('wavers for days without growing for ever, and its end is told', () => {
    const wavering = Array.from({ length: 2_000 }, (_, index) =>
      verdict(at(2 + index), index % 2 === 0 ? 'Inconclusive' : 'Fail', { from: 'Fail' }),
    );
    const story = only([...failing, ...wavering, ...end('Recovered').slice(2)]);
    expect(story.history.length).toBeLessThan(300);
    expect(story.history.at(-1)?.words.customers).toMatch(/^recovered/);
    const untold = bookOf(verdict(at(1), 'Fail'), ...wavering);
    expect(untold.goingOn.get('up')?.history.length).toBeLessThan(50);
  });
});

describe('comments', () => {
  const comment = (deviation?: string, criterionName = 'up') =>
    recorded('Commented', {
      ...{ comment: 'c', uid: 'u', at: at(3), criterion: criterionName, about: 'Cause', text: 'A full disk.', author: 'ada' },
      ...(deviation !== undefined && { deviation }),
    });
  const said = 'the cause, says a comment by ada: A full disk.';

  test('what is said of a deviation, by its id or while it goes on, reaches the authority and never customers', () => {
    for (const records of [
      [...failing, comment()],
      [...failing, ...end('Recovered'), comment(upSince(at(0)))],
    ]) {
      expect(heard(records, 'authority')).toContain(said);
      expect(heard(records, 'customers').join()).not.toMatch(/disk|ada/);
    }
  });

  test('what is said of another deviation, or under the name of another criterion, is no part of this one', () => {
    for (const records of [
      [...failing, comment(upSince(at(2)))],
      [...failing, comment(upSince(at(0)), 'down')],
      [...failing, ...end('Recovered'), comment()],
    ]) {
      expect(heard(records, 'authority')).not.toContain(said);
    }
  });
});

describe('who is not to be told', () => {
  const comment = (at: number, changed: object = {}) =>
    recorded('Commented', {
      ...{ comment: 'c', uid: '', at, criterion: 'up', about: 'Withhold', text: 'a drill', author: 'ann', audience: 'customers' },
      ...changed,
    });
  const why = { by: 'ann', reason: 'a drill' };
  const failed = [opened(START, START), verdict(START, 'Fail')];
  const ended = [verdict(START + 3 * MINUTE, 'Pass'), closed(START + 3 * MINUTE, [START, START + 3 * MINUTE], 'Recovered')];
  const told = notified(START, START, 'internal');
  test.each(
    Object.entries({
      'is so of what goes on': { records: [...failed, told, comment(START + 1)], want: START + 1 },
      'is so of the deviation that is named': {
        records: [...failed, told, comment(START + 1, { deviation: upSince(START) })],
        want: START + 1,
      },
      'is so before anybody is told': { records: [...failed, comment(START + 1), told], want: START + 1 },
      'is so before anybody is told, by the id of the deviation': {
        records: [...failed, comment(START + 1, { deviation: upSince(START) }), verdict(START + 2, 'Fail'), told],
        want: START + 1,
      },
      'is so of what is over and may wait to be told': {
        records: [...failed, told, ...ended, comment(START + 4 * MINUTE)],
        want: START + 4 * MINUTE,
      },
      'is not so of what is long over': {
        records: [...failed, told, ...ended, comment(START + 2 * 86_400_000)],
        want: undefined,
      },
      'is decided once': {
        records: [...failed, told, comment(START + 1), comment(START + 2, { author: 'bob' })],
        want: START + 1,
      },
      'is not so of another deviation': {
        records: [...failed, told, comment(START + 1, { deviation: upSince(START - 1) })],
        want: undefined,
      },
      'is not so of another criterion': {
        records: [...failed, told, comment(START + 1, { criterion: 'disk' })],
        want: undefined,
      },
      'is not so by another comment': { records: [...failed, told, comment(START + 1, { about: 'Note' })], want: undefined },
    }),
  )('%s', (_sentence, { records, want }) => {
    const story = bookOf(...records).stories.get(upSince(START));
    expect(story?.withheld).toEqual(want === undefined ? undefined : { customers: { ...why, at: want } });
  });
});
