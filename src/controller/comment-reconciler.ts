import type { DeviationComment } from '../api/comment.ts';
import { commentKey, commentRecord } from '../domain/comment.ts';
import { timeText } from '../domain/moment.ts';
import type { EvidenceStore, ServiceName } from '../evidence/index.ts';
import { setCondition, type StatusWriter, type Store } from '../kube/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { CommentBooks } from './change-book.ts';
import { invalidSpecStatus } from './invalid-spec.ts';
import type { Kept } from './kept-records.ts';
import { RESOURCES } from './resources.ts';
import { Validated } from './validated.ts';
import { generationOf, RECORDED } from './words.ts';

export interface CommentParts {
  readonly clock: Clock;
  readonly store: EvidenceStore;
  readonly books: CommentBooks;
  readonly statuses: StatusWriter;
  /** Called when something was put on record: somebody may have to be told. */
  readonly told: (service: ServiceName) => void;
}

type Parts = CommentParts & { readonly comments: Store<DeviationComment>; readonly validated: Validated };

/** Puts DeviationComments on record, each once. One that is deleted was said all the same. */
export function keptComments(given: CommentParts): (comments: Store<DeviationComment>) => Kept {
  return (comments) => {
    const parts = { ...given, comments, validated: new Validated() };
    return {
      reconcile: async (key) => {
        await reconcile(parts, key);
        return undefined;
      },
    };
  };
}

async function reconcile(parts: Parts, key: string): Promise<void> {
  const { comments, validated, statuses, clock } = parts;
  const comment = comments.get(key);
  if (!comment) {
    validated.forget(key);
    return;
  }
  const problem = validated.problemOf(comment);
  if (problem === undefined) return keep(parts, comment);
  const status = invalidSpecStatus(comment, problem, clock.now());
  statuses.write({ resource: RESOURCES.comments, object: comment, status, urgent: true });
}

async function keep({ store, books, statuses, clock, told }: Parts, comment: DeviationComment): Promise<void> {
  const service = { namespace: comment.metadata.namespace ?? '', service: comment.spec.service };
  const known = (await books.of(service)).get(commentKey(comment.metadata));
  const at = known ?? clock.now();
  if (known === undefined) {
    await store.append([{ ...service, kind: 'Commented', slot: at, body: commentRecord(comment, at) }]);
    told(service);
  }
  const observed = generationOf(comment.metadata);
  const conditions = setCondition(comment.status?.conditions, { ...RECORDED, ...observed }, new Date(clock.now()));
  const status = { ...observed, recordedAt: timeText(at), conditions };
  statuses.write({ resource: RESOURCES.comments, object: comment, status, urgent: true });
}
