import type { Story } from '../stories/story.ts';
import { failingAgain } from '../stories/story-words.ts';

export interface Telling {
  /** How many times the criterion of a story has failed lately. */
  readonly timesOf: (story: Story) => number;
  /** Whether a message can be changed; where it can't, only another one says that it is over. */
  readonly canEdit: boolean;
}

/** Of a criterion that failed before in the same thread it is said once that it does so again; the rest only shows. */
export function withRepeats(stories: readonly Story[], telling: Telling): Story[] {
  const seen = new Map<string, number>();
  const last = new Map(stories.map((story) => [criterionOf(story), story.id]));
  return stories.map((story) => {
    const criterion = criterionOf(story);
    const count = seen.get(criterion) ?? 0;
    seen.set(criterion, count + 1);
    return count === 0 ? story : repeat(story, { isFirst: count === 1, isLast: last.get(criterion) === story.id }, telling);
  });
}

interface Position {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function repeat(story: Story, { isFirst, isLast }: Position, { timesOf, canEdit }: Telling): Story {
  const times = timesOf(story);
  const [began, ...others] = story.history;
  const keepsEnd = isLast && !canEdit && story.ended !== undefined;
  const history = others.map((entry, at) => (keepsEnd && at === others.length - 1 ? entry : { ...entry, turn: false }));
  return { ...story, times, history: [failingAgain(began?.at ?? story.since, times, isFirst), ...history] };
}

/** What of a story tells its criterion from others; what has none is its own. */
export const criterionOf = ({ namespace, criterion = '', id }: Story): string => `${namespace}/${criterion || id}`;
