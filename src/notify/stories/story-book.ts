import type { LogRecord, RecordBody, RecordKind } from '../../api/records.ts';
import { changeAfter, type KnownChange } from '../../domain/change.ts';
import { deviationId, deviationStart } from '../../domain/deviation-id.ts';
import { channelStory } from './channel-story.ts';
import { type Explanation, explanationsOf } from '../../domain/explained.ts';
import { changeAsOf, storyOfChange } from './change-story.ts';
import { explainedAsOf } from './explained-story.ts';
import { findingId, findingStory } from './finding-story.ts';
import { incidentId, incidentStory } from './incident-story.ts';
import type { Entry, Story } from './story.ts';
import {
  againEntry,
  beginning,
  changeEntry,
  commentEntry,
  endingEntry,
  noticeEntry,
  objectiveText,
  toldEntry,
  verdictEntry,
} from './story-words.ts';

/** The stories of a service by id, and what goes on in its criteria that nobody is told of yet. */
export interface StoryBook {
  readonly stories: Map<string, Story>;
  readonly goingOn: Map<string, GoingOn>;
  readonly agreed: Agreed;
}

/** The changes of a service by name, and what they explain. */
interface Agreed {
  readonly changes: Map<string, KnownChange>;
  explanations: readonly Explanation[];
}

/** What happened to a criterion since it was last well. */
interface GoingOn {
  readonly firstSeq: number;
  readonly standing: 'Failing' | 'Unclear';
  readonly seen: string;
  readonly unknownReason?: string;
  readonly history: readonly Entry[];
  /** The story that it became. */
  readonly story?: string;
  readonly isDeleted?: boolean;
  /** Id of the deviation, once there is one. */
  readonly deviation?: string;
  readonly withheld?: Story['withheld'];
}

export const emptyStoryBook = (): StoryBook => ({
  ...{ stories: new Map(), goingOn: new Map() },
  agreed: { changes: new Map(), explanations: [] },
});

/** Of what nobody was told yet the latest entries are kept. */
const LONGEST_PRELUDE = 20;
/** A story that wavers for days goes on without telling each time; its end is told all the same. */
const LONGEST_HISTORY = 200;
/** For so long something that is over may be withheld by the name of its criterion alone. */
const LATELY_MS = 86_400_000;

type Take = (book: StoryBook, record: LogRecord) => void;

/** What each kind of record means for the stories; others mean nothing. */
const TAKE: Partial<Record<RecordKind, Take>> = {
  VerdictChanged: (book, record) => record.kind === 'VerdictChanged' && verdictChanged(book, record, record.body),
  DeviationOpened: (book, record) => record.kind === 'DeviationOpened' && deviationOpened(book, record, record.body),
  DeviationClosed: (book, record) => record.kind === 'DeviationClosed' && deviationClosed(book, record.body),
  CriterionChanged: (book, record) => record.kind === 'CriterionChanged' && criterionChanged(book, record.body),
  Notified: (book, record) => record.kind === 'Notified' && noticed(book, record, record.body),
  ObjectiveChanged: (book, record) => record.kind === 'ObjectiveChanged' && objectiveChanged(book, record, record.body),
  Commented: (book, record) => record.kind === 'Commented' && commented(book, record.body),
  ChannelChanged: ({ stories }, record) => {
    const story = record.kind === 'ChannelChanged' ? channelStory(stories.values(), record) : undefined;
    if (story) stories.set(story.id, story);
  },
  IncidentChanged: ({ stories }, record) => {
    if (record.kind !== 'IncidentChanged') return;
    const id = incidentId(record);
    stories.set(id, incidentStory(stories.get(id), record));
  },
  ChangeRecorded: (book, record) => record.kind === 'ChangeRecorded' && changeRecorded(book, record),
  FindingChanged: ({ stories }, record) => {
    if (record.kind !== 'FindingChanged') return;
    const id = findingId(record);
    stories.set(id, findingStory(stories.get(id), record));
  },
};

/** The records of which stories are made. */
export const STORY_KINDS = Object.keys(TAKE) as readonly RecordKind[];

