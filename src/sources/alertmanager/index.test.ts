import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { type Clock, systemClock } from '../../platform/clock.ts';
import { type FakeAnswer, type FakeRequest, type FakeServer, startFakeServer } from '../prometheus/fake-server.ts';
import { connectionTo, never, raw, SLOT } from '../prometheus/test-reader.ts';
import type { Connection, EvidenceReader, KindReader, Questions } from '../source.ts';
import { type AlertmanagerOptions, newAlertmanagerReader } from './index.ts';

const SECRET = 'tok3n-that-must-not-leak';
const EVERYTHING = { matchers: ['alertname=~".+"'] };

interface Recorded {
  readonly at: string;
  readonly alerts: unknown;
  readonly status: { readonly versionInfo: { readonly version: string } };
  readonly refused: { readonly status: number; readonly body: string };
}
const recorded = (version: string): Recorded =>
  JSON.parse(readFileSync(`${import.meta.dirname}/fixtures/alertmanager-${version}.json`, 'utf8')) as Recorded;

const iso = (ms: number): string => new Date(ms).toISOString();
/** An alert as Alertmanager tells it; it fires unless something else is given. */
const alert = (labels: object = {}, status: object = {}, times: object = {}): object => ({
  ...{ labels: { alertname: 'DiskFull', ...labels }, annotations: {}, fingerprint: '1', receivers: [{ name: 'nobody' }] },
  ...{ startsAt: iso(SLOT - 60_000), endsAt: iso(SLOT + 60_000), updatedAt: iso(SLOT) },
  status: { state: 'active', silencedBy: [], inhibitedBy: [], ...status },
  ...times,
});
const all = (...alerts: unknown[]): FakeAnswer => ({ body: alerts });
const clockAt = (ms: number): Clock => ({ ...systemClock, now: () => ms });

let server: FakeServer;
let reader: EvidenceReader;
let alerts: KindReader<Questions['alerts']>;
const start = async (
  answer: (request: FakeRequest) => FakeAnswer | undefined,
  { heartbeat, clock, ...options }: Partial<Connection & AlertmanagerOptions> = {},
): Promise<void> => {
  server = await startFakeServer('answer alone', answer);
  const { heartbeat: _ofPrometheus, ...connection } = connectionTo(server.url);
  reader = newAlertmanagerReader(
    { ...connection, ...options, ...(heartbeat !== undefined && { heartbeat }) },
    { clock: clock ?? clockAt(SLOT + 10_000), ...options },
  );
  alerts = reader.kinds.alerts!;
};
afterEach(async () => {
  await reader.close();
  await server.stop();
});
const read = (query: Questions['alerts'] = EVERYTHING, slot = SLOT) => alerts.read({ query, slot, maxAgeMs: 300_000 }, never);
const parametersOf = (index: number): URLSearchParams => new URL(server.requests[index]!.path, server.url).searchParams;

describe.each(['0.25', '0.31'])('answers of Alertmanager %s', (version) => {
  const { at, alerts: told, status, refused } = recorded(version);
  const slot = Date.parse(at);
  const answer = ({ path }: FakeRequest): FakeAnswer => ({ body: path.includes('status') ? status : told });
  const sample = (alertname: string, state: string, value = 1) => ({ labels: { alertname, state }, value });
  const silenced = [sample('DiskFull', 'silenced'), sample('Slow', 'silenced')];

  test.each<[string, Questions['alerts']['states'], object[]]>([
    [
      'all of them: an alert both silenced and inhibited is silenced, one that is to begin does not count',
      undefined,
      [sample('ClusterDown', 'active'), sample('DiskFull', 'active', 2), silenced[0]!, sample('Slow', 'inhibited'), silenced[1]!],
    ],
    ['active ones', ['Active'], [sample('ClusterDown', 'active'), sample('DiskFull', 'active', 2)]],
    ['silenced and inhibited ones', ['Silenced', 'Inhibited'], [silenced[0]!, sample('Slow', 'inhibited'), silenced[1]!]],
  ])('%s', async (_, states, samples) => {
    await start(answer, { clock: clockAt(slot + 1_000) });
    expect(await read({ ...EVERYTHING, ...(states && { states }) }, slot)).toEqual({ kind: 'Samples', samples });
  });

  test('its version', async () => {
    await start(answer);
    const want = { kind: 'Answering', version: status.versionInfo.version, latencyMs: expect.any(Number) as unknown };
    expect(await reader.probe(never)).toEqual(want);
    expect(status.versionInfo.version).toContain(version);
  });

  test('its refusal of a regular expression', async () => {
    await start(() => raw(JSON.stringify(refused.body), refused.status));
    const refusal = { reason: 'InvalidQuery', message: 'error parsing regexp: missing closing ): `^(?:()$`' };
    expect(await alerts.check({ query: { matchers: ['a=~"("'] }, maxAgeMs: 1 }, never)).toEqual(refusal);
  });
});

