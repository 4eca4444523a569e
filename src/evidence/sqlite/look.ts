import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import { AssayError } from '../../platform/errors.ts';
import type { EvidenceStore, ServiceName } from '../store.ts';

import { BUSY_TIMEOUT_MS, checkFormat, type Looks, storeError } from './database.ts';
import { LogReader } from './reader.ts';

/** The evidence log of an operator that may be at work: it is only looked at, and stays whose it is. */
export type EvidenceLook = Pick<EvidenceStore, 'services' | 'read' | 'close'>;

/**
 * Opens the file for reading alone: nothing is written, and whoever has it open goes on.
 * @throws AssayError STORE_FAILED when it can not be read, STORE_INCOMPATIBLE when it is not ours or of another version
 */
export function openSqliteLook(path: string): EvidenceLook {
  if (!existsSync(path)) throw new AssayError('STORE_FAILED', `there is no evidence store ${path}`);
  const db = opened(path);
  const looks: Looks = {
    prepare: (sql) => db.prepare(sql),
    look: (run) => {
      try {
        return run();
      } catch (error) {
        throw storeError('can not read from the evidence store', error);
      }
    },
  };
  const reader = new LogReader(looks);
  return {
    services: async () =>
      Promise.resolve(
        looks.look(() => db.prepare('SELECT namespace, service FROM service ORDER BY k').all()) as unknown as ServiceName[],
      ),
    read: (query) => reader.read(query),
    close: () => {
      db.close();
      return Promise.resolve();
    },
  };
}

function opened(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    checkFormat(db);
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw storeError('can not open the evidence store', error);
  }
}
