import type { LogRecord, RecordBody } from '../../api/records.ts';
import { approvalState, type KnownChange, windowOf } from '../../domain/change.ts';
import { changeWords, customersWords, OVER, UNAPPROVED } from './change-words.ts';
import type { Addressed, Story, ToldChange } from './story.ts';

type ChangeRecord = Extract<LogRecord, { kind: 'ChangeRecorded' }>;
type Body = RecordBody<'ChangeRecorded'>;

/** What the log knows of a change before and after a record of it. */
export interface Steps {
  readonly before: KnownChange | undefined;
  readonly after: KnownChange;
}

/** A plan that somebody changes all the time goes on without saying each time. */
const LONGEST_HISTORY = 200;

/**
 * The story of a change after a record of it: one for each time that the change is planned, which may be moved until it is over. The
 * team hears of each, customers of what is meant for them from then on when it asks for that, the authority at once only of what it has
 * to know at once. Undefined where the record belongs to no story: that of its change is long forgotten.
 * @param story the latest one of this change
 */
export function storyOfChange(story: Story | undefined, record: ChangeRecord, steps: Steps): Story | undefined {
  const { head, body } = record;
  if (begins(steps.before, body)) return recordedIn(begun(record, steps.after), body, steps.after, head.recordedAt);
  return story && recordedIn(changeAsOf(story, head.recordedAt), body, steps.after, head.recordedAt);
}

/** The name of a change is used for the next one when its window is over. */
function begins(before: KnownChange | undefined, { event, at }: Body): boolean {
  return event === 'Planned' || (event === 'Changed' && before !== undefined && windowOf(before.latest.spec).to <= at);
}

function begun({ head, body }: ChangeRecord, known: KnownChange): Story {
  const { namespace, service, seq } = head;
  const id = `${namespace}/${service}/change/${body.change}/${seq}`;
  const common = { id, kind: 'Change', namespace, service, firstSeq: seq, standing: 'Notice', seen: '' } as const;
  return { ...common, since: windowOf(body.spec).from, addressed: {}, history: [], change: toldChange(undefined, body, known) };
}

function recordedIn(story: Story, body: Body, known: KnownChange, recordedAt: number): Story {
  const { event, at } = body;
  const history = historyAfter(story, body, recordedAt);
  // What is over stays as it was; what came of it is said all the same, and that it is approved only now.
  if (story.ended && event !== 'Approved') return { ...story, history };
  const change = toldChange(story.change, body, known);
  const told = { ...story, change, history, addressed: addressedAfter(story.addressed, body, change) };
  if (story.ended) return told;
  return {
    ...told,
    since: change.window.from,
    ...(event === 'Deleted' && { standing: 'Ended', ended: { at, how: 'CalledOff' } }),
  };
}

function historyAfter({ history, change, ended }: Story, body: Body, recordedAt: number): Story['history'] {
  if (history.length >= LONGEST_HISTORY) return history;
  const forCustomers = ended ? {} : customersWords(change?.toCustomers, body.toCustomers);
  const isMoved = forCustomers.customers !== undefined && change?.toCustomers !== undefined;
  const turn = isMoved || isTurn(body, recordedAt);
  return [
    ...history,
    { at: body.at, words: { authority: changeWords(body, recordedAt), ...forCustomers }, ...(turn && { turn }) },
  ];
}

function toldChange(before: ToldChange | undefined, body: Body, known: KnownChange): ToldChange {
  const { change, spec, toCustomers = before?.toCustomers } = body;
  const common = { name: change, spec, window: windowOf(spec), approval: approvalState(known) };
  return {
    ...common,
    ...(toCustomers && { toCustomers }),
    ...(before?.opened !== undefined && { opened: before.opened }),
  };
}

/** What is worth a message to whoever was told of the change before. */
function isTurn({ event, spec, at }: Body, recordedAt: number): boolean {
  const { from, to } = windowOf(spec);
  if (event === 'Approved') return recordedAt >= from || spec.adjustFigures === true;
  if (event === 'Ended') return spec.outcome?.success === false;
  return (event === 'Withdrawn' || event === 'Deleted') && at < to;
}

function addressedAfter(before: Story['addressed'], body: Body, change: ToldChange): Story['addressed'] {
  const authority = authorityAfter(before['authority'], body, change);
  const customers = customersAfter(before['customers'], body);
  return {
    ...{ ...before, internal: before['internal'] ?? { at: body.at, late: false } },
    ...(authority && { authority }),
    ...(customers && { customers }),
  };
}

/** At once: what explains nothing although it was approved or urgent, and what changes figures; of the rest its digest speaks. */
function authorityAfter(before: Addressed | undefined, body: Body, change: ToldChange): Addressed | undefined {
  const { at } = body;
  if (before && wasDue(before, at)) return before;
  if (isForAuthority(body, change)) return { at, late: false };
  if (isUnapprovedEmergency(body, change)) return { at: Math.max(at, change.window.from), late: false };
  return before && { ...before, until: at };
}

const isForAuthority = ({ event, spec }: Body, { approval }: ToldChange): boolean =>
  event === 'Withdrawn' || (event === 'Approved' && (approval === 'Late' || spec.adjustFigures === true));

const isUnapprovedEmergency = ({ event, spec }: Body, { approval }: ToldChange): boolean =>
  spec.category === 'Emergency' && approval === 'Missing' && event !== 'Deleted';

/** Whoever is told of it hears of what becomes of it; nobody is told that something is called off of which they never heard. */
function customersAfter(before: Addressed | undefined, { at, toCustomers }: Body): Addressed | undefined {
  if (toCustomers === undefined) return before;
  const { tellAt, to, isCalledOff } = toCustomers;
  if (isCalledOff) return before && { ...before, until: at };
  return before && wasDue(before, at) ? { ...before, until: to } : { at: Math.max(at, tellAt), late: false, until: to };
}

const wasDue = ({ at, until = Infinity }: Addressed, now: number): boolean => at <= now && at < until;

/** A change at a moment: its window opens and closes without a record. */
export function changeAsOf(story: Story, now: number): Story {
  const { change, ended } = story;
  if (!change || ended) return story;
  const opened = now >= change.window.from ? openedStory(story, change) : story;
  if (now < change.window.to) return opened;
  const { to } = change.window;
  return {
    ...{ ...opened, standing: 'Ended', ended: { at: to, how: 'Over' } },
    history: [...opened.history, { at: to, words: OVER }],
  };
}

function openedStory(story: Story, change: ToldChange): Story {
  const { from } = change.window;
  if (change.opened === from) return story;
  const history = change.approval === 'Missing' ? [...story.history, { at: from, words: UNAPPROVED, turn: true }] : story.history;
  return { ...story, history, change: { ...change, opened: from } };
}

/** The next moments at which a change becomes another one by itself, or somebody is to be told of it. */
export function turnsOf({ change, addressed, ended }: Story): number[] {
  if (!change || ended) return [];
  return [change.window.from, change.window.to, ...Object.values(addressed).map(({ at }) => at)];
}
