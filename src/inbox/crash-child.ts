import { writeSync } from 'node:fs';

import { systemClock } from '../platform/clock.ts';
import { falcoAlert, timeOf } from './examples.ts';
import { openInbox } from './sqlite.ts';

// The process that crash.test.ts kills: appends for ever, and prints the number of each call once it was acknowledged.
const [path = '', from = '0'] = process.argv.slice(2);
const inbox = openInbox({ path, clock: systemClock });
const CALLS_AT_A_TIME = 8;
let next = Number(from);

async function appendForEver(): Promise<never> {
  for (;;) {
    const number = next++;
    // Two alerts a call, to see whether half of one can be there.
    await inbox.append('falco', [falcoAlert({ time: timeOf(number) }), falcoAlert({ time: timeOf(number), hostname: 'node-2' })]);
    writeSync(process.stdout.fd, `${number}\n`);
  }
}

await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, appendForEver));
