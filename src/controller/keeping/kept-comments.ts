import type { DeviationComment } from '../../api/comment.ts';
import { commentKey, commentRecord } from '../../domain/comment.ts';
import { timeText } from '../../domain/moment.ts';
import type { EvidenceStore } from '../../evidence/index.ts';
import type { CommentBooks } from './change-book.ts';
import type { KeptKind } from './kept-records.ts';
import { RESOURCES } from '../resources.ts';

/** How DeviationComments are kept on record, each once. One that is deleted was said all the same. */
export function keptComments(books: CommentBooks, log: Pick<EvidenceStore, 'read'>): KeptKind<DeviationComment, number> {
  return {
    ...{ resource: RESOURCES.comments, books, isUrgent: true },
    nameOf: ({ metadata }) => commentKey(metadata),
    changes: (known, comment, at) => (known === undefined ? [{ kind: 'Commented', body: commentRecord(comment, at) }] : []),
    doubt: async (service, { spec: { criterion } }) => {
      for await (const _ of log.read({ ...service, criterion, kinds: ['CriterionChanged'] })) return undefined;
      return `it is on record, but the service ${service.service} never had a criterion ${criterion}`;
    },
    status: (recordedAt) => ({ recordedAt: timeText(recordedAt) }),
  };
}
