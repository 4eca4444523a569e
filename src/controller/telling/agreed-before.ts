import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { type StoryBook, takeIntoAgreed } from '../../notify/stories/story-book.ts';

/** A book of stories that begins at a record: what is told then rests on changes that were agreed long before it. */
export async function withAgreedBefore<T extends StoryBook>(
  book: T,
  store: Pick<EvidenceStore, 'read'>,
  service: ServiceName,
  from: number,
): Promise<T> {
  if (from === 0) return book;
  for await (const record of store.read({ ...service, toSeq: from - 1, kinds: ['ChangeRecorded'] })) takeIntoAgreed(book, record);
  return book;
}
