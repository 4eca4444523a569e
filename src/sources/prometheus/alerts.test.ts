import { systemClock } from '../../platform/clock.ts';
import type { Connection, KindReader, Questions } from '../source.ts';
import { type AlertsAccess, newPrometheusAlerts } from './alerts.ts';
import { newPrometheusClient, type PrometheusClient } from './client.ts';
import { type FakeAnswer, type FakeRequest, refused, success } from './fake-server.ts';
import { AT, connectionTo, matrix, never, raw, SLOT, startReader, type TestReader, vector } from './test-reader.ts';

const SECRET = 'tok3n-that-must-not-leak';
const DISK = { matchers: ['alertname="DiskFull"'] };
const count = (alertname: string, value: string) => ({ metric: { alertname }, value: [AT, value] });
const rule = (more: object = {}) => ({ type: 'alerting', name: 'DiskFull', labels: {}, health: 'ok', ...more });
const rules = (...some: object[]): FakeAnswer => success({ groups: [{ rules: some }] });
const isRules = ({ path }: FakeRequest): boolean => path.startsWith('/api/v1/rules');

let made: TestReader;
let client: PrometheusClient;
let alerts: KindReader<Questions['alerts']>;
const start = async (
  answers: { query?: FakeAnswer; rules?: FakeAnswer },
  { clock = systemClock, maxRules = 10_000, ...more }: Partial<Connection & AlertsAccess> = {},
): Promise<void> => {
  const connection: Partial<Connection> = { bearerToken: SECRET, timeoutMs: 500, ...more };
  made = await startReader((request) => (isRules(request) ? answers.rules : answers.query), { ...connection, maxBytes: 100_000 });
  client = newPrometheusClient({ ...connectionTo(made.server.url), ...connection }, { maxBytes: 100_000 });
  alerts = newPrometheusAlerts({ queries: made.reader, client, clock, maxRules });
};
afterEach(async () => {
  await client.close();
  await made.stop();
});
const read = (query: Questions['alerts'] = DISK, slot = SLOT) => alerts.read({ query, slot, maxAgeMs: 300_000 }, never);
const rulesAsked = (): number => made.server.requests.filter(isRules).length;
const zero = { kind: 'Samples', samples: [{ labels: {}, value: 0 }] };

describe('read', () => {
  test('counts what fires by name, and does not ask for rules then', async () => {
    await start({ query: vector(count('DiskFull', '2'), count('Slow', '1')) });
    expect(await read({ matchers: ['severity=~"a|b"', String.raw`path!="\"\d"`] })).toEqual({
      kind: 'Samples',
      samples: [
        { labels: { alertname: 'DiskFull', state: 'active' }, value: 2 },
        { labels: { alertname: 'Slow', state: 'active' }, value: 1 },
      ],
    });
    const query = String.raw`count by (alertname) (ALERTS{alertstate="firing",severity=~"a|b",path!="\"\\d"})`;
    expect(made.asked()[0]?.form).toMatchObject({ query, time: '1700000000.000' });
    expect(rulesAsked()).toBe(0);
  });

  test('none is 0 where a rule could have raised it', async () => {
    await start({ query: vector(), rules: rules(rule()) });
    expect(await read()).toEqual(zero);
    expect(made.server.requests.filter(isRules)[0]).toMatchObject({
      path: '/api/v1/rules?type=alert&exclude_alerts=true',
      headers: { authorization: `Bearer ${SECRET}` },
    });
  });

  test('states that Prometheus does not know are 0 on the same condition, and no query is asked', async () => {
    await start({ rules: rules(rule()) });
    expect(await read({ ...DISK, states: ['Silenced', 'Inhibited'] })).toEqual(zero);
    expect(await read({ matchers: ['alertname="Slow"'], states: ['Silenced'] })).toMatchObject({ reason: 'EmptyResult' });
    expect(made.asked()).toHaveLength(0);
  });

  test('a partial answer stays one', async () => {
    await start({ query: success({ resultType: 'vector', result: [] }, { warnings: ['x'] }), rules: rules(rule()) });
    expect(await read()).toEqual({ ...zero, partial: 'the source gave warnings with its answer' });
  });

  const answers: Record<string, [{ query?: FakeAnswer; rules?: FakeAnswer }, string, RegExp]> = {
    'no rule matches': [{ rules: rules(rule({ name: 'Slow' })) }, 'EmptyResult', /^no alerting rule matches/],
    'no rules at all': [{ rules: rules() }, 'EmptyResult', /^no alerting rule matches/],
    'a broken rule': [{ rules: rules(rule({ health: 'err', lastError: SECRET })) }, 'QueryFailed', /^the rule DiskFull can not/],
    'a rule that is not evaluated any more': [
      { rules: rules(rule({ lastEvaluation: '2020-01-01T00:00:00Z' })) },
      'StaleData',
      /maxAge/,
    ],
    'rules of which the source warns': [
      { rules: success({ groups: [] }, { warnings: [SECRET] }) },
      'PartialAnswer',
      /^nothing fires, but of the rules: .*warnings/,
    ],
    'more rules than are looked at': [
      { rules: rules(rule(), rule(), rule(), rule()) },
      'TooManySeries',
      /^nothing fires, but of the rules: .*more than 3 rules/,
    ],
    'rules in more bytes than are read': [
      { rules: raw(Buffer.alloc(200_000, ' ')) },
      'QueryFailed',
      /^nothing fires, but of the rules: .*larger than 100000/,
    ],
    'a page for the rules': [
      { rules: raw(`<html>${SECRET}`) },
      'QueryFailed',
      /^nothing fires, but of the rules: .*the answer is not JSON$/,
    ],
    'rules of another shape': [
      { rules: success([SECRET]) },
      'QueryFailed',
      /^nothing fires, but of the rules: .*no object for data/,
    ],
    '404 for the rules': [{ rules: raw(SECRET, 404) }, 'QueryFailed', /\(404\)$/],
    '500 for the rules': [{ rules: raw(SECRET, 500) }, 'QueryFailed', /\(500\)$/],
    '503 for the rules': [{ rules: raw(SECRET, 503) }, 'SourceUnreachable', /\(503\)$/],
    '403 for the rules': [{ rules: raw(SECRET, 403) }, 'SourceUnreachable', /refuses the credentials \(403\)$/],
    'no rules in time': [{ rules: () => undefined }, 'SourceUnreachable', /no answer within 500 ms$/],
  };
  test.each(Object.entries(answers))('nothing fires, and %s', async (_, [answer, reason, message]) => {
    await start({ query: vector(), ...answer }, { maxRules: 3 });
    const reading = await read();
    expect(reading).toMatchObject({ kind: 'Unavailable', reason, message: expect.stringMatching(message) as unknown });
    expect(JSON.stringify(reading)).not.toContain(SECRET);
  });

  test.each<[string, FakeAnswer, string]>([
    ['404', raw(SECRET, 404), 'QueryFailed'],
    ['500', raw(SECRET, 500), 'QueryFailed'],
    ['401', raw(SECRET, 401), 'SourceUnreachable'],
    ['no answer in time', () => undefined, 'SourceUnreachable'],
    ['a page', raw(SECRET), 'QueryFailed'],
    ['a count that is none', vector(count('DiskFull', SECRET)), 'QueryFailed'],
    ['more bytes than are read', raw(Buffer.alloc(200_000, ' ')), 'QueryFailed'],
  ])('the query itself fails: %s', async (_, answer, reason) => {
    await start({ query: answer, rules: rules(rule()) });
    const reading = await read();
    expect(reading).toMatchObject({ kind: 'Unavailable', reason });
    expect(JSON.stringify(reading)).not.toContain(SECRET);
    expect(rulesAsked()).toBe(0);
  });

  test('rules serve for half a minute; a failure does not, and neither do rules that wait for their first evaluation', async () => {
    let now = SLOT;
    const answer: { query: FakeAnswer; rules: FakeAnswer } = { query: vector(), rules: raw('', 500) };
    await start(answer, { clock: { ...systemClock, now: () => now } });
    expect(await read()).toMatchObject({ kind: 'Unavailable' });
    answer.rules = rules(rule({ health: 'unknown' }));
    expect(await read()).toMatchObject({ message: 'the rule DiskFull has not been evaluated yet' });
    answer.rules = rules(rule());
    await Promise.all([read(), read({ matchers: ['alertname=~"D.*"'] })]);
    await read();
    expect(rulesAsked()).toBe(3);
    now += 30_001;
    await read();
    expect(rulesAsked()).toBe(4);
  });
});