/** The book after a record: the same one, changed. */
export function takeIntoStories(book: StoryBook, record: LogRecord): StoryBook {
  const { recordedAt } = record.head;
  explainAll(book, recordedAt, 'criterion' in record.body ? record.body.criterion : undefined);
  TAKE[record.kind]?.(book, record);
  if (record.kind === 'ChangeRecorded') explainAll(book, recordedAt);
  return book;
}

/** Takes note of a change that was put on record before all stories that are still told of. */
export function takeIntoAgreed({ agreed }: StoryBook, record: LogRecord): void {
  if (record.kind !== 'ChangeRecorded') return;
  const { head, body } = record;
  agreed.changes.set(body.change, changeAfter(agreed.changes.get(body.change), body, head.recordedAt));
  agreed.explanations = explanationsOf(agreed.changes);
}

/** A story at a moment: windows of changes open and close without a record. The book keeps it as it was with its last record. */
export function storyAsOf({ agreed }: StoryBook, story: Story, now: number): Story {
  return story.kind === 'Change' ? changeAsOf(story, now) : explainedAsOf(story, agreed.explanations, now);
}

/** What was told by itself in the meantime keeps its place before what a record says. @param criterion only its stories */
function explainAll(book: StoryBook, now: number, criterion?: string): void {
  const { stories, agreed } = book;
  if (agreed.changes.size === 0) return;
  for (const story of stories.values()) {
    if (criterion !== undefined && story.criterion !== criterion) continue;
    const explained = explainedAsOf(story, agreed.explanations, now);
    if (explained !== story) stories.set(story.id, explained);
  }
}

function changeRecorded(book: StoryBook, record: Extract<LogRecord, { kind: 'ChangeRecorded' }>): void {
  const { change } = record.body;
  const before = book.agreed.changes.get(change);
  takeIntoAgreed(book, record);
  const after = book.agreed.changes.get(change);
  const told = [...book.stories.values()].findLast((story) => story.change?.name === change);
  const story = after && storyOfChange(told, record, { before, after });
  if (story) book.stories.set(story.id, story);
}

type Head = Pick<LogRecord, 'head'>;

function verdictChanged(book: StoryBook, { head }: Head, body: RecordBody<'VerdictChanged'>): void {
  const { criterion, from, to, at } = body;
  const before = book.goingOn.get(criterion);
  if (to === 'Pass') {
    // The notice of the end goes to whoever had a step; one who heard of a change alone is told by this.
    changeStory(book, before?.story, (story) => endedStory(story, at, 'Recovered'));
    book.goingOn.delete(criterion);
    return;
  }
  // Suspending and resuming are told as changes of the criterion.
  if (to === 'Suspended' || from === 'Suspended') return;
  const entry = verdictEntry(body);
  const after = goneOn(before ?? { firstSeq: head.seq, history: [] }, body, entry);
  book.goingOn.set(criterion, after);
  const { standing, seen } = after;
  changeStory(book, after.story, (story) => ({ ...added(story, entry), standing, seen, ...reasonOf(after) }));
}

function goneOn(
  before: Pick<GoingOn, 'firstSeq' | 'history' | 'story' | 'deviation' | 'withheld'>,
  { to, reason, message }: RecordBody<'VerdictChanged'>,
  entry: Entry,
): GoingOn {
  const { firstSeq, history, story, deviation, withheld } = before;
  return {
    ...{ firstSeq, history: prelude([...history, entry]), seen: message },
    ...(deviation !== undefined && { deviation }),
    ...(withheld && { withheld }),
    ...(story !== undefined && { story }),
    ...(to === 'Fail' ? { standing: 'Failing' } : { standing: 'Unclear', unknownReason: reason }),
  };
}

const prelude = (history: readonly Entry[]): readonly Entry[] => history.slice(-LONGEST_PRELUDE);

/** A story with one entry more, and without what only one standing has. */
export function added({ unknownReason: _reason, ...story }: Story, entry: Entry): Story {
  return story.history.length < LONGEST_HISTORY ? { ...story, history: [...story.history, entry] } : story;
}

const reasonOf = ({ unknownReason, standing }: GoingOn): Pick<Story, 'unknownReason'> =>
  standing === 'Unclear' && unknownReason !== undefined ? { unknownReason } : {};

function changeStory(book: StoryBook, id: string | undefined, change: (story: Story) => Story): void {
  const story = id === undefined ? undefined : book.stories.get(id);
  const changed = story && change(story);
  if (changed && changed !== story) book.stories.set(changed.id, changed);
}

