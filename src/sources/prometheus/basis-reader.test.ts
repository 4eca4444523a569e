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
