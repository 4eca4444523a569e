import type { LogRecord, RecordKind } from '../../api/records.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { serviceKey } from '../service-key.ts';

/** What is made of the records of a service. */
export interface Bookkeeping<T> {
  readonly kinds: readonly RecordKind[];
  /** @param from the record from which on the log is read */
  readonly begin: (service: ServiceName, from: number) => T | Promise<T>;
  /** The record from which on the log is read (default: its first). */
  readonly from?: (service: ServiceName) => Promise<number>;
  /** The book after a record; may be the same one, changed. */
  readonly take: (book: T, record: LogRecord) => T;
}

/** Something that follows from the log of each service, brought up to date when it is asked for. */
export interface LogBooks<T> {
  /** Throws AssayError STORE_FAILED; the next call tries again. */
  of(service: ServiceName): Promise<T>;
}

/** Makes the books of a log: each record is read once, when its service is next asked for. */
export function newLogBooks<T>(store: Pick<EvidenceStore, 'read'>, { kinds, begin, from, take }: Bookkeeping<T>): LogBooks<T> {
  const pages = new Map<string, Promise<Page<T>>>();
  const readOn = async (service: ServiceName, { seq, book }: Page<T>): Promise<Page<T>> => {
    const page = { seq, book };
    for await (const record of store.read({ ...service, fromSeq: seq, kinds })) {
      page.book = take(page.book, record);
      page.seq = record.head.seq + 1;
    }
    return page;
  };
  const firstPage = async (service: ServiceName): Promise<Page<T>> => {
    const seq = (await from?.(service)) ?? 0;
    return { seq, book: await begin(service, seq) };
  };
  return {
    of: async (service) => {
      const key = serviceKey(service);
      // One after the other: two readers at once would read the same records twice.
      const next = (pages.get(key) ?? firstPage(service)).then((page) => readOn(service, page));
      pages.set(key, next);
      // What was read in part is read anew, from the beginning.
      next.catch(() => pages.get(key) === next && pages.delete(key));
      return (await next).book;
    },
  };
}

interface Page<T> {
  seq: number;
  book: T;
}