/** A first verdict that is Fail is no change of one; and the deviation of a criterion whose name returned goes on. */
function deviationOpened(book: StoryBook, { head }: Head, { criterion, id, reopened }: RecordBody<'DeviationOpened'>): void {
  const before = book.goingOn.get(criterion);
  const { standing: _standing, unknownReason: _reason, ...going }: Partial<GoingOn> = before ?? {};
  const told = reopened ? storyOfDeviation(book, criterion, id) : undefined;
  const begun = { firstSeq: head.seq, seen: told?.seen ?? '', history: [], ...going, standing: 'Failing' as const };
  book.goingOn.set(criterion, { ...begun, deviation: id, ...(told && { story: told.id }) });
}

/** A story that began with an evidence gap has the id of the gap. */
function storyOfDeviation({ stories }: StoryBook, criterion: string, id: string): Story | undefined {
  const exact = stories.get(id);
  if (exact) return exact;
  const same = [...stories.values()].filter((story) => story.kind === 'Deviation' && story.criterion === criterion);
  return same.findLast(
    ({ since, ended }) => ended !== undefined && since <= (deviationStart(id) ?? 0) && (deviationStart(id) ?? 0) < ended.at,
  );
}

/** The deviation was over before that was certain, and the log counts its length so. */
function deviationClosed(book: StoryBook, { criterion, id, to, reason }: RecordBody<'DeviationClosed'>): void {
  const story = book.goingOn.get(criterion)?.story ?? storyOfDeviation(book, criterion, id)?.id;
  changeStory(book, story, (of) => endedStory(of, to, reason));
  book.goingOn.delete(criterion);
}

/** Somebody may say something before anybody is told, and withhold what is over and waits to be told. */
function commented(book: StoryBook, body: RecordBody<'Commented'>): void {
  const { criterion, deviation, about, audience, author: by, text: reason, at } = body;
  const going = book.goingOn.get(criterion);
  const isOfGoing = going !== undefined && (deviation === undefined || deviation === going.deviation);
  const marked = <T extends { readonly withheld?: Story['withheld'] }>(of: T): T =>
    about === 'Withhold' && audience !== undefined ? { ...of, withheld: { [audience]: { by, reason, at }, ...of.withheld } } : of;
  if (isOfGoing && going.story === undefined) {
    book.goingOn.set(criterion, marked({ ...going, history: prelude([...going.history, commentEntry(body)]) }));
    return;
  }
  const id = book.stories.has(deviation ?? '') ? deviation : isOfGoing ? going.story : lately(book, body);
  changeStory(book, id, (story) => (story.criterion === criterion ? marked(added(story, commentEntry(body))) : story));
}

/** What of a criterion is over and may wait to be told: meant where nothing goes on that could be withheld. */
function lately({ stories }: StoryBook, { about, criterion, deviation, at }: RecordBody<'Commented'>): string | undefined {
  if (about !== 'Withhold' || deviation !== undefined) return undefined;
  const isLate = ({ ended }: Story): boolean => ended !== undefined && ended.at > at - LATELY_MS;
  return [...stories.values()].findLast((story) => story.criterion === criterion && isLate(story))?.id;
}

function criterionChanged(book: StoryBook, { criterion, change, at }: RecordBody<'CriterionChanged'>): void {
  const going = book.goingOn.get(criterion);
  if (!going) return;
  const entry = changeEntry(change, at);
  book.goingOn.set(criterion, { ...going, history: prelude([...going.history, entry]), isDeleted: change === 'Deleted' });
  changeStory(book, going.story, (story) => ({ ...added(story, entry), ...reasonOf(going) }));
}

function noticed(book: StoryBook, record: Head, body: RecordBody<'Notified'>): void {
  const { audience, at, late, deviation } = body;
  if (body.notice === 'DeviationEnded') {
    changeStory(book, deviation, (story) => endedStory(story, at, body.message.replace(/^ended: /, '')));
    if (book.goingOn.get(body.criterion)?.story === deviation) book.goingOn.delete(body.criterion);
    return;
  }
  const story = reopened(book, record, body) ?? storyOf(book, record, body);
  const before = story.addressed[audience];
  const told: Story = {
    ...story,
    addressed: { ...story.addressed, [audience]: before ?? { at, late } },
    history: [...story.history, ...tellingOf(story, body)],
  };
  // Whoever hears of a deletion alone has no step whose end would be told.
  const isDeleted = deviation !== undefined && book.goingOn.get(body.criterion)?.isDeleted === true;
  book.stories.set(told.id, isDeleted ? endedStory(told, at, 'CriterionDeleted') : told);
}

