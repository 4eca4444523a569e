import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Reading } from '../../domain/sample.ts';
import { falcoAlert, timeOf } from '../../inbox/examples.ts';
import { type FalcoAlert, type Inbox, openInbox, parseFalcoAlerts } from '../../inbox/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { EvidenceReader, KindReader } from '../source.ts';
import { type FakeFalco, startFakeFalco } from './fake-falco.ts';
import { type FalcoConnection, newFalcoReader } from './index.ts';
import type { FalcoQuestion } from './matching.ts';

const SLOT = 1_700_000_000_000;
const MINUTE = 60_000;
const DELAY = 10_000;
const SECRET = 'tok3n-that-must-not-leak';
const never = new AbortController().signal;
const MANY = 'Drop and execute new binary in container';

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
});
afterEach(async () => {
  await reader.close();
  await falco.stop();
  inbox.close();
  rmSync(folder, { recursive: true });
});

type Ways = 'both' | 'alerts' | 'counters';
function open(ways: Ways, more: Partial<FalcoConnection> = {}): KindReader<FalcoQuestion> {
  const connection = {
    ...{ headers: {}, tls: { insecureSkipVerify: false }, timeoutMs: 1_000, maxConcurrency: 4 },
    metricsUrls: ways === 'alerts' ? [] : [falco.url],
    ...(ways !== 'counters' && { intake: { inbox, source: 'falco' } }),
    ...more,
  };
  reader = newFalcoReader(connection, { clock, maxBytes: 100_000 });
  return reader.kinds.falco!;
}

/** Reads a slot as the operator does: some time after it, by a Falco that has run on. */
async function readAt(alerts: KindReader<FalcoQuestion>, slot: number, query: FalcoQuestion = {}): Promise<Reading> {
  falco.state.upSeconds += Math.max(0, slot + DELAY - now) / 1_000;
  now = Math.max(now, slot + DELAY);
  return alerts.read({ query, slot, maxAgeMs: 300_000 }, never);
}

const receive = async (at: number, ...list: FalcoAlert[]): Promise<void> => {
  now = at;
  expect(await inbox.append('falco', list)).toMatchObject({ kind: 'Stored' });
};
const zero = { kind: 'Samples', samples: [{ labels: {}, value: 0 }] };
const counts = (byRule: Record<string, number>, more: object = {}): object => ({
  kind: 'Samples',
  samples: Object.entries(byRule).map(([rule, value]) => ({ labels: { rule }, value })),
  ...more,
});
const incomplete = (message: string | RegExp): object => ({
  ...{ kind: 'Unavailable', reason: 'IncompleteEvidence' },
  message: typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
});
const version = { sourceVersion: '0.41.0' };

