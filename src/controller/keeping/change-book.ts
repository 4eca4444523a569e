import { changeAfter, type KnownChange } from '../../domain/change.ts';
import { commentKey } from '../../domain/comment.ts';
import type { EvidenceStore } from '../../evidence/index.ts';
import { type LogBooks, newLogBooks } from './log-books.ts';

/** The changes of a service by name, as its log knows them. */
export type ChangeBooks = LogBooks<ReadonlyMap<string, KnownChange>>;

/** Makes the books of changes of a log. */
export function newChangeBooks(store: EvidenceStore): ChangeBooks {
  return newLogBooks<Map<string, KnownChange>>(store, {
    kinds: ['ChangeRecorded'],
    begin: () => new Map(),
    take: (changes, record) => {
      if (record.kind !== 'ChangeRecorded') return changes;
      const { body, head } = record;
      return changes.set(body.change, changeAfter(changes.get(body.change), body, head.recordedAt));
    },
  });
}

/** When the comments of a service were put on record, by `commentKey`; what they say stays in the log. */
export type CommentBooks = LogBooks<ReadonlyMap<string, number>>;

/** Makes the books of comments of a log. */
export function newCommentBooks(store: EvidenceStore): CommentBooks {
  return newLogBooks<Map<string, number>>(store, {
    kinds: ['Commented'],
    begin: () => new Map(),
    take: (comments, record) => {
      if (record.kind !== 'Commented') return comments;
      const { comment, uid, at } = record.body;
      return comments.set(commentKey({ name: comment, uid }), at);
    },
  });
}
