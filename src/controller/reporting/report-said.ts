import type { EvidenceReportStatus } from '../../api/report.ts';
import type { RecordBody } from '../../api/records.ts';
import { commentsOn } from '../../domain/comment.ts';
import { cut } from '../../domain/cut.ts';
import { adjusting, explaining, type Explanation, explanationsOf } from '../../domain/explained.ts';
import { timeText } from '../../domain/moment.ts';
import type { Piece } from '../../domain/timeline.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { newChangeBooks, readComments } from '../keeping/change-book.ts';

/** What people said that belongs to the deviations of a service. */
export interface Said {
  readonly explanations: readonly Explanation[];
  readonly comments: readonly RecordBody<'Commented'>[];
}

export const NOTHING_SAID: Said = { explanations: [], comments: [] };

/** Reads it from the log of the service. Throws AssayError STORE_FAILED. */
export async function readSaid(store: EvidenceStore, service: ServiceName): Promise<Said> {
  const [changes, comments] = await Promise.all([newChangeBooks(store).of(service), readComments(store, service)]);
  return { explanations: explanationsOf(changes), comments };
}

type Row = NonNullable<EvidenceReportStatus['deviations']>[number];

const LATEST = 5;
// A status is read at a glance; the log keeps every word.
const LONGEST_TEXT = 256;
const MOST_CHANGES = 64;

/** What a report says beside a deviation. */
export function saidOf(
  { explanations, comments }: Said,
  deviation: { readonly id: string; readonly criterion: string; readonly from: number; readonly to?: number },
): Pick<Row, 'change' | 'comments'> {
  const changes = namesOf(explaining(explanations, deviation));
  const said = commentsOn(comments, deviation).slice(-LATEST);
  return {
    ...(changes.length > 0 && { change: changes.join(', ') }),
    ...(said.length > 0 && { comments: said.map(commentRow) }),
  };
}

/** The changes that adjust the figures of this time. */
export const adjustedOf = ({ explanations }: Said, pieces: readonly Piece[]): string[] =>
  namesOf(adjusting(pieces, explanations)).slice(0, MOST_CHANGES);

const namesOf = (explanations: readonly Explanation[]): string[] => [...new Set(explanations.map(({ change }) => change))];

function commentRow({ about, author, at, text }: RecordBody<'Commented'>): NonNullable<Row['comments']>[number] {
  return { kind: about, author, at: timeText(at), text: cut(text, LONGEST_TEXT) };
}
