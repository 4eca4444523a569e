import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { waitUntil } from '../run/wait-until.ts';
import { cacheRoot } from './cache.ts';
import type { Getting } from './way.ts';

const WAIT_MS = 60 * 60_000;
const SQLITE_BUSY = 5;

/**
 * Runs while no other run under the same name is under way on this machine. The lock is one of an SQLite file, because
 * the kernel gives it back when its holder dies, which a file that merely exists would not be.
 */
export async function withLock<T>(name: string, getting: Getting, run: () => Promise<T>): Promise<T> {
  const { env, say, signal } = getting;
  await mkdir(cacheRoot(env), { recursive: true });
  const file = new DatabaseSync(join(cacheRoot(env), `.${name}.lock`), { timeout: 0 });
  try {
    if (!tryLock(file)) {
      say(`waiting for another ${name} on this machine`);
      const locked = await waitUntil(() => tryLock(file), { withinMs: WAIT_MS, everyMs: 250, signal });
      if (!locked) throw new Error(`another ${name} holds its lock for more than an hour`);
    }
    return await run();
  } finally {
    file.close();
  }
}

function tryLock(file: DatabaseSync): boolean {
  try {
    file.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
