import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Reading } from '../../domain/sample.ts';
import { falcoAlert, timeOf } from '../../inbox/examples.ts';
import { type Inbox, openInbox } from '../../inbox/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { EvidenceReader } from '../source.ts';
import { type FakeFalco, startFakeFalco } from './fake-falco.ts';
import { newFalcoReader } from './index.ts';

const SLOT = 1_700_000_000_000;
const MINUTE = 60_000;
const DELAY = 10_000;
const KEY = '2 Drop and execute new binary in container';
const never = new AbortController().signal;

let folder: string;
let now: number;
let inbox: Inbox;
let falco: FakeFalco;
let reader: EvidenceReader;
const clock: Clock = { now: () => now, after: () => () => undefined };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-falco-'));
  now = SLOT - 10 * MINUTE;
  inbox = openInbox({ path: join(folder, 'inbox.db'), clock });
  falco = await startFakeFalco();
  const connection = { headers: {}, tls: { insecureSkipVerify: false }, timeoutMs: 1_000, maxConcurrency: 4 };
  reader = newFalcoReader({ ...connection, metricsUrls: [falco.url], intake: { inbox, source: 'falco' } }, { clock });
  await read(SLOT - 6 * MINUTE);
});
afterEach(async () => {
  await reader.close();
  await falco.stop();
  inbox.close();
  rmSync(folder, { recursive: true });
});

async function read(slot: number): Promise<Reading> {
  falco.state.upSeconds += (slot + DELAY - now) / 1_000;
  now = slot + DELAY;
  return reader.kinds.falco!.read({ query: {}, slot, maxAgeMs: 300_000 }, never);
}

/** The slot again, from the looks that are kept: as after a stall, or when it is read back. */
async function readAgain(): Promise<Reading | undefined> {
  const past = { query: {}, from: SLOT, to: SLOT, stepMs: 1, maxAgeMs: 1 };
  return (await reader.kinds.falco!.readRange(past, never))[0];
}

async function receive(at: number, number: number): Promise<void> {
  now = at;
  await inbox.append('falco', [falcoAlert({ time: timeOf(number) })]);
}

const lost = (count: number): object => ({
  ...{ kind: 'Unavailable', reason: 'IncompleteEvidence' },
  message: `${count} alerts that Falco has counted were not received`,
});
const none = { kind: 'Samples', samples: [{ labels: {}, value: 0 }] };

test('an alert that comes after the look does not stand for one that was lost', async () => {
  falco.state.matches = { [KEY]: 1 };
  expect(await read(SLOT)).toEqual(lost(1));
  falco.state.matches = { [KEY]: 2 };
  await receive(SLOT + 3 * MINUTE, 2);
  expect(await readAgain()).toEqual(lost(1));
  await read(SLOT + 3 * MINUTE);
  expect(await readAgain()).toEqual(lost(1));
});

test('an alert that was on its way at the look has come by the next', async () => {
  falco.state.matches = { [KEY]: 1 };
  expect(await read(SLOT)).toEqual(lost(1));
  await receive(SLOT + DELAY + 1, 1);
  await read(SLOT + MINUTE);
  expect(await readAgain()).toMatchObject(none);
});

test('what is lost later is no loss of this window', async () => {
  expect(await read(SLOT)).toMatchObject(none);
  falco.state.matches = { [KEY]: 4 };
  expect(await read(SLOT + MINUTE)).toEqual(lost(4));
  expect(await readAgain()).toMatchObject(none);
});
