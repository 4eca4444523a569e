import { APPROVED, CLOSES, HOUR, OPENS, recordedAt, recordsOf, type Step } from './changes.fixtures.ts';
import { closed, MINUTE, notified, opened, START, upSince, verdict } from './stories.fixtures.ts';
import { cardOf } from '../messages/cards.ts';
import { emptyStoryBook, storyAsOf, takeIntoStories } from './story-book.ts';
import { entriesFor, type Story } from './story.ts';

const agreed: Step[] = [
  [START, {}],
  [START + 1, APPROVED],
];
const EXPLAINED = 'explained by change disk, 2026-11-28T22:00:00Z to 2026-11-29T00:00:00Z';

const failing = (since: number) => [
  recordedAt(since + MINUTE, verdict(since + MINUTE, 'Fail')),
  recordedAt(since + MINUTE, opened(since + MINUTE, since)),
  recordedAt(since + MINUTE, notified(since + MINUTE, since, 'internal')),
];
const ending = (since: number, to: number, at: number) => [
  recordedAt(at, verdict(at, 'Pass')),
  recordedAt(at, closed(at, [since, to], 'Recovered')),
];

/** The deviation that began at `since` as it is then, and what was told of it up to then, looked at each minute. */
function lived(steps: readonly Step[], deviation: ReturnType<typeof failing>, since: number, now: number): Story {
  const book = emptyStoryBook();
  const records = [...recordsOf('disk', ...steps), ...deviation].sort((a, b) => a.head.recordedAt - b.head.recordedAt);
  let before: string[] = [];
  for (let at = START; at <= now; at += MINUTE) {
    while (records[0] && records[0].head.recordedAt <= at) takeIntoStories(book, records.shift()!);
    const story = book.stories.get(upSince(since));
    const said = story ? entriesFor(storyAsOf(book, story, at), 'authority').map(({ text }) => text) : [];
    // What a channel was sent is counted by entries: none may change its place.
    expect(said.slice(0, before.length)).toEqual(before);
    before = said;
  }
  return storyAsOf(book, book.stories.get(upSince(since))!, now);
}

const DURING = OPENS + HOUR;
const BEFORE = OPENS - HOUR;

test.each(
  Object.entries({
    'an agreed change explains what begins in its window': {
      ...{ steps: agreed, since: DURING, now: DURING + HOUR / 2, by: ['disk'], said: [EXPLAINED] },
    },
    'what began before is explained once the window opens': {
      ...{ steps: agreed, since: BEFORE, now: OPENS, by: ['disk'], said: [EXPLAINED] },
    },
    'and not before': { steps: agreed, since: BEFORE, now: OPENS - MINUTE, by: undefined, said: [] },
    'what began in the window stays explained': {
      steps: agreed,
      since: DURING,
      now: CLOSES + HOUR,
      by: ['disk'],
      said: [EXPLAINED],
    },
    'what begins afterwards is not': { steps: agreed, since: CLOSES, now: CLOSES + HOUR, by: undefined, said: [] },
    'what nobody approved explains nothing': { steps: [[START, {}]], since: DURING, now: CLOSES, by: undefined, said: [] },
    'what was approved too late explains nothing': {
      ...{
        steps: [
          [START, {}],
          [OPENS, APPROVED],
        ],
        since: DURING,
        now: CLOSES,
        by: undefined,
        said: [],
      },
    },
    'what is taken back in its window explains nothing any more': {
      ...{ steps: [...agreed, [DURING + HOUR / 2, {}]], since: DURING, now: CLOSES, by: [] },
      said: [EXPLAINED, 'not explained by change disk any more: it was taken back'],
    },
    'what is taken back afterwards explains it still': {
      ...{ steps: [...agreed, [CLOSES, {}]], since: DURING, now: CLOSES + HOUR, by: ['disk'], said: [EXPLAINED] },
    },
  } satisfies Record<string, { steps: Step[]; since: number; now: number; by: string[] | undefined; said: string[] }>),
)('%s', (_sentence, { steps, since, now, by, said }) => {
  const story = lived(steps, failing(since), since, now);
  expect(story.explainedBy?.map(({ change }) => change)).toEqual(by);
  const heard = entriesFor(story, 'internal').map(({ text }) => text);
  expect(heard.filter((text) => text.includes('explained'))).toEqual(said);
  expect(entriesFor(story, 'customers').map(({ text }) => text)).toHaveLength(1);
});

test('an end that is known only when the window has opened is said behind it', () => {
  const end = [OPENS - MINUTE, OPENS + 3 * MINUTE] as const;
  const story = lived(agreed, [...failing(BEFORE), ...ending(BEFORE, ...end)], BEFORE, OPENS + HOUR);
  expect(
    entriesFor(story, 'internal')
      .map(({ text }) => text)
      .slice(-2),
  ).toEqual([EXPLAINED, 'recovered after 59m']);
});

test.each(
  Object.entries({
    'the team': { audience: 'internal', want: 'change disk, 2026-11-28T22:00:00Z to 2026-11-29T00:00:00Z' },
    'the authority': { audience: 'authority', want: 'change disk, 2026-11-28T22:00:00Z to 2026-11-29T00:00:00Z' },
    'but not for customers': { audience: 'customers', want: undefined },
  }),
)('it stands among the facts, alone and in a storm, for %s', (_sentence, { audience, want }) => {
  const story = lived(agreed, failing(DURING), DURING, CLOSES);
  const shown = { audience, describe: () => undefined };
  const other = { ...story, id: 'other', criterion: 'other' };
  for (const stories of [[story], [story, other]] as [Story, ...Story[]][]) {
    const { facts } = cardOf({ ...shown, stories });
    expect(facts.find(({ name }) => name === 'Explained by')?.value).toBe(want);
  }
});
