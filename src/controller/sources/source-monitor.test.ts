import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { sleep, systemClock } from '../../platform/clock.ts';
import { newPrometheusReader } from '../../sources/prometheus/index.ts';
import type { EvidenceReader, Reachability } from '../../sources/source.ts';
import { SourceMonitor } from './source-monitor.ts';

const DEADLINE_MS = 5000;

/** A source that answers when the test lets it: each probe waits in `waiting`. */
const waiting: ServerResponse[] = [];
const found: Reachability[] = [];
const server = createServer((_request, response) => void waiting.push(response));
let reader: EvidenceReader;
let monitor: SourceMonitor;

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => server.close());

beforeEach(() => {
  found.length = 0;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = { url, headers: {}, tls: { insecureSkipVerify: false }, timeoutMs: DEADLINE_MS, maxConcurrency: 8 };
  reader = newPrometheusReader({ ...connection, heartbeat: 'count(up)' }, { clock: systemClock });
  const onProbe = (each: Reachability): void => void found.push(each);
  monitor = new SourceMonitor({ reader, clock: systemClock, timeoutMs: DEADLINE_MS, onProbe });
});
afterEach(async () => {
  monitor.stop();
  await reader.close();
  for (const response of waiting.splice(0)) response.destroy();
});

/** Answers the next question that comes, with the version by which it is known again. */
async function answer(version: string): Promise<void> {
  const endsAt = Date.now() + DEADLINE_MS;
  while (waiting.length === 0) {
    if (Date.now() > endsAt) throw new Error('nothing was asked');
    await sleep(systemClock, 5);
  }
  waiting.shift()?.end(JSON.stringify({ status: 'success', data: { version } }));
}

test('before the first probe nothing is known', () => {
  expect([monitor.latest, monitor.at]).toEqual([undefined, undefined]);
});

test('those who ask while a probe runs share it', async () => {
  const both = [monitor.probe(), monitor.probe()];
  await answer('1.0');
  expect(await Promise.all(both)).toMatchObject([{ version: '1.0' }, { version: '1.0' }]);
  expect(found).toHaveLength(1);
});

test('a finding that is young enough is asked for no more', async () => {
  const notBefore = systemClock.now();
  const probed = monitor.probe();
  await answer('1.0');
  await probed;
  expect(await monitor.since(notBefore)).toMatchObject({ kind: 'Answering', version: '1.0' });
  expect(waiting).toHaveLength(0);
});

test('a finding that is too old is not good enough', async () => {
  const probed = monitor.probe();
  await answer('1.0');
  await probed;
  const later = monitor.since(systemClock.now() + 1);
  await answer('2.0');
  expect(await later).toMatchObject({ version: '2.0' });
});

test('nor is a probe that began before and is still under way', async () => {
  const probed = monitor.probe();
  await sleep(systemClock, 5);
  const later = monitor.since(systemClock.now());
  await answer('1.0');
  await answer('2.0');
  expect(await probed).toMatchObject({ version: '1.0' });
  expect(await later).toMatchObject({ version: '2.0' });
});

test('what an ended monitor would have found is told to nobody', async () => {
  const probed = monitor.probe();
  monitor.stop();
  await probed.catch(() => undefined);
  expect(found).toEqual([]);
  expect(monitor.latest).toBeUndefined();
});
