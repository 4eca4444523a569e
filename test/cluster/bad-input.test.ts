import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fetch } from 'undici';

import { freePort, type Prometheus } from '../../src/parts/index.ts';

import { readEvidenceLog } from './evidence-log.ts';
import { type LyingSource, startLyingSource } from './lying-source.ts';
import { criterion, namespace, secret, source } from './manifests.ts';
import { complaintsIn, eventually, openWorld, type TestOperator, type World } from './operator-world.ts';

const LONG_MS = 90_000;
// As `htpasswd -B` writes it.
const PASSWORD = 'LEAK-of-a-password-c0de';
const PASSWORD_HASH = '$2y$04$abcdefghijklmnopqrstuusmb4SardTIiS20r/gS99uHIyOZsXhGC';

let world: World;
let operator: TestOperator;
let counting: LyingSource;
let prometheus: Prometheus;
let closed: Prometheus;
let late: Prometheus;
let portOfNobody: number;

const status = async (name: string) => (await world.api.get('CertificationCriterion', `shop/${name}`)).status;
const condition = async (name: string, type: string) => (await status(name))?.conditions?.find((each) => each.type === type);
const reachable = async (name: string) => (await world.api.get('EvidenceSource', name)).status?.conditions?.[0];
const verdictOf = async (name: string) => (await status(name))?.verdict;
const passes = (name: string) => eventually(async () => expect(await verdictOf(name)).toBe('Pass'), 60_000);

/** Waits until a criterion says that it can not be judged, and why; then it proves nothing. */
async function isNotReady(name: string, reason: string, message: string | RegExp): Promise<void> {
  await eventually(async () => {
    const ready = await condition(name, 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason });
    expect(ready?.message).toMatch(message);
    expect(await verdictOf(name)).toBe('Inconclusive');
  }, 60_000);
}

const constant = { query: 'vector(1)' };
const grants = { namespaces: { from: 'Selector', selector: { matchLabels: { audited: 'yes' } } } } as const;
const login = { auth: { basic: { username: 'assay', password: { name: 'login', key: 'password' } } } };

