import { systemClock } from '../../platform/clock.ts';
import type { Basis } from '../source.ts';
import { type FakeAnswer, type FakeRequest, refused, success } from './fake-server.ts';
import { never, raw, startReader, type TestReader, type TestReaderOptions } from './test-reader.ts';

const SECRET = 'tok3n-that-must-not-leak';
const PATH = '/api/v1/rules?type=record';

let made: TestReader;
afterEach(() => made.stop());

const rules = (query: string, more: object = {}): FakeAnswer =>
  success({ groups: [{ rules: [{ type: 'recording', name: 'shop:up', query, ...more }] }] });

async function start(answer: (request: FakeRequest) => FakeAnswer | undefined, options?: TestReaderOptions): Promise<void> {
  made = await startReader((request) => (request.path === PATH ? answer(request) : undefined), options);
}
const basis = (query = 'shop:up') => made.reader.kinds.prometheus!.basis!(query, never);
const asked = (): number => made.server.requests.filter(({ path }) => path === PATH).length;

/** A clock of which only the time of day is set. */
const handClock = (): typeof systemClock & { ms: number } => ({
  ...systemClock,
  ms: 1_000_000,
  now(): number {
    return this.ms;
  },
});

test('the rules behind a query are told, with the credentials of the source', async () => {
  await start(() => rules('max_over_time(up[5m])'), { bearerToken: SECRET });
  expect(await basis()).toMatchObject({
    ...{ kind: 'Basis', rules: [{ record: 'shop:up' }] },
    weak: ['shop:up: max_over_time hides every lower value of its range'],
  });
  expect(made.server.requests.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`);
});

test('a source without rules has none', async () => {
  await start(() => success({ groups: [] }));
  expect(await basis()).toMatchObject({ kind: 'Basis', rules: [], weak: [] });
});

test('the rules are asked for once in five minutes, for all queries', async () => {
  const clock = handClock();
  await start(() => rules('up'), { clock });
  await Promise.all([basis(), basis('up'), basis('other')]);
  expect(asked()).toBe(1);
  clock.ms += 300_000;
  await basis();
  expect(asked()).toBe(2);
});

test('while the rules stay the same, whatever else is told of them, it is the same object', async () => {
  const clock = handClock();
  let query = 'up';
  await start(() => rules(query, { evaluationTime: Math.random() }), { clock });
  const before = await basis();
  clock.ms += 300_000;
  expect(await basis()).toBe(before);
  query = 'up or vector(1)';
  clock.ms += 300_000;
  const after = await basis();
  expect((after as Basis).digest).not.toBe((before as Basis).digest);
});

test.each(
  Object.entries({
    'a server without rules (404)': [undefined, 'QueryFailed', /\(404\)$/],
    'an error of the server': [{ status: 500, body: SECRET }, 'QueryFailed', /error of its own/],
    'a server that is not ready': [{ status: 503, body: SECRET }, 'SourceUnreachable', /unavailable/],
    'credentials that are refused': [{ status: 403, body: SECRET }, 'SourceUnreachable', /refuses the credentials/],
    'a page': [raw(`<html>${SECRET}</html>`), 'QueryFailed', /not JSON/],
    'an error with status 200': [refused(200, 'internal', SECRET), 'QueryFailed', /no status of success/],
    'rules of a wrong type': [success({ groups: { [SECRET]: 1 } }), 'QueryFailed', /no list for groups/],
    'a part of the rules': [success({ groups: [] }, { warnings: [SECRET] }), 'PartialAnswer', /warnings/],
    'too much': [raw(`"${'x'.repeat(200_000)}"`), 'QueryFailed', /large|bytes/],
    'nothing in time': [() => undefined, 'SourceUnreachable', /time|answer/],
  } satisfies Record<string, [FakeAnswer | undefined, string, RegExp]>),
)('%s: what it rests on is unknown, not nothing', async (_sentence, [answer, reason, message]) => {
  await start(() => answer, { maxBytes: 100_000, timeoutMs: 300, bearerToken: SECRET });
  const found = await basis();
  expect(found).toMatchObject({ kind: 'Unavailable', reason, message: expect.stringMatching(message) as unknown });
  expect(JSON.stringify(found)).not.toContain(SECRET);
  expect(found).toHaveProperty('message', expect.stringContaining('its recording rules are not known: '));
});

test('a server that does not tell its rules is not asked by each query', async () => {
  await start(() => undefined);
  for (const query of ['a', 'b', 'c']) await basis(query);
  expect(asked()).toBe(1);
});

describe('alerts', () => {
  const ALERTS_PATH = '/api/v1/rules?type=alert&exclude_alerts=true';
  const alerting = (query: string): FakeAnswer =>
    success({ groups: [{ rules: [{ type: 'alerting', name: 'Down', query, duration: 60, labels: {}, health: 'ok' }] }] });
  const startBoth = async (alerts: () => FakeAnswer | undefined, options?: TestReaderOptions): Promise<void> => {
    made = await startReader(({ path }) => (path === PATH ? rules('up') : path === ALERTS_PATH ? alerts() : undefined), options);
  };
  const behindAlerts = (matchers = ['alertname="Down"']) => made.reader.kinds.alerts!.basis!({ matchers }, never);
  const askedForAlerts = (): number => made.server.requests.filter(({ path }) => path === ALERTS_PATH).length;

  test('the rules that raise them and those behind are told', async () => {
    await startBoth(() => alerting('shop:up < 1'), { bearerToken: SECRET });
    const found = await behindAlerts();
    expect(found).toMatchObject({ kind: 'Basis', rules: [{ record: 'Down', type: 'alerting' }, { record: 'shop:up' }] });
    expect(made.server.requests.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`);
  });

  test('they are asked for once in five minutes, and not for queries that rest on none', async () => {
    const clock = handClock();
    let query = 'up == 0';
    await startBoth(() => alerting(query), { clock });
    await basis();
    expect(askedForAlerts()).toBe(0);
    const [before] = await Promise.all([behindAlerts(), behindAlerts(['severity="x"']), basis('ALERTS')]);
    expect(await basis('ALERTS')).toMatchObject({ rules: [{ record: 'Down', type: 'alerting' }] });
    expect([asked(), askedForAlerts()]).toEqual([1, 1]);
    clock.ms += 300_000;
    expect(await behindAlerts()).toBe(before);
    query = 'up == 0 and on() vector(0)';
    clock.ms += 300_000;
    expect(((await behindAlerts()) as Basis).digest).not.toBe((before as Basis).digest);
    expect([asked(), askedForAlerts()]).toEqual([3, 3]);
  });

  test('states of alerts that are asked for do not matter', async () => {
    await startBoth(() => alerting('up == 0'));
    const silenced = await made.reader.kinds.alerts!.basis!({ matchers: ['alertname="Down"'], states: ['Silenced'] }, never);
    expect(silenced).toBe(await behindAlerts());
  });

  test.each(
    Object.entries({
      'a server that tells no alerting rules': [undefined, 'QueryFailed', /\(404\)$/],
      'credentials that are refused': [{ status: 401, body: SECRET }, 'SourceUnreachable', /refuses the credentials/],
      'rules of a wrong type': [success({ groups: [{ rules: [{ type: SECRET }] }] }), 'QueryFailed', /unknown type/],
      'a part of the rules': [success({ groups: [] }, { warnings: [SECRET] }), 'PartialAnswer', /warnings/],
    } satisfies Record<string, [FakeAnswer | undefined, string, RegExp]>),
  )('%s: what they rest on is unknown', async (_sentence, [answer, reason, message]) => {
    await startBoth(() => answer, { timeoutMs: 300, bearerToken: SECRET });
    const found = await behindAlerts();
    expect(found).toMatchObject({ kind: 'Unavailable', reason, message: expect.stringMatching(message) as unknown });
    expect(JSON.stringify(found)).not.toContain(SECRET);
    expect(found).toHaveProperty('message', expect.stringContaining('its rules are not known: '));
  });

  test.each([
    ['no matcher', ['x'], /matcher 1/],
    ['an expression that is too much work', ['alertname=~"(a?b?c?d?){100}x"'], /too many alerting rules/],
  ])('%s', async (_sentence, matchers, message) => {
    const many = Array.from({ length: 2_000 }, (_, index) => ({ type: 'alerting', name: `rule ${index}`, query: 'up' }));
    await startBoth(() => success({ groups: [{ rules: many }] }), { maxBytes: 1_000_000 });
    expect(await behindAlerts(matchers)).toMatchObject({
      kind: 'Unavailable',
      message: expect.stringMatching(message) as unknown,
    });
  });
});
