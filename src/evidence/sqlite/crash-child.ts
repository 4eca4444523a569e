import { writeSync } from 'node:fs';

import { systemClock } from '../../platform/clock.ts';
import { observation, START, verdictChange } from '../examples.ts';

import { openSqliteStore } from './store.ts';

// The process that crash.test.ts kills: appends for ever, and prints the number of each call once it was acknowledged.
const [path = '', from = '0'] = process.argv.slice(2);
const store = openSqliteStore({ path, clock: systemClock, commitDelayMs: 1 });
const CALLS_AT_A_TIME = 8;
let next = Number(from);

async function appendForEver(): Promise<never> {
  for (;;) {
    const number = next++;
    const slot = START + number;
    await store.append([observation('web', slot), verdictChange('mail', slot), observation('web', slot, 'other')]);
    writeSync(process.stdout.fd, `${number}\n`);
  }
}

await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, appendForEver));
