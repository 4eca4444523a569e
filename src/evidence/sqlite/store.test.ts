import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { type Clock, systemClock } from '../../platform/clock.ts';
import { AssayError } from '../../platform/errors.ts';
import { collect, handClock, NAMESPACE, observation, slotsOf, START, started, verdictChange } from '../examples.ts';
import { describeStore } from '../store.contract.ts';
import type { EvidenceStore } from '../store.ts';

import { checkLibrary, Database } from './database.ts';
import { openSqliteStore, SqliteStore } from './store.ts';

const web = { namespace: NAMESPACE, service: 'web' };
const folder = (): string => mkdtempSync(join(tmpdir(), 'assay-evidence-'));

describeStore('SQLite', () => {
  const path = folder();
  return Promise.resolve({
    open: (clock: Clock) => Promise.resolve(openSqliteStore({ path: join(path, 'evidence.db'), clock, commitDelayMs: 1 })),
    remove: async () => rm(path, { recursive: true }),
  });
});

/** The code of the error that is thrown. */
function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof AssayError ? error.code : String(error);
  }
}

describe('SQLite', () => {
  let path = '';
  const open = (clock: Clock = handClock()): EvidenceStore => openSqliteStore({ path, clock, commitDelayMs: 0 });
  /** Does to the file what a hand would do that goes round the program. */
  const tamper = (sql: string): void => {
    const db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    db.exec(sql);
    db.close();
  };

  beforeEach(() => {
    path = join(folder(), 'evidence.db');
  });
  afterEach(() => rmSync(join(path, '..'), { recursive: true }));

  describe('tells a damaged file', () => {
    const NEXT_MINUTE_MS = 60_000;

    test.each(
      Object.entries({
        'a part that was changed':
          "UPDATE part SET body = (SELECT body FROM part WHERE seq = 1 AND level = 'customers') WHERE seq = 2",
        'a part that is no zstd': "UPDATE part SET body = x'00112233' WHERE seq = 2 AND level = 'authority'",
        'a part with another salt': 'UPDATE part SET salt = zeroblob(16) WHERE seq = 2',
        'a part that is gone': "DELETE FROM part WHERE seq = 2 AND level = 'customers'",
        'a record that was re-dated': 'UPDATE record SET recorded_at = recorded_at - 60000 WHERE seq = 2',
        'a dictionary that is gone': 'DELETE FROM dictionary WHERE seq = 2',
      }),
    )('%s', async (_what, sql) => {
      const clock = handClock();
      const store = open(clock);
      await store.append([started('web'), verdictChange('web', START), observation('web', START)]);
      clock.time += NEXT_MINUTE_MS;
      await store.append([observation('web', START)]);
      expect(await collect(store.read(web))).toHaveLength(3);
      await store.close();
      tamper(sql);
      const damaged = open();
      const whole = await collect(damaged.read({ ...web, toSeq: 1 }));
      expect(whole).toHaveLength(2);
      const error: unknown = await collect(damaged.read(web)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringMatching(/^record 2 of shop\/web is damaged: /) as string,
      });
      await damaged.close();
    });
  });

  describe('does not open', () => {
    const foreign: Record<string, { make: () => void; want: string }> = {
      'a store of a newer version': { make: () => tamper('UPDATE meta SET version = 2'), want: 'STORE_INCOMPATIBLE' },
      'a database of another program': {
        make: () => tamper('DROP TABLE meta; CREATE TABLE meta (key TEXT, value TEXT)'),
        want: 'STORE_INCOMPATIBLE',
      },
      'a database without our tables': {
        make: () => tamper('PRAGMA foreign_keys = OFF; DROP TABLE meta'),
        want: 'STORE_INCOMPATIBLE',
      },
      'a file that is no database': { make: () => writeFileSync(path, 'x'.repeat(8192)), want: 'STORE_INCOMPATIBLE' },
      'a folder that does not exist': { make: () => (path = join(path, '..', 'nowhere', 'evidence.db')), want: 'STORE_FAILED' },
    };
    test.each(Object.entries(foreign))('%s', async (_what, { make, want }) => {
      const where = path;
      await open().close();
      make();
      expect(codeOf(() => open())).toBe(want);
      path = where;
    });

    test('a file that can not be written', async () => {
      await open().close();
      chmodSync(path, 0o444);
      chmodSync(join(path, '..'), 0o555);
      const asAnybody = process.geteuid?.() === 0;
      if (asAnybody) process.seteuid?.(65534);
      try {
        expect(codeOf(() => open())).toBe('STORE_FAILED');
      } finally {
        if (asAnybody) process.seteuid?.(0);
        chmodSync(join(path, '..'), 0o755);
      }
    });
  });

  test.each([
    ['3.51.2', true],
    ['3.50.99', true],
    ['2.99.99', true],
    ['3.51.3', false],
    ['3.53.0', false],
    ['4.0', false],
  ])('the library %s is too old: %p', (version, isTooOld) => {
    if (isTooOld) expect(() => checkLibrary(version)).toThrow(/can damage/);
    else expect(() => checkLibrary(version)).not.toThrow();
  });

  test('each commit waits for the disk, and nothing is written beside the file and its log', () => {
    const db = Database.open(path);
    const settings = ['journal_mode', 'synchronous', 'temp_store', 'foreign_keys'].map((name) =>
      db.prepare(`PRAGMA ${name}`).get(),
    );
    const [FULL, MEMORY] = [2, 2];
    expect(settings).toEqual([{ journal_mode: 'wal' }, { synchronous: FULL }, { temp_store: MEMORY }, { foreign_keys: 1 }]);
    db.close();
  });

  test('batches read back whatever dictionary they were compressed with, also after it was opened again', async () => {
    const clock = handClock();
    let store = open(clock);
    const want: number[][] = [];
    for (let minute = 0; minute < 300; minute++) {
      const slots = Array.from({ length: 1 + (minute % 7) }, (_, index) => START + minute * 60_000 + index);
      await store.append(slots.map((slot) => observation('web', slot, `criterion-${slot % 7}`)));
      want.push(slots);
      clock.time += 60_000;
      if (minute % 100 === 50) {
        await store.close();
        store = open(clock);
      }
    }
    await store.append([started('web')]);
    expect((await collect(store.read({ ...web, kinds: ['Observations'] }))).map(slotsOf)).toEqual(want);
    await store.close();
  });

  test('a full disk fails an append and leaves nothing of it; once there is room, the log goes on without a hole', async () => {
    const db = Database.open(path);
    db.prepare('PRAGMA max_page_count = 40').get();
    const store = new SqliteStore(db, { clock: handClock(), commitDelayMs: 0 });
    await store.append([verdictChange('web', START)]);
    const batch = [observation('web', START), observation('web', START + 1), verdictChange('web', START + 1)];
    const { detail, ...rest } = observation('mail', START);
    const huge = { ...rest, detail: { ...detail, message: 'x'.repeat(1_000_000) } };
    // What fails comes last, after a batch was sealed, a dictionary made and numbers given.
    const both = [store.append([...batch, huge]), store.append([started('web')])];
    expect(await Promise.allSettled(both)).toMatchObject([1, 2].map(() => ({ reason: { code: 'STORE_FAILED' } })));
    expect([await store.services(), await store.pending(web)]).toEqual([[web], []]);
    expect(await collect(store.read(web))).toHaveLength(1);

    expect(await store.append(batch)).toMatchObject([{ seq: 1 }, { seq: 1 }, { seq: 2 }]);
    expect((await collect(store.read(web))).map(slotsOf)).toEqual([[START], [START, START + 1], [START + 1]]);
    await store.close();
  });

  test('a transaction in which anything throws leaves nothing', () => {
    const db = Database.open(path);
    const insert = db.prepare("INSERT INTO service (namespace, service) VALUES ('shop', 'web')");
    const twice = (): void => {
      insert.run();
      insert.run();
    };
    expect(codeOf(() => db.transact(twice))).toBe('STORE_FAILED');
    expect(db.prepare('SELECT * FROM service').all()).toEqual([]);
    db.transact(() => insert.run());
    db.close();
  });

  test('appends that come together share a commit', async () => {
    const commits: number[] = [];
    const store = openSqliteStore({ path, clock: systemClock, commitDelayMs: 5, onCommit: (entries) => commits.push(entries) });
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => store.append([observation('web', START + index), started('mail')])),
    );
    expect(commits).toEqual([100]);
    await store.close();
  });
});
