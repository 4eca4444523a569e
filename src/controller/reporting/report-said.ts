import type { EvidenceReportStatus } from '../../api/report.ts';
import type { LogRecord, RecordBody } from '../../api/records.ts';
import { changeAfter, type KnownChange } from '../../domain/change.ts';
import { commentsOn } from '../../domain/comment.ts';
import { cut } from '../../domain/cut.ts';
import { adjusting, explaining, type Explanation, explanationsOf } from '../../domain/explained.ts';
import { timeText } from '../../domain/moment.ts';
import type { Piece } from '../../domain/timeline.ts';
import type { EvidenceStore } from '../../evidence/index.ts';
import { type LogBooks, newLogBooks } from '../keeping/log-books.ts';

/** What people said that belongs to the deviations of a service. */
export interface Said {
  readonly explanations: readonly Explanation[];
  readonly comments: readonly RecordBody<'Commented'>[];
  /** Names of the incidents that began with a deviation, by its id. */
  readonly incidents: ReadonlyMap<string, readonly string[]>;
}

export const NOTHING_SAID: Said = { explanations: [], comments: [], incidents: new Map() };

export const isNothing = ({ explanations, comments, incidents }: Said): boolean =>
  explanations.length === 0 && comments.length === 0 && incidents.size === 0;

/** What people said in a service, as its log has it. */
export interface SaidBook {
  readonly changes: Map<string, KnownChange>;
  readonly comments: RecordBody<'Commented'>[];
  readonly incidents: Map<string, readonly string[]>;
  /** How often something was said that a report may show. */
  times: number;
}

/** Makes the books of what people said. */
export function newSaidBooks(store: Pick<EvidenceStore, 'read'>): LogBooks<SaidBook> {
  return newLogBooks<SaidBook>(store, {
    kinds: ['ChangeRecorded', 'Commented', 'IncidentChanged'],
    begin: () => ({ changes: new Map(), comments: [], incidents: new Map(), times: 0 }),
    take: (book, record) => {
      if (takes(book, record)) book.times += 1;
      return book;
    },
  });
}

/** Answers whether it says something that a report may show. */
function takes({ changes, comments, incidents }: SaidBook, { kind, body, head }: LogRecord): boolean {
  if (kind === 'ChangeRecorded') changes.set(body.change, changeAfter(changes.get(body.change), body, head.recordedAt));
  if (kind === 'Commented') comments.push(body);
  return kind === 'IncidentChanged' ? takesIncident(incidents, body) : true;
}

function takesIncident(incidents: SaidBook['incidents'], { incident, origin }: RecordBody<'IncidentChanged'>): boolean {
  const deviation = origin?.deviation;
  const names = deviation === undefined ? [] : (incidents.get(deviation) ?? []);
  if (deviation === undefined || names.includes(incident)) return false;
  incidents.set(deviation, [...names, incident]);
  return true;
}

/** What a book says by now; it does not change with the book. */
export const saidIn = ({ changes, comments, incidents }: SaidBook): Said => ({
  explanations: explanationsOf(changes),
  comments: [...comments],
  incidents: new Map(incidents),
});

type Row = NonNullable<EvidenceReportStatus['deviations']>[number];

const LATEST = 5;
// A status is read at a glance; the log keeps every word.
const LONGEST_TEXT = 256;
const MOST_CHANGES = 64;

/** A deviation of a report; one without `to` goes on. */
interface Deviated {
  readonly id: string;
  readonly criterion: string;
  readonly from: number;
  readonly to?: number;
}

/**
 * What a report says beside a deviation.
 * @param until end of the time that is reported, in milliseconds since 1970-01-01T00:00:00Z: a window that opens later explains nothing yet
 */
export function saidOf(
  { explanations, comments, incidents }: Said,
  deviation: Deviated,
  until: number,
): Pick<Row, 'change' | 'incident' | 'comments'> {
  const changes = namesOf(explaining(explanations, { from: deviation.from, to: deviation.to ?? until }));
  const begun = (incidents.get(deviation.id) ?? []).slice(-LATEST);
  const said = commentsOn(comments, deviation).slice(-LATEST);
  return {
    ...(changes.length > 0 && { change: changes.join(', ') }),
    ...(begun.length > 0 && { incident: begun.join(', ') }),
    ...(said.length > 0 && { comments: said.map(commentRow) }),
  };
}

/** The changes that adjust the figures of this time. */
export const adjustedOf = ({ explanations }: Said, pieces: readonly Piece[]): string[] =>
  namesOf(adjusting(pieces, explanations)).slice(0, MOST_CHANGES);

export const namesOf = (explanations: readonly Explanation[]): string[] => [...new Set(explanations.map(({ change }) => change))];

function commentRow({ about, author, at, text }: RecordBody<'Commented'>): NonNullable<Row['comments']>[number] {
  return { kind: about, author, at: timeText(at), text: cut(text, LONGEST_TEXT) };
}