describe('pushed alerts and the metrics of Falco', () => {
  /** A Falco that was looked at before the window began. */
  async function watching(): Promise<KindReader<FalcoQuestion>> {
    const alerts = open('both');
    await readAt(alerts, SLOT - 6 * MINUTE);
    return alerts;
  }

  test('none is 0 once the metrics were seen on both sides of the window, and not before', async () => {
    const alerts = open('both');
    expect(await readAt(alerts, SLOT - 6 * MINUTE)).toEqual(incomplete(/were not read at the beginning of the window/));
    expect(await readAt(alerts, SLOT - 4 * MINUTE)).toEqual(incomplete(/were not read at the beginning of the window/));
    expect(await readAt(alerts, SLOT)).toEqual({ ...zero, ...version });
    expect(falco.requests).toHaveLength(3);
  });

  test('alerts are counted by rule, in the window in which they came', async () => {
    const alerts = await watching();
    falco.state.matches = { [`2 ${MANY}`]: 3, '4 Other': 1 };
    await receive(
      SLOT - MINUTE,
      falcoAlert(),
      falcoAlert({ time: timeOf(2) }),
      falcoAlert({ rule: 'Other', priority: 'Warning' }),
    );
    await receive(SLOT + 1, falcoAlert({ time: timeOf(3) }));
    expect(await readAt(alerts, SLOT)).toEqual(counts({ [MANY]: 2, Other: 1 }, version));
    expect(await readAt(alerts, SLOT + 5 * MINUTE)).toEqual(counts({ [MANY]: 1 }, version));
  });

  const questions: Record<string, [FalcoQuestion, Record<string, number>]> = {
    'a rule by its pattern': [{ rules: ['Drop*'] }, { [MANY]: 1 }],
    'several rules': [{ rules: ['Drop*', 'O????'] }, { [MANY]: 1, Other: 2 }],
    'the least priority, as a word': [{ minimumPriority: 'Error' }, { [MANY]: 1 }],
    'that priority itself': [{ minimumPriority: 'Warning' }, { [MANY]: 1, Other: 2 }],
    'a tag': [{ tags: ['nothing', 'host'] }, { Other: 2 }],
    'a namespace': [{ namespaces: ['sh*'] }, { [MANY]: 1 }],
    'all at once': [{ rules: ['*'], minimumPriority: 'Debug', tags: ['host'], namespaces: ['*'] }, { Other: 1 }],
  };
  test.each(Object.entries(questions))('asked for: %s', async (_, [question, want]) => {
    const alerts = await watching();
    falco.state.matches = { [`2 ${MANY}`]: 1, '4 Other': 2 };
    const other = { rule: 'Other', priority: 'warning', tags: ['host'] };
    const onHost = falcoAlert({ ...other, output_fields: { 'k8s.ns.name': null } });
    await receive(
      SLOT - MINUTE,
      falcoAlert(),
      onHost,
      falcoAlert({ ...other, hostname: 'b', output_fields: { 'k8s.ns.name': 'bar' } }),
    );
    expect(await readAt(alerts, SLOT, question)).toEqual(counts(want, version));
  });

  const drop = falcoAlert({ rule: 'Falco internal: syscall event drop', source: 'internal', priority: 'Debug', tags: undefined });
  const losses: Record<string, [() => unknown, string]> = {
    'an alert that tells of drops': [() => receive(SLOT - MINUTE, drop), '1 alerts in which Falco says that it missed something'],
    'a full queue': [() => (falco.state.queueDrops += 4), '4 alerts dropped by the queue of Falco'],
    'system calls that went by': [() => (falco.state.syscallDrops = 9), '9 system calls dropped'],
    'a restart': [() => Object.assign(falco.state, { startNs: '1748557918881742916', upSeconds: 1 }), 'Falco was restarted'],
    'other rules': [() => (falco.state.rulesFile = 'b'), 'the rules files were changed'],
    'another Falco behind the address': [() => (falco.state.hostname = 'node-9'), 'another Falco answered'],
    'a match that was not received': [
      () => (falco.state.matches = { [`2 ${MANY}`]: 1 }),
      '1 alerts that Falco has counted were not received',
    ],
    'alerts that were turned away': [
      () => {
        now = SLOT - MINUTE;
        inbox.noteLost('falco', 3);
      },
      '3 pushed alerts could not be kept',
    ],
    'Falco is gone': [
      () => (falco.answer = (response) => response.socket?.destroy()),
      'the metrics of Falco can not be read: no answer (UND_ERR_SOCKET)',
    ],
  };
  test.each(Object.entries(losses))('none is no answer, and some are a part: %s', async (_, [lose, message]) => {
    const alerts = await watching();
    await lose();
    expect(await readAt(alerts, SLOT)).toEqual(incomplete(message));
    falco.state.matches = { ...falco.state.matches, '4 Other': 1 };
    // Received between the slots, and so in the window of the next.
    await receive(now, falcoAlert({ rule: 'Other', priority: 'Warning' }));
    expect(await readAt(alerts, SLOT + MINUTE)).toMatchObject({
      samples: [{ labels: { rule: 'Other' }, value: 1 }],
      partial: expect.stringContaining(message.slice(0, 25)) as unknown,
    });
  });

  test('a counter that falls, or is gone, without a restart leaves nothing proven', async () => {
    falco.state.matches = { [`2 ${MANY}`]: 6 };
    const alerts = await watching();
    falco.state.matches = {};
    expect(await readAt(alerts, SLOT)).toEqual(incomplete('the counters of Falco began anew'));
  });

  test('what happened to rules that nobody asks for is no loss', async () => {
    const alerts = await watching();
    falco.state.matches = { '5 Chatty': 1_000 };
    expect(await readAt(alerts, SLOT, { minimumPriority: 'Critical' })).toEqual({ ...zero, ...version });
    expect(await readAt(alerts, SLOT, { rules: ['Drop*'] })).toEqual({ ...zero, ...version });
    expect(await readAt(alerts, SLOT)).toEqual(incomplete('1000 alerts that Falco has counted were not received'));
  });

  test('a loss is over when the window has passed it', async () => {
    const alerts = await watching();
    falco.state.queueDrops = 1;
    expect(await readAt(alerts, SLOT)).toMatchObject({ kind: 'Unavailable' });
    expect(await readAt(alerts, SLOT + 6 * MINUTE)).toEqual({ ...zero, ...version });
  });

  test('alerts that do not say what they are asked for may be meant', async () => {
    const alerts = await watching();
    falco.state.matches = { [`2 ${MANY}`]: 1 };
    await receive(SLOT - MINUTE, falcoAlert({ output_fields: {}, tags: undefined }));
    const unclear = incomplete('1 alerts that do not say their tags or their namespace');
    expect(await readAt(alerts, SLOT, { namespaces: ['shop'] })).toEqual(unclear);
    expect(await readAt(alerts, SLOT, { tags: ['container'] })).toEqual(unclear);
    expect(await readAt(alerts, SLOT)).toEqual(counts({ [MANY]: 1 }, version));
  });

  test('a snapshot of metrics is neither an alert nor a drop', async () => {
    const alerts = await watching();
    await receive(SLOT - MINUTE, falcoAlert({ rule: 'Falco internal: metrics snapshot', source: 'internal' }));
    expect(await readAt(alerts, SLOT)).toEqual({ ...zero, ...version });
  });

  test('criteria that ask for the same slot look once', async () => {
    const alerts = await watching();
    now = SLOT + DELAY;
    const before = falco.requests.length;
    const ask = (slot: number): Promise<Reading> => alerts.read({ query: {}, slot, maxAgeMs: 1 }, never);
    expect(await Promise.all([ask(SLOT), ask(SLOT), ask(SLOT - 1)])).toEqual(Array(3).fill({ ...zero, ...version }));
    expect(falco.requests.length - before).toBe(1);
  });

  test('past slots are read from what is kept, each with its own proof', async () => {
    const alerts = await watching();
    await receive(SLOT - MINUTE, falcoAlert());
    falco.state.matches = { [`2 ${MANY}`]: 1 };
    await readAt(alerts, SLOT);
    await readAt(alerts, SLOT + 7 * MINUTE);
    const range = { from: SLOT - 6 * MINUTE, to: SLOT + 6 * MINUTE, stepMs: 6 * MINUTE };
    expect(await alerts.readRange({ ...range, query: {}, maxAgeMs: 1 }, never)).toEqual([
      incomplete(/were not read at the beginning/),
      counts({ [MANY]: 1 }, version),
      { ...zero, ...version },
    ]);
    expect(await reader.wasCollecting({ ...range, from: range.from - 6 * MINUTE }, never)).toEqual([false, false, true, true]);
    falco.state.startNs = '1748557918881742916';
    await readAt(alerts, SLOT + 12 * MINUTE);
    expect(await reader.wasCollecting({ from: SLOT + 9 * MINUTE, to: SLOT + 9 * MINUTE, stepMs: 1 }, never)).toEqual([false]);
  });

  test('an inbox that can not be read is said to be so', async () => {
    const alerts = await watching();
    inbox.close();
    expect(await readAt(alerts, SLOT)).toEqual({
      ...{ kind: 'Unavailable', reason: 'SourceUnreachable' },
      message: 'can not read from the inbox',
    });
    inbox = openInbox({ path: join(folder, 'inbox.db'), clock });
  });
});