describe('read', () => {
  test('asks for alerts of every state, with each matcher as one parameter', async () => {
    await start(() => all());
    await read({ matchers: ['severity="a&b=c"', String.raw`path=~"\d+/é\"+"`] });
    expect(parametersOf(0).getAll('filter')).toEqual(['severity="a&b=c"', String.raw`path=~"\\d+/é\"+"`]);
    for (const state of ['active', 'silenced', 'inhibited', 'unprocessed']) expect(parametersOf(0).get(state)).toBe('true');
  });

  const one = (state: string) => [{ labels: { alertname: 'DiskFull', state }, value: 1 }];
  const none = [{ labels: {}, value: 0 }];
  test.each<[string, object[], object[]]>([
    ['none at all is 0', [], none],
    ['one that began after the slot does not count', [alert({}, {}, { startsAt: iso(SLOT + 1) })], none],
    ['one that began at the slot does', [alert({}, {}, { startsAt: iso(SLOT) })], one('active')],
    ['one that has ended by now does not', [alert({}, {}, { endsAt: iso(SLOT + 10_000) })], none],
    ['one whose end is not set does', [alert({}, {}, { endsAt: '0001-01-01T00:00:00.000Z' })], one('active')],
    ['one that is not processed yet is active', [alert({}, { state: 'unprocessed' })], one('active')],
    ['one that the time of day mutes is active', [alert({}, { state: 'suppressed', mutedBy: ['night'] })], one('active')],
    ['one without a name', [alert({ alertname: '' })], [{ labels: { state: 'active' }, value: 1 }]],
    ['times with an offset and nanoseconds', [alert({}, {}, { startsAt: '2023-11-14T23:13:19.123456789+01:00' })], one('active')],
  ])('%s', async (_, told, samples) => {
    await start(() => all(...told));
    expect(await read()).toEqual({ kind: 'Samples', samples });
  });

  const lies: Record<string, [FakeAnswer, string, RegExp]> = {
    'a page with status 200': [raw(`<html>${SECRET}</html>`), 'QueryFailed', /^the answer is not JSON$/],
    'JSON that breaks off': [raw(`[{"labels":{"x":"${SECRET}`), 'QueryFailed', /^the answer is not JSON$/],
    'an empty body': [raw(''), 'QueryFailed', /not JSON/],
    'an envelope of another API': [{ body: { status: 'success', data: [] } }, 'QueryFailed', /no list of alerts/],
    'JSON that is null': [raw('null'), 'QueryFailed', /no list of alerts/],
    'an alert that is null': [all(null), 'QueryFailed', /no object for an alert/],
    'an alert without status': [all({ labels: {} }), 'QueryFailed', /no object for the status/],
    'a state that is none': [all(alert({}, { state: SECRET })), 'QueryFailed', /unknown state/],
    'nobody who could mute': [all(alert({}, { silencedBy: null })), 'QueryFailed', /without who mutes it/],
    'labels that are a list': [all(alert({}, {}, { labels: [] })), 'QueryFailed', /no object for the labels/],
    'a label that is a number': [all(alert({ x: 1 })), 'QueryFailed', /label that is not a string/],
    'half a surrogate pair': [raw(JSON.stringify([alert({ x: '\ud800' })])), 'QueryFailed', /not well-formed/],
    'a time that is a number': [all(alert({}, {}, { startsAt: 1 })), 'QueryFailed', /time of an alert that is none/],
    'a time that is a word': [all(alert({}, {}, { endsAt: SECRET })), 'QueryFailed', /time of an alert that is none/],
    'a month that is none': [all(alert({}, {}, { endsAt: '2026-13-01T00:00:00Z' })), 'QueryFailed', /time of an alert/],
    '400 without a sentence': [raw(SECRET, 400), 'QueryFailed', /as an Alertmanager does \(400\)$/],
    '400 with a secret': [raw(`"no ${SECRET}"`, 400), 'QueryFailed', /^the source refuses the query \(400\)$/],
    '404': [raw(SECRET, 404), 'QueryFailed', /as an Alertmanager does \(404\)$/],
    '422': [raw(SECRET, 422), 'QueryFailed', /as an Alertmanager does \(422\)$/],
    '500': [raw(SECRET, 500), 'QueryFailed', /error of its own \(500\)$/],
    '503': [raw(SECRET, 503), 'SourceUnreachable', /unavailable \(503\)$/],
    '401': [raw(SECRET, 401), 'SourceUnreachable', /^the source refuses the credentials \(401\)$/],
    '403': [raw(SECRET, 403), 'SourceUnreachable', /^the source refuses the credentials \(403\)$/],
    'a redirect': [raw(SECRET, 302, { location: `/${SECRET}` }), 'SourceUnreachable', /^redirects elsewhere \(302\)/],
    'no answer in time': [() => undefined, 'SourceUnreachable', /^no answer within 500 ms$/],
    'a reset': [(response) => response.socket?.resetAndDestroy(), 'SourceUnreachable', /^no answer \(/],
    'more bytes than are read': [raw(Buffer.alloc(200_000, ' ')), 'QueryFailed', /larger than 100000 bytes/],
    'more bytes than are read, packed': [
      raw(gzipSync(Buffer.alloc(5_000_000, ' ')), 200, { 'content-encoding': 'gzip' }),
      ...(['QueryFailed', /larger than/] as const),
    ],
    'more alerts than are read': [all(alert(), alert(), alert(), alert()), 'TooManySeries', /more than 3 alerts/],
  };
  test.each(Object.entries(lies))('%s', async (_, [answer, reason, message]) => {
    await start(() => answer, { bearerToken: SECRET, timeoutMs: 500, maxBytes: 100_000, maxAlerts: 3 });
    const reading = await read();
    expect(reading).toMatchObject({ kind: 'Unavailable', reason, message: expect.stringMatching(message) as unknown });
    expect(JSON.stringify(reading)).not.toContain(SECRET);
  });

  test('nobody there', async () => {
    await start(() => undefined);
    await server.stop();
    expect(await read()).toMatchObject({ reason: 'SourceUnreachable', message: 'no answer (ECONNREFUSED)' });
  });

  test('credentials and headers go along, below the path of the address', async () => {
    await start(() => all());
    const connection = {
      ...connectionTo(`${server.url}/alertmanager/`),
      headers: { 'X-Scope-OrgID': 'shop' },
      bearerToken: SECRET,
    };
    const { heartbeat: _ofPrometheus, ...withoutBeat } = connection;
    const under = newAlertmanagerReader(withoutBeat, { clock: clockAt(SLOT) });
    await under.kinds.alerts?.read({ query: EVERYTHING, slot: SLOT, maxAgeMs: 1 }, never);
    await under.close();
    expect(server.requests[0]?.path).toMatch(/^\/alertmanager\/api\/v2\/alerts\?/);
    expect(server.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${SECRET}`, 'x-scope-orgid': 'shop' });
  });

  test('the same question at the same slot is asked once; what failed is asked again', async () => {
    const answers = [raw('', 500), all(), all(), all()];
    await start(() => answers[server.requests.length - 1]);
    expect(await read()).toMatchObject({ kind: 'Unavailable' });
    await Promise.all([read(), read(), read()]);
    await read();
    expect(server.requests).toHaveLength(2);
    await read({ ...EVERYTHING, states: ['Active'] });
    await read(EVERYTHING, SLOT + 1);
    expect(server.requests).toHaveLength(4);
  });

  test('a slot older than maxAge is past, and nothing is asked', async () => {
    await start(() => all(), { clock: clockAt(SLOT + 300_001) });
    expect(await read()).toEqual({ kind: 'Unavailable', reason: 'NoHistory', message: 'past alerts can not be asked for' });
    expect(await read({ matchers: ['no'] }, SLOT + 1)).toMatchObject({ reason: 'QueryFailed' });
    expect(server.requests).toHaveLength(0);
  });

  test('gives up when the asker does', async () => {
    await start(() => () => undefined);
    const giveUp = new AbortController();
    const reading = alerts.read({ query: EVERYTHING, slot: SLOT, maxAgeMs: 300_000 }, giveUp.signal);
    giveUp.abort();
    expect(await reading).toMatchObject({ kind: 'Unavailable', reason: 'SourceUnreachable' });
  });
});

describe('the alert that always fires', () => {
  const heartbeat = 'alertname="Watchdog"';
  const isBeat = ({ path }: FakeRequest): boolean => decodeURIComponent(path).includes(heartbeat);
  const beat = (...told: Parameters<typeof alert>): FakeAnswer =>
    all(alert({ alertname: 'Watchdog', ...told[0] }, ...told.slice(1)));
  const missing = {
    kind: 'Unavailable',
    reason: 'IncompleteEvidence',
    message: expect.stringContaining('always fires') as unknown,
  };

  test.each<[string, FakeAnswer, object]>([
    ['while it fires, none is 0', beat(), { kind: 'Samples', samples: [{ labels: {}, value: 0 }] }],
    ['silenced it still fires', beat({}, { state: 'suppressed', silencedBy: ['x'] }), { kind: 'Samples' }],
    ['without it nothing is known', all(), missing],
    ['once it has ended nothing is known', beat({}, {}, { endsAt: iso(SLOT) }), missing],
    ['it began after the slot', beat({}, {}, { startsAt: iso(SLOT + 1) }), missing],
    ['it can not be asked for', raw('', 503), { kind: 'Unavailable', reason: 'SourceUnreachable' }],
  ])('%s', async (_, answer, want) => {
    await start((request) => (isBeat(request) ? answer : all()), { heartbeat });
    expect(await read()).toMatchObject(want);
    expect(server.requests.map(isBeat)).toEqual([false, true]);
  });

  test('one that is no matcher is named as such', async () => {
    await start(() => all(), { heartbeat: 'count(up)' });
    const message = expect.stringMatching(/^the heartbeat of the source: matcher 1 is not a label/) as unknown;
    expect(await read()).toEqual({ kind: 'Unavailable', reason: 'QueryFailed', message });
    expect(await alerts.check({ query: EVERYTHING, maxAgeMs: 1 }, never)).toEqual({ reason: 'InvalidQuery', message });
  });
});

test('the past is not to be had', async () => {
  await start(() => all());
  const range = { from: SLOT - 60_000, to: SLOT, stepMs: 30_000 };
  const readings = await alerts.readRange({ query: EVERYTHING, maxAgeMs: 300_000, ...range }, never);
  expect(readings).toEqual(
    Array(3).fill({ kind: 'Unavailable', reason: 'NoHistory', message: 'past alerts can not be asked for' }),
  );
  expect(await reader.wasCollecting(range, never)).toEqual([false, false, false]);
  expect(server.requests).toHaveLength(0);
});

describe('check', () => {
  test.each<[string, FakeAnswer, string | undefined]>([
    ['matchers that the source takes', all(), undefined],
    ['a refusal with line breaks in it', raw('"no\\r\\nway"', 400), 'no way'],
    ['a refusal with a secret in it', raw(`"no ${SECRET}"`, 400), 'the source refuses the query (400)'],
    ['a 400 of something else', raw(SECRET, 400), undefined],
    ['a source that is broken', raw('', 500), undefined],
    ['a source that refuses the credentials', raw('', 401), undefined],
    ['a source that hangs', () => undefined, undefined],
  ])('%s', async (_, answer, message) => {
    await start(() => answer, { timeoutMs: 300, bearerToken: SECRET });
    const want = message === undefined ? undefined : { reason: 'InvalidQuery', message };
    expect(await alerts.check({ query: EVERYTHING, maxAgeMs: 1 }, never)).toEqual(want);
    expect(parametersOf(0).get('active')).toBe('false');
  });

  test('what is no matcher is not sent at all', async () => {
    await start(() => all());
    const message = 'matcher 1 has a double quote in its value that needs a backslash before it';
    const refusal = { reason: 'InvalidQuery', message };
    expect(await alerts.check({ query: { matchers: ['a="b",c="d"'] }, maxAgeMs: 1 }, never)).toEqual(refusal);
    expect(server.requests).toHaveLength(0);
  });
});

describe('probe', () => {
  const not = (reason: string) => ({ kind: 'NotAnswering', reason, message: expect.any(String) as unknown });
  test.each<[string, FakeAnswer, object]>([
    ['a version of another form', { body: { versionInfo: { version: `<${SECRET}>` } } }, { kind: 'Answering' }],
    ['a page', raw(SECRET), not('BadAnswer')],
    ['no version', { body: {} }, not('BadAnswer')],
    ['404', raw(SECRET, 404), not('BadAnswer')],
    ['401', raw(SECRET, 401), not('Unauthorized')],
    ['503', raw(SECRET, 503), not('ServerError')],
    ['a redirect', raw(SECRET, 302, { location: '/' }), not('BadAnswer')],
    ['no answer', () => undefined, { ...not('Unreachable'), message: 'no answer within 300 ms' }],
  ])('%s', async (_, answer, want) => {
    await start(({ path }) => (path === '/api/v2/status' ? answer : undefined), { timeoutMs: 300 });
    const found = await reader.probe(never);
    expect(found).toMatchObject(want);
    expect(JSON.stringify(found)).not.toContain(SECRET);
  });
});
