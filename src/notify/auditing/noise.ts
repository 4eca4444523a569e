import type { LogRecord, RecordBody, RecordKind } from '../../api/records.ts';
import { isPassed } from '../../domain/incident-handling.ts';
import { REPORTER } from '../../domain/incident-opening.ts';
import { isDigestId } from '../messages/digest-id.ts';
import type { Action } from '../delivering/thread.ts';

/*
 * What messages were sent, and what came of them. Times in milliseconds since 1970-01-01T00:00:00Z.
 */

/** A message as the logs have it; one that speaks of several services stands in the log of each. */
export interface SentMessage {
  readonly channel: string;
  readonly audience: string;
  readonly action: Action;
  readonly phase: RecordBody<'Delivery'>['phase'];
  readonly at: number;
  /** `namespace/id`. */
  readonly stories: ReadonlySet<string>;
}

/** What happened that a message may have told of, or that may have followed from one. */
export interface Happening {
  /** `namespace/name`; an incident has none. */
  readonly criterion?: string;
  readonly ended?: { readonly at: number; readonly isRepaired: boolean };
  /** When somebody did something about it. */
  readonly acts: readonly number[];
}

export interface NoiseBook {
  /** By the id of the delivery. */
  readonly messages: Map<string, SentMessage>;
  /** By `namespace/id` of the story. */
  readonly happenings: Map<string, Happening>;
  /** When somebody commented on a criterion without naming a deviation, changed it, or opened an incident for it. */
  readonly actsOn: Map<string, number[]>;
}

type Within = (name: string) => string;
type Take = (book: NoiseBook, record: LogRecord, within: Within) => void;

/** What each kind of record means; others mean nothing. */
const TAKE: Partial<Record<RecordKind, Take>> = {
  Delivery: (book, record, within) => record.kind === 'Delivery' && sent(book, record.body, within),
  Notified: (book, record, within) => record.kind === 'Notified' && notified(book, record.body, within),
  DeviationClosed: (book, { kind, body }, within) => {
    if (kind !== 'DeviationClosed') return;
    const { criterion, id, to, reason } = body;
    change(book, within(id), { criterion: within(criterion), ended: { at: to, isRepaired: reason === 'Recovered' } });
  },
  IncidentChanged: (book, record, within) => record.kind === 'IncidentChanged' && incidentChanged(book, record.body, within),
  Commented: (book, { kind, body }, within) => {
    if (kind !== 'Commented') return;
    if (body.deviation === undefined) actOn(book, within(body.criterion), body.at);
    else act(book, within(body.deviation), body.at);
  },
  CriterionChanged: (book, { kind, body }, within) => {
    if (kind === 'CriterionChanged') actOn(book, within(body.criterion), body.at);
  },
};

export const NOISE_KINDS = Object.keys(TAKE) as readonly RecordKind[];

export const emptyNoiseBook = (): NoiseBook => ({ messages: new Map(), happenings: new Map(), actsOn: new Map() });

/** The book after a record of any service: the same one, changed. */
export function takeIntoNoise(book: NoiseBook, record: LogRecord): NoiseBook {
  TAKE[record.kind]?.(book, record, (name) => `${record.head.namespace}/${name}`);
  return book;
}

function sent({ messages }: NoiseBook, body: RecordBody<'Delivery'>, within: Within): void {
  const { id, channel, audience, action, phase, at } = body;
  const before = messages.get(id);
  // A digest tells of many, and is none of them.
  const told = isDigestId(body.story) ? [] : body.stories.map(within);
  const stories = new Set([...(before?.stories ?? []), ...told]);
  // What arrived has arrived, in whichever log that is read first.
  const isOver = before !== undefined && before.phase !== 'Attempted' && phase === 'Attempted';
  messages.set(id, isOver ? { ...before, stories } : { channel, audience, action, phase, at, stories });
}

function notified(book: NoiseBook, { deviation, criterion, notice, at, message }: RecordBody<'Notified'>, within: Within): void {
  if (deviation === undefined) return;
  const isEnd = notice === 'DeviationEnded' && book.happenings.get(within(deviation))?.ended === undefined;
  const ended = isEnd ? { ended: { at, isRepaired: message.endsWith('Recovered') } } : {};
  change(book, within(deviation), { criterion: within(criterion), ...ended });
}

function incidentChanged(book: NoiseBook, body: RecordBody<'IncidentChanged'>, within: Within): void {
  const { incident, at, change: what, origin } = body;
  const story = within(incident);
  if (what === 'Resolved' || what === 'Dismissed') change(book, story, { ended: { at, isRepaired: what === 'Resolved' } });
  else if (what === 'Reopened') goOn(book, story);
  else change(book, story, {});
  // What came to pass by itself, or opened by itself, is nothing that anybody did.
  if (what !== 'Opened' && !isPassed(what)) act(book, story, at);
  else if (what === 'Opened' && isByPerson(body) && origin?.deviation !== undefined) act(book, within(origin.deviation), at);
}

const isByPerson = ({ by }: RecordBody<'IncidentChanged'>): boolean => by !== undefined && by !== REPORTER;

function goOn({ happenings }: NoiseBook, story: string): void {
  const { ended: _ended, ...rest } = happenings.get(story) ?? { acts: [] };
  happenings.set(story, rest);
}

function change({ happenings }: NoiseBook, story: string, changed: Partial<Happening>): void {
  happenings.set(story, { acts: [], ...happenings.get(story), ...changed });
}

function act(book: NoiseBook, story: string, at: number): void {
  change(book, story, { acts: [...(book.happenings.get(story)?.acts ?? []), at] });
}

function actOn({ actsOn }: NoiseBook, criterion: string, at: number): void {
  actsOn.set(criterion, [...(actsOn.get(criterion) ?? []), at]);
}