describe('pushed alerts alone', () => {
  test('some are an answer, none is not: nothing proves that Falco was running', async () => {
    const alerts = open('alerts');
    expect(await readAt(alerts, SLOT)).toEqual(incomplete(/^nothing proves that Falco was running/));
    await receive(now, falcoAlert());
    expect(await readAt(alerts, SLOT + MINUTE)).toEqual(counts({ [MANY]: 1 }));
    expect(await reader.wasCollecting({ from: SLOT, to: SLOT, stepMs: 1 }, never)).toEqual([false]);
  });

  test('what is no longer kept is not none', async () => {
    const alerts = open('alerts');
    await receive(SLOT, falcoAlert());
    const past = { query: {}, maxAgeMs: 1, stepMs: MINUTE };
    now = SLOT + 7 * 86_400_000;
    expect(await alerts.readRange({ ...past, from: SLOT, to: SLOT }, never)).toMatchObject([
      { kind: 'Samples', partial: 'the window begins before what the inbox still keeps' },
    ]);
  });

  test('alerts of more rules than are read', async () => {
    const alerts = open('alerts');
    await receive(SLOT, ...Array.from({ length: 1_001 }, (_, index) => falcoAlert({ rule: `rule ${index}` })));
    expect(await readAt(alerts, SLOT)).toMatchObject({ kind: 'Unavailable', reason: 'TooManySeries' });
  });

  test('real alerts of Falco and falcosidekick, as in the fixtures', async () => {
    const names = ['alert-of-falco', 'alert-of-falcosidekick', 'alert-of-drops', 'alert-of-metrics'];
    const list = names.flatMap((name) => {
      const parsed = parseFalcoAlerts(readFileSync(`${import.meta.dirname}/fixtures/${name}.json`, 'utf8'));
      return parsed.kind === 'Alerts' ? parsed.alerts : [];
    });
    const alerts = open('alerts');
    await receive(SLOT, ...list);
    expect(await readAt(alerts, SLOT)).toEqual(
      counts(
        { 'Read sensitive file untrusted': 1, 'Terminal shell in container': 1 },
        { partial: '1 alerts in which Falco says that it missed something' },
      ),
    );
  });
});

