import type { DeviationComment } from '../api/comment.ts';
import type { RecordBody } from '../api/records.ts';

/** A comment is its object: one of the same name that was made anew says something of its own. */
export const commentKey = ({ name, uid = '' }: { readonly name: string; readonly uid?: string }): string => `${uid}/${name}`;

/** What a comment puts on record. */
export function commentRecord({ metadata, spec }: DeviationComment, at: number): RecordBody<'Commented'> {
  const { criterion, deviation, kind, text, author, audience } = spec;
  const { name, uid = '' } = metadata;
  const of = { criterion, ...(deviation !== undefined && { deviation }) };
  return { comment: name, uid, at, ...of, about: kind, text, author, ...(audience !== undefined && { audience }) };
}

/**
 * The comments of a deviation, oldest first: those that name it, and those that name its criterion only and were made while it was
 * open.
 */
export function commentsOn(
  comments: Iterable<RecordBody<'Commented'>>,
  {
    id,
    criterion,
    from,
    to = Infinity,
  }: { readonly id: string; readonly criterion: string; readonly from: number; readonly to?: number },
): RecordBody<'Commented'>[] {
  return [...comments]
    .filter((comment) => comment.criterion === criterion)
    .filter(({ deviation, at }) => (deviation === undefined ? at >= from && at < to : deviation === id))
    .sort((a, b) => a.at - b.at);
}
