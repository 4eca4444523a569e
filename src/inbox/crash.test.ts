import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { systemClock } from '../platform/clock.ts';
import { storeAndDie } from '../platform/crashing.ts';
import { timeOf } from './examples.ts';
import type { Inbox } from './inbox.ts';
import { openInbox } from './sqlite.ts';

const ROUNDS = 5;
const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

/** What is held of each of the two alerts of a call: the texts that stand for the call. */
type Held = Readonly<Record<'node-1' | 'node-2', readonly string[]>>;

const falco = (inbox: Inbox): Held => {
  const held = inbox.alertsBetween({ source: 'falco', from: 0, to: Date.now(), limit: 100_000 });
  expect(held.map(({ seq }) => seq)).toEqual(held.map(({ seq }) => seq).sort((a, b) => a - b));
  const of = (host: string): string[] => held.filter(({ alert }) => alert.hostname === host).map(({ alert }) => alert.time);
  return { 'node-1': of('node-1'), 'node-2': of('node-2') };
};

const alertmanager = (inbox: Inbox): Held => {
  const now = Date.now();
  const held = inbox.episodes({ source: 'alertmanager', from: now, to: now, limit: 100_000 });
  const labels = held.map((episode) => JSON.parse(episode.labels) as { host: string; number: string });
  const of = (host: string): string[] => labels.filter((each) => each.host === host).map(({ number }) => number);
  return { 'node-1': of('node-1'), 'node-2': of('node-2') };
};

test.each<[string, (inbox: Inbox) => Held, (number: number) => string]>([
  ['falco', falco, timeOf],
  ['alertmanager', alertmanager, String],
])(
  'whenever the process is killed: what %s was told to be taken is there, and nothing is there by half',
  async (sender, read, nameOf) => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-inbox-'));
    const path = join(folder, 'inbox.db');
    let acknowledged: number[] = [];
    let next = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const calls = 1 + Math.floor(Math.random() * 120);
      acknowledged = [...acknowledged, ...(await storeAndDie(child, [path, String(next), sender], calls))];
      const inbox = openInbox({ path, clock: systemClock });
      const held = read(inbox);
      inbox.close();
      const known = new Set(held['node-1']);
      expect(held['node-2'].toSorted()).toEqual([...known].toSorted());
      expect(acknowledged.map(nameOf).filter((name) => !known.has(name))).toEqual([]);
      next = Math.max(...acknowledged) + 1_000;
    }
    rmSync(folder, { recursive: true });
  },
  180_000,
);
