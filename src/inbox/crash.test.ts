import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { systemClock } from '../platform/clock.ts';
import { timeOf } from './examples.ts';
import { openInbox } from './sqlite.ts';

const ROUNDS = 5;
const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

/** Lets a process append and kills it in the middle; answers with the numbers of the calls that were acknowledged. */
async function appendAndDie(path: string, from: number, afterCalls: number): Promise<number[]> {
  const process_ = spawn(process.execPath, [child, path, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(process_, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface(process_.stdout)) {
    acknowledged.push(Number(line));
    if (acknowledged.length === afterCalls) process_.kill('SIGKILL');
  }
  expect(await exit).toEqual([null, 'SIGKILL']);
  return acknowledged;
}

test('whenever the process is killed: what was acknowledged is there, and nothing is there by half', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-inbox-'));
  const path = join(folder, 'inbox.db');
  let acknowledged: number[] = [];
  let next = 0;
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged = [...acknowledged, ...(await appendAndDie(path, next, 1 + Math.floor(Math.random() * 120)))];
    const inbox = openInbox({ path, clock: systemClock });
    const held = inbox.alertsBetween({ source: 'falco', from: 0, to: Date.now(), limit: 100_000 });
    inbox.close();
    const timesOn = (host: string): string[] =>
      held.filter(({ alert }) => alert.hostname === host).map(({ alert }) => alert.time);
    const times = new Set(timesOn('node-1'));
    expect(timesOn('node-2')).toEqual([...times]);
    expect(acknowledged.map(timeOf).filter((time) => !times.has(time))).toEqual([]);
    expect(held.map(({ seq }) => seq)).toEqual(held.map(({ seq }) => seq).sort((a, b) => a - b));
    next = Math.max(...acknowledged) + 1_000;
  }
  rmSync(folder, { recursive: true });
}, 180_000);
