import { systemClock } from '../platform/clock.ts';
import { storeForEver } from '../platform/crashing.ts';
import { falcoAlert, notificationOf, timeOf, webhookAlert } from './examples.ts';
import { openInbox } from './sqlite.ts';

// The process that crash.test.ts kills.
const [path = '', from = '0', sender = 'falco'] = process.argv.slice(2);
const inbox = openInbox({ path, clock: systemClock });

// Two alerts a call, to see whether half of one can be there.
await storeForEver(Number(from), (number) => {
  if (sender === 'falco') {
    const time = timeOf(number);
    return inbox.append('falco', [falcoAlert({ time }), falcoAlert({ time, hostname: 'node-2' })]);
  }
  const alerts = ['node-1', 'node-2'].map((host) => webhookAlert({ host, number: String(number) }, { startsAt: 0 }));
  return inbox.tell('alertmanager', notificationOf(alerts));
});
