import type { RecordBody } from '../../api/records.ts';
import { added, type StoryBook } from './story-book.ts';
import { tooLateEntry } from './story-words.ts';
import { isBegun, type Thread } from '../delivering/thread.ts';

/** The stories of a service, and what each channel was sent of them: by channel, and there by the story with which each began. */
export interface ToldStories extends Pick<StoryBook, 'stories'> {
  readonly threads: ReadonlyMap<string, ReadonlyMap<string, Thread>>;
}

/** Says in the history of a story that it was told before it came to be withheld. Called after the comment is in the book. */
export function noteTold({ stories, threads }: ToldStories, { about, audience, criterion, at }: RecordBody<'Commented'>): void {
  if (about !== 'Withhold' || audience === undefined) return;
  for (const story of stories.values()) {
    if (story.criterion !== criterion || story.withheld?.[audience]?.at !== at) continue;
    const channels = [...threads].filter(([, ofChannel]) => isTold(ofChannel, story.id, audience)).map(([channel]) => channel);
    if (channels.length > 0) stories.set(story.id, added(story, tooLateEntry(at, audience, channels)));
  }
}

function isTold(ofChannel: ReadonlyMap<string, Thread>, story: string, audience: string): boolean {
  return [...ofChannel.values()].some((thread) => thread.audience === audience && isBegun(thread, story));
}

/** Says that it was on its way while it came to be withheld. Called before the delivery is in the book, and so once a channel. */
export function noteSent({ stories, threads }: ToldStories, sent: RecordBody<'Delivery'>): void {
  const { channel, audience, phase, at } = sent;
  if (phase !== 'Attempted') return;
  const before = threads.get(channel)?.get(sent.story);
  const thread = before?.audience === audience ? before : undefined;
  for (const each of sent.stories) {
    const story = stories.get(each);
    if (story?.withheld?.[audience] && !isBegun(thread, each))
      stories.set(each, added(story, tooLateEntry(at, audience, [channel])));
  }
}