/** Whoever was told before hears of a further step; a change has told itself. */
function tellingOf({ addressed, since, kind }: Story, body: RecordBody<'Notified'>): Entry[] {
  if (addressed[body.audience] === undefined) return [toldEntry(body)];
  return body.notice === 'EscalationDue' && kind === 'Deviation' ? [againEntry(body, since)] : [];
}

/** The story of a criterion that was deleted and whose name returned: whoever was told of its end hears that it goes on. */
function reopened(book: StoryBook, { head }: Head, { criterion, deviation, at }: RecordBody<'Notified'>): Story | undefined {
  const story = deviation === undefined ? undefined : book.stories.get(deviation);
  if (story?.ended === undefined || book.goingOn.get(criterion)?.isDeleted === true) return undefined;
  const { ended: _ended, ...open } = story;
  const going = book.goingOn.get(criterion);
  book.goingOn.set(criterion, {
    firstSeq: head.seq,
    standing: 'Failing',
    seen: story.seen,
    history: [],
    ...going,
    story: story.id,
  });
  return { ...added(open, changeEntry('Recreated', at)), standing: going?.standing ?? 'Failing' };
}

function storyOf(book: StoryBook, { head }: Head, body: RecordBody<'Notified'>): Story {
  const { criterion, deviation, at, notice, message } = body;
  const id = deviation ?? deviationId(`${head.namespace}/${criterion}#${notice}`, at);
  const known = book.stories.get(id);
  if (known) return known;
  const common = { id, namespace: head.namespace, service: head.service, criterion, addressed: {} } as const;
  if (deviation === undefined) {
    const history = [noticeEntry(body)];
    return { ...common, kind: 'Notice', since: at, firstSeq: head.seq, standing: 'Notice', seen: message, history };
  }
  // Without a change of verdict before it the verdict was the first one, and only a gap opens without a record of its own.
  const begun = book.goingOn.get(criterion) ?? { firstSeq: head.seq, standing: 'Unclear' as const, seen: message, history: [] };
  book.goingOn.set(criterion, { ...begun, story: id });
  const { firstSeq, standing, seen } = begun;
  const since = deviationStart(id) ?? at;
  const history = [beginning(since), ...begun.history];
  return {
    ...common,
    kind: 'Deviation',
    since,
    firstSeq,
    standing,
    seen: seen === '' ? message : seen,
    ...reasonOf(begun),
    ...(begun.withheld && { withheld: begun.withheld }),
    history,
  };
}

/** Several records say that a story is over; the deviation's own says since when, and the last one why. */
function endedStory({ unknownReason: _reason, ...story }: Story, at: number, how: string): Story {
  const to = Math.min(story.ended?.at ?? at, Math.max(at, story.since));
  if (story.ended?.at === to && story.ended.how === how) return story;
  const ending = (end: { at: number; how: string }): Entry => endingEntry(end.how, { from: story.since, to: end.at });
  const said = story.ended && ending(story.ended).words.customers;
  const before = story.history.filter(({ words }) => said === undefined || words.customers !== said);
  return { ...story, standing: 'Ended', ended: { at: to, how }, history: [...before, ending({ at: to, how })] };
}

function objectiveChanged(book: StoryBook, { head }: Head, body: RecordBody<'ObjectiveChanged'>): void {
  const { criterion, at } = body;
  const text = objectiveText(body);
  const id = deviationId(`${head.namespace}/${criterion}#objective`, at);
  book.stories.set(id, {
    ...{ id, kind: 'Notice', namespace: head.namespace, service: head.service, criterion, since: at, firstSeq: head.seq },
    ...{ standing: 'Notice', seen: text, addressed: { internal: { at, late: false } } },
    history: [{ at, words: { authority: text }, turn: true }],
  });
}
