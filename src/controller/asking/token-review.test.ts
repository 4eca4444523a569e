import { type FakeApiServer, json, startFakeApiServer } from '../../kube/stand-ins.ts';
import { mayDo } from './access-review.ts';
import { newTokenReview } from './token-review.ts';

const SCOPES = { 'scopes.example.org': ['user:info'] };
const ADA = { username: 'ada', uid: 'u-1', groups: ['team'], extra: SCOPES };
const RIGHT = { verb: 'list', resource: 'incidents', namespace: 'shop' };

let server: FakeApiServer;
let now: number;
/** Whether the API server knows the token; `away`: it does not say. */
let isKnown: boolean | 'away';

beforeEach(async () => {
  [now, isKnown] = [Date.UTC(2026, 10, 28), true];
  server = await startFakeApiServer(({ url }, response) => {
    if (isKnown === 'away') json(response, 403, { kind: 'Status', reason: 'Forbidden' });
    else if (url.pathname.endsWith('/tokenreviews'))
      json(response, 201, { status: isKnown ? { authenticated: true, user: ADA } : { authenticated: false } });
    else json(response, 201, { status: { allowed: true } });
  });
});
afterEach(() => server.stop());

const reviewing = () => newTokenReview(server.transport(), { now: () => now });
const WHO = { user: 'ada', groups: ['team'], uid: 'u-1', extra: SCOPES };

test('a right is asked for with all that the token says of its owner, its scopes too', async () => {
  const who = await reviewing()('sesame');
  expect(who).toEqual(WHO);
  expect(await mayDo(server.transport(), who!, RIGHT)).toBe(true);
  expect(JSON.parse(server.asked.at(-1)!.body)).toMatchObject({
    spec: {
      ...{ user: 'ada', groups: ['team', 'system:authenticated'], uid: 'u-1', extra: SCOPES },
      resourceAttributes: { group: 'assay.dev', ...RIGHT },
    },
  });
});

test('a token that was revoked is let in for ten seconds at most, even if the clock goes back', async () => {
  const whose = reviewing();
  await whose('sesame');
  isKnown = false;
  now += 9_999;
  expect(await whose('sesame')).toEqual(WHO);
  now -= 3_600_000;
  expect(await whose('sesame')).toBeUndefined();
});

test('that the API server did not say is not remembered', async () => {
  const whose = reviewing();
  isKnown = 'away';
  await expect(whose('sesame')).rejects.toThrow();
  isKnown = true;
  expect(await whose('sesame')).toEqual(WHO);
});
