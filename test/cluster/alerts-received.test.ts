import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { notificationOf, webhookAlert } from '../../src/inbox/examples.ts';
import { openInbox } from '../../src/inbox/index.ts';
import { type Authority, newAuthority } from '../../src/parts/authority.ts';
import { type Alertmanager, fetchParts, startAlertmanager } from '../../src/parts/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import { type IntakeResult, newIntake, startWeb } from '../../src/web/index.ts';
import { criterion, namespace, secret, source } from './manifests.ts';
import { eventually, openWorld, type TestOperator, type World } from './operator-world.ts';

// A real Alertmanager sends by its webhook to a real operator: with a token, and with a client certificate.

const TOKEN = 'a-token-of-the-tests';
const WITHIN_MS = 120_000;
const QUICK = { group_by: ['assay'], group_wait: '0s', group_interval: '1s', repeat_interval: '1s' };

let world: World;
let authority: Authority;
let bin: string;
beforeAll(async () => {
  world = await openWorld();
  const { dir, signal } = world.session;
  ({ alertmanager: bin } = await fetchParts(['alertmanager'], { env: process.env, say: () => undefined, signal }));
  authority = await newAuthority(join(dir, 'authority'));
}, WITHIN_MS);
afterAll(() => world.close(), WITHIN_MS);

const start = (name: string, config: Record<string, unknown>): Promise<Alertmanager> =>
  world.session.use(startAlertmanager({ dir: join(world.session.dir, name), bin, config, signal: world.session.signal }));

/** Sends alerts as Prometheus does. */
async function raise({ url }: Alertmanager, alertname: string, endsAt?: Date): Promise<void> {
  const times = { startsAt: new Date(Date.now() - 1_000), ...(endsAt && { endsAt }) };
  const body = JSON.stringify([{ labels: { alertname, service: 'shop' }, ...times }]);
  const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(answer.status).toBe(200);
}

describe('what fires fails a criterion, what ended passes it, and silence does neither', () => {
  let operator: TestOperator;
  let alertmanager: Alertmanager;
  const NAMES = ['by-token', 'by-certificate'];
  const verdicts = (): Promise<unknown[]> =>
    Promise.all(
      NAMES.map(async (name) => {
        const { status } = await world.api.get('CertificationCriterion', `shop/${name}`);
        return (status as { verdict?: unknown } | undefined)?.verdict;
      }),
    );
  const allAre = (verdict: string): Promise<void> =>
    eventually(async () => expect(await verdicts()).toEqual([verdict, verdict]), 40_000);

  beforeAll(async () => {
    const folder = join(world.session.dir, 'intake-tls');
    await mkdir(folder);
    const own = await authority.issue({ names: 'DNS:intake.example' });
    const files = { 'tls.crt': own.certPath, 'tls.key': own.keyPath, 'ca.crt': authority.caPath };
    await Promise.all(Object.entries(files).map(([name, from]) => copyFile(from, join(folder, name))));
    operator = await world.startOperator({ intakeTls: folder });
    const received = (intake: object) => ({
      ...{ prometheus: undefined, heartbeat: 'alertname="Watchdog"', evaluationDelay: '2s' },
      alertmanager: { intake: { heartbeatWithin: '8s', ...intake } },
    });
    const asked = (name: string) =>
      criterion(
        `shop/${name}`,
        { source: name },
        {
          evidence: [
            { name: 'up', allowPartial: true, alerts: { source: name, matchers: ['alertname!="Watchdog"', 'service=~"sh.p"'] } },
          ],
          rule: { threshold: { evidence: 'up', op: '==', value: 0, match: 'All' } },
        },
      );
    await world.api.apply(
      namespace('shop'),
      secret('am-intake', { token: TOKEN }),
      source('by-token', '', received({ token: { name: 'am-intake', key: 'token' } }) as object),
      source('by-certificate', '', received({ clientNames: ['alertmanager.monitoring'] }) as object),
      ...NAMES.map(asked),
    );
    const client = await authority.issue({ names: 'DNS:alertmanager.monitoring' });
    const tls = {
      ca_file: authority.caPath,
      cert_file: client.certPath,
      key_file: client.keyPath,
      server_name: 'intake.example',
    };
    alertmanager = await start('alertmanager', {
      route: {
        ...{ receiver: 'nobody', ...QUICK },
        routes: [
          { receiver: 'by-token', continue: true },
          { receiver: 'by-certificate', continue: true },
        ],
      },
      receivers: [
        { name: 'nobody' },
        webhook('by-token', operator.url, { authorization: { credentials: TOKEN } }),
        webhook('by-certificate', `https://127.0.0.1:${operator.intakePort}`, { tls_config: tls }),
      ],
    });
  }, WITHIN_MS);

  const webhook = (name: string, url: string, http_config: object): object => ({
    name,
    webhook_configs: [{ url: `${url}/intake/alertmanager/${name}`, http_config }],
  });

  test(
    'nothing was ever sent: that proves nothing',
    async () => {
      await allAre('Inconclusive');
      await eventually(async () => {
        const { status } = await world.api.get('CertificationCriterion', 'shop/by-token');
        expect(JSON.stringify(status)).toContain('the alert that always fires was not received in the 8s before');
      });
    },
    WITHIN_MS,
  );

  test(
    'the alert that always fires comes: none is a Pass',
    () => raise(alertmanager, 'Watchdog').then(() => allAre('Pass')),
    WITHIN_MS,
  );

  test('one fires', () => raise(alertmanager, 'DiskFull').then(() => allAre('Fail')), WITHIN_MS);

  test('it has ended', () => raise(alertmanager, 'DiskFull', new Date()).then(() => allAre('Pass')), WITHIN_MS);

  test(
    'Alertmanager falls silent: that nothing fires is not known any more',
    async () => {
      await alertmanager.daemon.stop();
      await allAre('Inconclusive');
      expect(await operator.metrics()).not.toMatch(/outcome="(refused|full|store_failed|overloaded)"/);
      expect(await operator.logged()).not.toContain(TOKEN);
    },
    WITHIN_MS,
  );
});

