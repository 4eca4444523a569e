import type { LogRecord, NewRecord } from '../../api/records.ts';
import { type EvidenceStore, openSqliteStore, type RecordQuery } from '../../evidence/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { newLogBooks } from './log-books.ts';

const SHOP = { namespace: 'shop', service: 'shop' };

let store: EvidenceStore;

beforeEach(() => {
  store = openSqliteStore({ path: ':memory:', clock: systemClock });
});

afterEach(() => store.close());

const incident = (name: string): NewRecord => ({
  ...SHOP,
  kind: 'IncidentChanged',
  body: { incident: name, uid: 'u', title: 'Stuck', severity: 'high', state: 'Open', change: 'Opened', at: 0 },
});

/** The names of the incidents, in the order and as often as they were taken. */
const newBooks = (from: Pick<EvidenceStore, 'read'> = store) =>
  newLogBooks<string[]>(from, {
    kinds: ['IncidentChanged'],
    begin: () => [],
    take: (book, record) => {
      if (record.kind === 'IncidentChanged') book.push(record.body.incident);
      return book;
    },
  });

/** The store, which fails once after so many records. */
function failingAfter(records: number): Pick<EvidenceStore, 'read'> {
  let left = records;
  return {
    async *read(query: RecordQuery): AsyncIterable<LogRecord> {
      for await (const record of store.read(query)) {
        if (left === 0) {
          left = Infinity;
          throw new Error('the disk is gone');
        }
        left -= 1;
        yield record;
      }
    },
  };
}

test('a record is taken once, and when it is asked for', async () => {
  const books = newBooks();
  expect(await books.of(SHOP)).toEqual([]);
  await store.append([incident('a'), incident('b')]);
  expect(await books.of(SHOP)).toEqual(['a', 'b']);
  await store.append([incident('c')]);
  expect(await books.of(SHOP)).toEqual(['a', 'b', 'c']);
  expect(await books.of({ ...SHOP, service: 'till' })).toEqual([]);
});

test('who asks at the same time takes nothing twice', async () => {
  await store.append(['a', 'b', 'c'].map(incident));
  const books = newBooks();
  const all = await Promise.all(Array.from({ length: 10 }, () => books.of(SHOP)));
  for (const book of all) expect(book).toEqual(['a', 'b', 'c']);
});

test.each([0, 1, 2])('where the store fails after %i records, it is read anew, and nothing is taken twice', async (records) => {
  await store.append(['a', 'b', 'c'].map(incident));
  const books = newBooks(failingAfter(records));
  await expect(books.of(SHOP)).rejects.toThrow('the disk is gone');
  expect(await books.of(SHOP)).toEqual(['a', 'b', 'c']);
});

test('where it fails while it reads on, what was read before is read anew too', async () => {
  await store.append([incident('a')]);
  const books = newBooks(failingAfter(2));
  expect(await books.of(SHOP)).toEqual(['a']);
  await store.append(['b', 'c', 'd'].map(incident));
  await expect(books.of(SHOP)).rejects.toThrow('the disk is gone');
  await store.append([incident('e')]);
  expect(await books.of(SHOP)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('everybody who waits is told of the failure, and the next one reads anew', async () => {
  await store.append(['a', 'b'].map(incident));
  const books = newBooks(failingAfter(1));
  const asked = await Promise.allSettled([books.of(SHOP), books.of(SHOP)]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await books.of(SHOP)).toEqual(['a', 'b']);
});
