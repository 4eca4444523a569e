import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openSqliteStore } from '../../evidence/index.ts';
import { HandClock } from '../../platform/hand-clock.ts';
import { systemClock } from '../../platform/clock.ts';
import type { NoiseFormat } from './options.ts';
import { runNoise } from './noise.ts';

let dir: string;
const clock = new HandClock();
const SHOP = { namespace: 'web', service: 'shop' };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'assay-noise-'));
  const store = openSqliteStore({ path: join(dir, 'evidence.db'), clock: systemClock });
  const common = { criterion: 'up', deviation: '01', audience: 'internal', late: false, phase: 'Intent' } as const;
  await store.append([
    { ...SHOP, kind: 'Notified', body: { ...common, notice: 'EscalationDue', at: clock.now() - 60_000, message: 'up is 0' } },
    {
      ...{ ...SHOP, kind: 'Delivery' },
      body: {
        ...{ id: 'a'.repeat(64), channel: 'ops', audience: 'internal', story: '01', stories: ['01'], state: 1 },
        ...{ phase: 'Delivered', at: clock.now() - 60_000, ended: false, action: 'Post' },
      },
    },
    { ...SHOP, kind: 'Notified', body: { ...common, notice: 'DeviationEnded', at: clock.now(), message: 'ended: Recovered' } },
  ]);
  await store.close();
});
afterAll(() => rmSync(dir, { recursive: true }));

async function noise(output: NoiseFormat, since = '7d', store = join(dir, 'evidence.db')): Promise<Buffer> {
  const written: Uint8Array[] = [];
  await runNoise({ store, since, output }, { clock, write: (bytes) => void written.push(Buffer.from(bytes)) });
  return Buffer.concat(written);
}

test('people read of each audience and channel what was sent and what came of it', async () => {
  const text = (await noise('text')).toString();
  expect(text).toContain(
    'To internal\n  Told of: 1\n  Acted on: 1 (100 %)\n  Never acted on: 0\n  Flapping: 0\n  Told to end: 1m (median)',
  );
  expect(text).toContain('  ops: 1 messages arrived: 1 new, 0 answers, 0 edits');
  expect(text).toContain('  1 messages: web/up (1 in all)');
});

test('programs read the same as JSON, and as a page of a report', async () => {
  expect(JSON.parse((await noise('json')).toString())).toMatchObject({ audiences: [{ audience: 'internal', actedOn: 1 }] });
  expect((await noise('pdf')).subarray(0, 5).toString()).toBe('%PDF-');
});

test('what is older than was asked for is left out', async () => {
  expect((await noise('text', '10s')).toString()).toContain('Nothing was sent.');
});

test('a span that is none, and a store that is none, are refused', async () => {
  await expect(noise('text', 'a week')).rejects.toThrow('--since a week is no duration like 7d');
  await expect(noise('text', '7d', join(dir, 'none.db'))).rejects.toThrow(/there is no evidence store/);
});