test(
  'a full inbox answers 503: Alertmanager comes again, and nothing is lost',
  async () => {
    const inbox = openInbox({
      path: join(world.session.dir, 'full.inbox.db'),
      clock: systemClock,
      maxAlerts: 2,
      maxAgeMs: 5_000,
    });
    const full = ['A', 'B'].map((alertname) => webhookAlert({ alertname }, { startsAt: 0, endsAt: Date.now() }));
    await inbox.tell('am', notificationOf(full));
    const results: IntakeResult['kind'][] = [];
    const intake = newIntake({ inbox, accessTo: () => ({ token: TOKEN }), onResult: ({ kind }) => results.push(kind) });
    const web = await startWeb({
      ...{ host: '127.0.0.1', port: 0 },
      registry: new Metrics().registry,
      notReady: () => undefined,
      intake: () => intake,
    });
    const url = `http://127.0.0.1:${web.port}/intake/alertmanager/am`;
    const alertmanager = await start('refused', {
      route: { receiver: 'assay', ...QUICK },
      receivers: [
        { name: 'assay', webhook_configs: [{ url, http_config: { basic_auth: { username: 'any', password: TOKEN } } }] },
      ],
    });
    await raise(alertmanager, 'Watchdog');
    await raise(alertmanager, 'DiskFull');
    const named = (): string[] => {
      const now = Date.now();
      return inbox.episodes({ source: 'am', from: now, to: now, limit: 9 }).map(({ labels }) => labels);
    };
    await eventually(() => expect(results).toContain('Full'));
    await eventually(() => expect(['Watchdog', 'DiskFull'].filter((name) => !named().join().includes(name))).toEqual([]), 60_000);
    expect(results.lastIndexOf('Full')).toBeLessThan(results.indexOf('Stored'));
    expect(new Set(results)).toEqual(new Set(['Full', 'Stored']));
    await alertmanager.stop();
    await web.close();
    inbox.close();
  },
  WITHIN_MS,
);