beforeAll(async () => {
  [world, counting, portOfNobody] = await Promise.all([openWorld(), startLyingSource(), freePort()]);
  const webConfig = join(world.session.dir, 'web.yml');
  await writeFile(webConfig, '');
  [prometheus, closed] = await Promise.all([
    world.startPrometheus({}),
    world.startPrometheus({ extraFlags: [`--web.config.file=${webConfig}`] }),
  ]);
  // Prometheus reads this file at each request.
  await writeFile(webConfig, `basic_auth_users: { assay: '${PASSWORD_HASH}' }`);
  operator = await world.startOperator();
  const foreign = { service: 'somebody', period: { type: 'Range', from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z' } };
  await world.api.apply(
    namespace('shop'),
    source('prometheus', prometheus.url),
    source('counting', counting.url('counting')),
    source('granted', prometheus.url, grants),
    source('closed', closed.url, login),
    source('keyless', closed.url, { auth: { basic: { username: 'assay', password: { name: 'keyless', key: 'password' } } } }),
    secret('keyless', { passphrase: PASSWORD }),
    source('down', `http://127.0.0.1:${portOfNobody}`),
    { kind: 'EvidenceReport', metadata: { name: 'taken', namespace: 'shop' }, ...{ spec: foreign } },
    criterion('shop/good', { source: 'prometheus', ...constant }, { interval: '2s' }),
    criterion('shop/wrong-query', { source: 'prometheus', query: 'sum(rate(shop_requests_total[5m])' }),
    criterion('shop/no-source', { source: 'later', ...constant }),
    criterion('shop/not-granted', { source: 'granted', ...constant }),
    criterion('shop/closed', { source: 'closed', ...constant }),
    criterion('shop/keyless', { source: 'keyless', ...constant }),
    criterion('shop/down', { source: 'down', ...constant }),
    criterion('shop/taken', { source: 'prometheus', ...constant }),
    criterion('shop/twin-1', { source: 'counting', query: 'same' }, { service: 'twins' }),
    criterion('shop/twin-2', { source: 'counting', query: 'same' }, { service: 'twins' }),
  );
}, 60_000);

afterAll(async () => {
  await world.close();
  await counting.stop();
}, 60_000);

describe('is said, and never passes:', () => {
  test(
    'a query that is none, in the words of Prometheus',
    async () => {
      const query = 'sum(rate(shop_requests_total[5m])';
      const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { error } = (await answer.json()) as { error: string };
      expect(error).toContain('parse error');
      await isNotReady('wrong-query', 'InvalidQuery', error);
    },
    LONG_MS,
  );

  test(
    'a source that there is not',
    () => isNotReady('no-source', 'SourceNotFound', 'no EvidenceSource is named later'),
    LONG_MS,
  );

  test(
    'a source of somebody else',
    async () => {
      await isNotReady('not-granted', 'SourceNotAllowed', 'the EvidenceSource granted is not granted to namespace shop');
    },
    LONG_MS,
  );

  test(
    'a Secret that there is not',
    async () => {
      await isNotReady('closed', 'CredentialsMissing', "the Secret login is missing in the operator's namespace");
      expect(await reachable('closed')).toMatchObject({ status: 'False', reason: 'CredentialsMissing' });
    },
    LONG_MS,
  );

  test(
    'nobody at the address',
    async () => {
      await eventually(async () => {
        expect(await reachable('down')).toMatchObject({
          status: 'False',
          reason: 'Unreachable',
          message: 'no answer (ECONNREFUSED)',
        });
        const told = {
          outcome: 'Unknown',
          reason: 'SourceUnreachable',
          message: expect.stringContaining('ECONNREFUSED') as unknown,
        };
        expect(await status('down')).toMatchObject({ verdict: 'Inconclusive', observation: told });
      }, 60_000);
    },
    LONG_MS,
  );

  test(
    'a report that is somebody else’s: it is left alone, and the criterion is judged all the same',
    async () => {
      await eventually(async () => {
        expect(await condition('taken', 'Ready')).toMatchObject({ status: 'False', reason: 'ReportNameTaken' });
        expect(await verdictOf('taken')).toBe('Pass');
      }, 60_000);
      const { metadata, spec, status: said } = await world.api.get('EvidenceReport', 'shop/taken');
      expect({ owners: metadata.ownerReferences, labels: metadata.labels, service: spec.service, said }).toEqual({
        ...{ owners: undefined, labels: undefined, service: 'somebody', said: undefined },
      });
    },
    LONG_MS,
  );
});

test(
  'two criteria of a service with one query ask it once a slot',
  async () => {
    await Promise.all([passes('twin-1'), passes('twin-2')]);
    await eventually(() => expect(counting.asked('counting').length).toBeGreaterThan(5));
    const slots = counting.asked('counting').map(({ form }) => form['time']);
    expect(slots.length).toBe(new Set(slots).size);
    const log = (await readEvidenceLog(operator.store)).get('shop/twins');
    const judged = ['twin-1', 'twin-2'].map((name) => log?.observed(name).map(({ slot }) => slot) ?? []);
    // One of them may have been created in the second before.
    const both = Math.max(...judged.map(([first = 0]) => first));
    const [first, second] = judged.map((each) => each.filter((slot) => slot >= both));
    expect(first?.length).toBeGreaterThan(0);
    expect(first).toEqual(second);
  },
  LONG_MS,
);

test(
  'a query that is none is not asked again and again',
  async () => {
    const refusals = async (): Promise<number> => {
      const text = await (await fetch(`${prometheus.url}/metrics`)).text();
      return Number(/http_requests_total\{code="400",handler="\/api\/v1\/query"\} (\d+)/.exec(text)?.[1]);
    };
    const before = await refusals();
    const judged = async () => (await readEvidenceLog(operator.store)).get('shop/wrong-query')?.observed().length ?? 0;
    const slots = await judged();
    await eventually(async () => expect(await judged()).toBeGreaterThan(slots + 5));
    // Another source of this server may find out late what it does with `lookback_delta`, which takes one refusal.
    expect((await refusals()) - before).toBeLessThan(3);
  },
  LONG_MS,
);

describe('without a restart, it passes once', () => {
  beforeAll(async () => {
    await world.api.apply(
      secret('login', { password: 'wrong' }),
      secret('keyless', { password: PASSWORD }),
      source('later', prometheus.url),
      criterion('shop/wrong-query', { source: 'prometheus', ...constant }),
    );
    await world.api.patch('Namespace', 'shop', { metadata: { labels: { audited: 'yes' } } });
    await world.api.remove('EvidenceReport', 'shop/taken');
    late = await world.startPrometheus({ port: portOfNobody });
  }, LONG_MS);

  test(
    'the Secret is there and right',
    async () => {
      await eventually(async () => {
        expect(await reachable('closed')).toMatchObject({ status: 'False', reason: 'Unauthorized' });
        const told = {
          outcome: 'Unknown',
          message: expect.stringContaining('the source refuses the credentials (401)') as unknown,
        };
        expect(await status('closed')).toMatchObject({ verdict: 'Inconclusive', observation: told });
      }, 60_000);
      await world.api.apply(secret('login', { password: PASSWORD }));
      await Promise.all([passes('closed'), passes('keyless')]);
      await eventually(async () => expect(await reachable('closed')).toMatchObject({ status: 'True' }), 60_000);
    },
    LONG_MS,
  );

  test(
    'the query is one',
    async () => {
      await passes('wrong-query');
      expect(await condition('wrong-query', 'Ready')).toMatchObject({ status: 'True', reason: 'Evaluating' });
    },
    LONG_MS,
  );

  test('the source is there', () => passes('no-source'), LONG_MS);

  test('the namespace is granted the source', () => passes('not-granted'), LONG_MS);

  test(
    'somebody is at the address',
    async () => {
      await passes('down');
      await eventually(async () => {
        const events = await world.api.events('EvidenceSource', 'down');
        expect(events.map(({ reason }) => reason)).toEqual(['SourceUnreachable', 'SourceReachable']);
      });
    },
    LONG_MS,
  );

  test(
    'the other report is gone',
    async () => {
      await eventually(async () => {
        expect(await condition('taken', 'Ready')).toMatchObject({ status: 'True', reason: 'Evaluating' });
        const { metadata, status: said } = await world.api.get('EvidenceReport', 'shop/taken');
        expect(metadata.ownerReferences?.[0]).toMatchObject({ kind: 'CertificationCriterion', name: 'taken' });
        expect(said?.verdict).toBe('Pass');
      }, 60_000);
    },
    LONG_MS,
  );
});

describe('what was good is so no longer when', () => {
  beforeAll(async () => {
    await world.api.remove('Secret', 'assay-system/login');
    await world.api.patch('Namespace', 'shop', { metadata: { labels: { audited: null } } });
    await world.api.remove('EvidenceSource', 'later');
    await world.api.apply(criterion('shop/wrong-query', { source: 'prometheus', query: 'vector(1' }));
    await late.daemon.stop();
  }, LONG_MS);

  test(
    'Prometheus stops; and it is again when it runs again',
    async () => {
      await eventually(async () => {
        expect(await reachable('down')).toMatchObject({ status: 'False', reason: 'Unreachable' });
        expect(await status('down')).toMatchObject({ verdict: 'Inconclusive', observation: { reason: 'SourceUnreachable' } });
      }, 60_000);
      await late.daemon.start();
      await passes('down');
      await eventually(async () => expect(await reachable('down')).toMatchObject({ status: 'True' }), 60_000);
    },
    LONG_MS,
  );

  test('the Secret goes', () => isNotReady('closed', 'CredentialsMissing', 'the Secret login is missing'), LONG_MS);

  test('the grant goes', () => isNotReady('not-granted', 'SourceNotAllowed', 'not granted to namespace shop'), LONG_MS);

  test('the source goes', () => isNotReady('no-source', 'SourceNotFound', 'no EvidenceSource is named later'), LONG_MS);

  test('the query breaks', () => isNotReady('wrong-query', 'InvalidQuery', 'parse error'), LONG_MS);
});

test('nobody waited for what was wrong: the good one was judged at every slot', async () => {
  const observed = (await readEvidenceLog(operator.store)).get('shop/good')?.observed() ?? [];
  const first = observed[0]?.slot ?? 0;
  expect(observed.map(({ slot }) => slot)).toEqual(observed.map((_, index) => first + index * 2_000));
  expect(observed.filter(({ readBack, outcome }) => readBack || outcome !== 'Met')).toEqual([]);
  expect(observed.length).toBeGreaterThan(5);
});

test('no password shows anywhere', async () => {
  const log = await readEvidenceLog(operator.store);
  const shown = {
    logged: await operator.logged(),
    metrics: await operator.metrics(),
    events: JSON.stringify(await world.api.list('Event')),
    criteria: JSON.stringify(await world.api.list('CertificationCriterion')),
    sources: JSON.stringify(await world.api.list('EvidenceSource')),
    log: JSON.stringify([...log].map(([, service]) => [service.records, service.observed()])),
  };
  const forms = [PASSWORD, Buffer.from(PASSWORD).toString('base64'), Buffer.from(`assay:${PASSWORD}`).toString('base64')];
  for (const [where, text] of Object.entries(shown)) {
    expect({ where, found: forms.filter((form) => text.includes(form)) }).toEqual({ where, found: [] });
  }
  expect(shown.logged).toContain('operator started');
  expect(complaintsIn(shown.logged)).toEqual([]);
});