describe('readRange', () => {
  const range = { from: SLOT - 20_000, to: SLOT, stepMs: 10_000, maxAgeMs: 300_000 };
  const points = matrix({ metric: { alertname: 'DiskFull' }, values: [[AT - 10, '1']] });
  const fired = { kind: 'Samples', samples: [{ labels: { alertname: 'DiskFull', state: 'active' }, value: 1 }] };

  const unknown = expect.objectContaining({ kind: 'Unavailable', reason: 'NoHistory' }) as unknown;

  test('slot for slot; where nothing fired nothing is known, as the rules of now need not have been there', async () => {
    await start({ query: points, rules: rules(rule()) });
    expect(await alerts.readRange({ query: DISK, ...range }, never)).toEqual([unknown, fired, unknown]);
    expect(rulesAsked()).toBe(0);
  });

  test('states that Prometheus does not know, and matchers that are none', async () => {
    await start({ rules: rules(rule()) });
    expect(await alerts.readRange({ query: { ...DISK, states: ['Inhibited'] }, ...range }, never)).toEqual([
      unknown,
      unknown,
      unknown,
    ]);
    const unread = await alerts.readRange({ query: { matchers: ['x'] }, ...range }, never);
    expect(unread).toEqual(Array(3).fill(expect.objectContaining({ kind: 'Unavailable', reason: 'QueryFailed' })));
  });
});

describe('check', () => {
  test.each<[string, string[], FakeAnswer, string | undefined]>([
    ['matchers that the source takes', DISK.matchers, vector(), undefined],
    ['matchers that the source refuses', DISK.matchers, refused(400, 'bad_data', '1:1: parse error'), '1:1: parse error'],
    ['a source that is broken', DISK.matchers, raw('', 500), undefined],
    ['what is no matcher', ['a="b"', 'c'], vector(), 'matcher 2 is not a label, one of = != =~ !~, and a value in double quotes'],
    ['no regular expression', ['a="b"', 'c=~"("'], vector(), 'matcher 2 has a regular expression that RE2 does not know'],
    ['the state of the series', ['alertstate="pending"'], vector(), 'matcher 1 is of a label that Prometheus keeps for itself'],
    ['the name of the series', ['__name__="up"'], vector(), 'matcher 1 is of a label that Prometheus keeps for itself'],
  ])('%s', async (_, matchers, query, message) => {
    await start({ query });
    const want = message === undefined ? undefined : { reason: 'InvalidQuery', message };
    expect(await alerts.check({ query: { matchers }, maxAgeMs: 300_000 }, never)).toEqual(want);
  });
});