describe('the counters of Falco alone', () => {
  test('growth is counted by rule, a rule that was never seen from 0; without growth it is 0', async () => {
    const alerts = open('counters');
    falco.state.matches = { '4 Old': 7 };
    await readAt(alerts, SLOT - 6 * MINUTE);
    expect(await readAt(alerts, SLOT)).toEqual({ ...zero, ...version });
    falco.state.matches = { '4 Old': 9, '2 New': 1 };
    expect(await readAt(alerts, SLOT + MINUTE)).toEqual(counts({ New: 1, Old: 2 }, version));
    expect(await readAt(alerts, SLOT + MINUTE, { minimumPriority: 'Critical' })).toEqual(counts({ New: 1 }, version));
  });

  test('growth between looks that are too far apart is a part of an answer', async () => {
    const alerts = open('counters');
    now = SLOT - 60 * MINUTE;
    await readAt(alerts, now);
    falco.state.matches = { '4 Old': 1 };
    expect(await readAt(alerts, SLOT)).toMatchObject({ partial: expect.stringContaining('further apart') as unknown });
  });

  test('several Falcos are one; of one that does not answer nothing is known', async () => {
    const second = await startFakeFalco();
    second.state.hostname = 'node-2';
    const alerts = open('counters', { metricsUrls: [falco.url, `${second.url}/metrics`] });
    await readAt(alerts, SLOT - 6 * MINUTE);
    falco.state.matches = { '4 Old': 1 };
    second.state.matches = { '4 Old': 2 };
    expect(await readAt(alerts, SLOT)).toEqual(counts({ Old: 3 }, version));
    await second.stop();
    expect(await readAt(alerts, SLOT + 6 * MINUTE)).toEqual(incomplete(/^the metrics of Falco can not be read: no answer/));
  });

  const answers: Record<string, [(response: ServerResponse) => unknown, string, RegExp, string]> = {
    'a page': [(r) => r.end(`<html>${SECRET}`), 'QueryFailed', /holds a line that is no metric$/, 'BadAnswer'],
    'metrics of something else': [(r) => r.end('up 1\n'), 'QueryFailed', /not of Falco's metrics$/, 'BadAnswer'],
    nothing: [(r) => r.end(), 'QueryFailed', /not of Falco's metrics$/, 'BadAnswer'],
    '404': [(r) => r.writeHead(404).end(SECRET), 'QueryFailed', /\(404\)$/, 'BadAnswer'],
    '500': [(r) => r.writeHead(500).end(SECRET), 'QueryFailed', /\(500\)$/, 'ServerError'],
    '503': [(r) => r.writeHead(503).end(SECRET), 'SourceUnreachable', /\(503\)$/, 'ServerError'],
    '401': [(r) => r.writeHead(401).end(SECRET), 'SourceUnreachable', /refuses the credentials \(401\)$/, 'Unauthorized'],
    'a redirect': [(r) => r.writeHead(302, { location: `/${SECRET}` }).end(), 'SourceUnreachable', /^redirects/, 'BadAnswer'],
    'no answer in time': [() => undefined, 'SourceUnreachable', /^no answer within 1000 ms$/, 'Unreachable'],
    'too large an answer': [(r) => r.end('a 1\n'.repeat(30_000)), 'QueryFailed', /larger than 100000 bytes/, 'BadAnswer'],
  };
  test.each(Object.entries(answers))('%s', async (_, [answer, reason, message, reachability]) => {
    const alerts = open('counters', { bearerToken: SECRET });
    falco.answer = answer;
    const reading = await readAt(alerts, SLOT);
    expect(reading).toEqual({ kind: 'Unavailable', reason, message: expect.stringMatching(message) as unknown });
    const probed = await reader.probe(never);
    expect(probed).toEqual({ kind: 'NotAnswering', reason: reachability, message: expect.stringMatching(message) as unknown });
    expect(JSON.stringify([reading, probed])).not.toContain(SECRET);
  });

  test('it is asked with the credentials, at /metrics where the address has no path', async () => {
    const alerts = open('counters', { bearerToken: SECRET });
    await readAt(alerts, SLOT);
    expect(falco.requests).toMatchObject([{ path: '/metrics', headers: { authorization: `Bearer ${SECRET}` } }]);
  });
});

describe('check', () => {
  test.each<[string, Ways, FalcoQuestion, RegExp | undefined]>([
    ['anything of pushed alerts', 'both', { rules: ['a*'], tags: ['a'], namespaces: ['b'], minimumPriority: 'Error' }, undefined],
    ['rules and priority of counters', 'counters', { rules: ['a*'], minimumPriority: 'Error', window: '30d' }, undefined],
    ['tags of counters', 'counters', { tags: ['a'] }, undefined],
    ['namespaces of counters', 'counters', { namespaces: ['a'] }, /^counters of Falco carry no namespaces/],
    ['a window as long as alerts are kept', 'alerts', { window: '7d' }, undefined],
    ['a longer one', 'alerts', { window: '8d' }, /a window of 8d is longer than pushed alerts are kept/],
  ])('%s', async (_, ways, query, message) => {
    const alerts = open(ways);
    const refusal = await alerts.check({ query, maxAgeMs: 1 }, never);
    if (message === undefined) expect(refusal).toBeUndefined();
    else {
      expect(refusal).toEqual({ reason: 'InvalidQuery', message: expect.stringMatching(message) as unknown });
      expect(await readAt(alerts, SLOT, query)).toMatchObject({
        kind: 'Unavailable',
        reason: 'QueryFailed',
        message: refusal?.message,
      });
    }
  });
});

describe('probe', () => {
  test('metrics that answer tell the version', async () => {
    open('both');
    expect(await reader.probe(never)).toEqual({ kind: 'Answering', version: '0.41.0', latencyMs: expect.any(Number) as unknown });
  });

  test('without metrics it is whether the inbox can be written', async () => {
    open('alerts');
    expect(await reader.probe(never)).toEqual({ kind: 'Answering', latencyMs: expect.any(Number) as unknown });
    inbox.close();
    expect(await reader.probe(never)).toMatchObject({ kind: 'NotAnswering', reason: 'ServerError' });
    inbox = openInbox({ path: join(folder, 'inbox.db'), clock });
  });
});
