import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { stringify } from 'yaml';

import type { Reading } from '../../src/domain/sample.ts';
import {
  type Alertmanager,
  fetchParts,
  openSession,
  type Prometheus,
  type Session,
  startAlertmanager,
  startPrometheus,
} from '../../src/parts/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { newAlertmanagerReader } from '../../src/sources/alertmanager/index.ts';
import { newPrometheusAlerts } from '../../src/sources/prometheus/alerts.ts';
import { newPrometheusClient, type PrometheusClient } from '../../src/sources/prometheus/client.ts';
import { newPrometheusReader, type PrometheusReader } from '../../src/sources/prometheus/index.ts';
import type { Connection, EvidenceReader, KindReader, Questions } from '../../src/sources/source.ts';
import { eventually } from './operator-world.ts';

// A real Prometheus with alerting rules tells a real Alertmanager: what each of them says of alerts that fire, are silenced or
// inhibited, and end, and what is said while one of them has just begun.

const never = new AbortController().signal;
const FIVE_MINUTES = 300_000;

const RULES = {
  groups: [
    {
      ...{ name: 'shop', interval: '1s' },
      rules: [
        { alert: 'Watchdog', expr: 'vector(1)' },
        { alert: 'DiskFull', expr: 'disk_free < 10', for: '2s', labels: { severity: 'critical' } },
        { alert: 'Slow', expr: 'latency > 1', labels: { severity: 'warning', team: '{{ $labels.team }}' } },
        // Two series that are one afterwards: it can be read, and not be evaluated.
        {
          alert: 'Broken',
          expr: 'label_replace(latency, "instance", "x", "", "") and on() label_replace(twin, "s", "", "", "")',
        },
        { record: 'recorded', expr: 'sum(twin)' },
      ],
    },
  ],
};

const INHIBITING = {
  route: { receiver: 'nobody' },
  receivers: [{ name: 'nobody' }],
  inhibit_rules: [{ source_matchers: ['alertname="DiskFull"'], target_matchers: ['severity="warning"'] }],
};

const NONE: Reading = { kind: 'Samples', samples: [{ labels: {}, value: 0 }] };
const firing = (alertname: string, state = 'active', value = 1): object => ({
  kind: 'Samples',
  samples: [{ labels: { alertname, state }, value }],
});
const isThere = (reading: Reading | undefined): boolean => reading?.kind === 'Samples' && reading.samples.length > 0;
const named = (...names: string[]): Questions['alerts'] => ({ matchers: [`alertname=~"${names.join('|')}"`] });

describe.each(['prometheus2', 'prometheus3'] as const)('Alertmanager with %s', (part) => {
  const shown = { diskFree: 50, latency: [0.1, 0.1] };
  let session: Session;
  let target: Server;
  let alertmanager: Alertmanager;
  let prometheus: Prometheus;
  let ofAlertmanager: EvidenceReader;
  let forgetful: EvidenceReader;
  let queries: PrometheusReader;
  let client: PrometheusClient;
  let alerts: KindReader<Questions['alerts']>;

  const connectionTo = (url: string): Connection => ({
    ...{ url, headers: {}, tls: { insecureSkipVerify: false }, timeoutMs: 5_000, maxConcurrency: 8 },
  });
  const ask = (reader: KindReader<Questions['alerts']>, query: Questions['alerts']): Promise<Reading> =>
    reader.read({ query, slot: Date.now(), maxAgeMs: FIVE_MINUTES }, never);
  const fromAlertmanager = (query: Questions['alerts']) => ask(ofAlertmanager.kinds.alerts!, query);
  const fromPrometheus = (query: Questions['alerts']) => ask(alerts, query);

  beforeAll(async () => {
    session = await openSession();
    const { dir, signal } = session;
    target = createServer((_, response) => {
      const lines = [
        `disk_free ${shown.diskFree}`,
        ...shown.latency.map((value, index) => `latency{s="${index}",team="shop"} ${value}`),
        ...['a', 'b'].map((s) => `twin{s="${s}"} 1`),
      ];
      response.setHeader('content-type', 'text/plain').end(`${lines.join('\n')}\n`);
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const bins = await fetchParts([part, 'alertmanager'], { env: process.env, say: () => undefined, signal });
    alertmanager = await session.use(
      startAlertmanager({ dir: join(dir, 'alertmanager'), bin: bins.alertmanager, config: INHIBITING, signal }),
    );
    const rulesPath = join(dir, 'rules.yml');
    await mkdir(dir, { recursive: true });
    await writeFile(rulesPath, stringify(RULES));
    const config = stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [rulesPath],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
      scrape_configs: [
        { job_name: 'shop', static_configs: [{ targets: [`127.0.0.1:${(target.address() as AddressInfo).port}`] }] },
      ],
    });
    const extraFlags = ['--rules.alert.resend-delay=1s'];
    prometheus = await session.use(startPrometheus({ dir: join(dir, part), bin: bins[part], config, extraFlags, signal }));
    // Until all is scraped the rule that can not be evaluated has nothing to fail at.
    await eventually(async () =>
      expect(await (await fetch(`${prometheus.url}/api/v1/rules`)).text()).toContain('"health":"err"'),
    );
    ofAlertmanager = newAlertmanagerReader(
      { ...connectionTo(alertmanager.url), heartbeat: 'alertname="Watchdog"' },
      { clock: systemClock },
    );
    forgetful = newAlertmanagerReader(connectionTo(alertmanager.url), { clock: systemClock });
    queries = newPrometheusReader(connectionTo(prometheus.url), { clock: systemClock });
    client = newPrometheusClient(connectionTo(prometheus.url), { maxBytes: 1_000_000 });
    alerts = newPrometheusAlerts({ queries, client, clock: systemClock });
  }, 120_000);
  afterAll(async () => {
    await Promise.all([ofAlertmanager, forgetful, queries, client].map((reader) => reader.close()));
    await session.close();
    target.closeAllConnections();
    target.close();
  }, 30_000);

  test('while nothing fires both say 0', async () => {
    await eventually(async () => expect(await fromAlertmanager(named('DiskFull'))).toEqual(NONE));
    await eventually(async () => expect(await fromPrometheus(named('DiskFull'))).toMatchObject(NONE));
    await eventually(async () => expect(await fromAlertmanager(named('Watchdog'))).toEqual(firing('Watchdog')));
  }, 60_000);

  test('Prometheus says 0 only of rules that are there and can be evaluated', async () => {
    const unknown = (reason: string) => ({ kind: 'Unavailable', reason });
    expect(await fromPrometheus(named('DiskFul'))).toMatchObject(unknown('EmptyResult'));
    expect(await fromPrometheus(named('recorded'))).toMatchObject(unknown('EmptyResult'));
    expect(await fromPrometheus({ matchers: ['alertname="DiskFull"', 'severity="warning"'] })).toMatchObject(
      unknown('EmptyResult'),
    );
    expect(await fromPrometheus({ matchers: ['alertname="Slow"', 'team="shop"', 'instance!=""'] })).toMatchObject(NONE);
    expect(await fromPrometheus(named('Broken'))).toEqual({
      ...unknown('QueryFailed'),
      message: 'the rule Broken can not be evaluated',
    });
  }, 60_000);

  test('what fires counts, once it fires', async () => {
    shown.diskFree = 5;
    const from = Date.now();
    await eventually(async () => expect(await fromPrometheus(named('DiskFull', 'Slow'))).toMatchObject(firing('DiskFull')));
    await eventually(async () => expect(await fromAlertmanager(named('DiskFull', 'Slow'))).toEqual(firing('DiskFull')));
    const range = { from, to: from, stepMs: 250, maxAgeMs: FIVE_MINUTES };
    const past = await eventually(async () => {
      range.to = Date.now();
      const readings = await alerts.readRange({ query: named('DiskFull'), ...range }, never);
      expect(readings.at(-1)).toMatchObject(firing('DiskFull'));
      return readings;
    });
    const query = 'ALERTS{alertstate="pending"} unless ignoring(alertstate) ALERTS{alertstate="firing"}';
    const pending = await queries.readRange({ query, ...range }, never);
    const whilePending = past.filter((_, slot) => isThere(pending[slot]));
    expect(whilePending.length).toBeGreaterThan(4);
    // Nothing fired then; whether a rule was there already, nobody can tell afterwards.
    for (const reading of whilePending) expect(reading).toMatchObject({ kind: 'Unavailable', reason: 'NoHistory' });
    expect(await ofAlertmanager.kinds.alerts!.readRange({ query: named('DiskFull'), ...range }, never)).toContainEqual(
      expect.objectContaining({ reason: 'NoHistory' }),
    );
  }, 60_000);

  test('several of one name are counted; an inhibition and a silence are told by Alertmanager, and nothing of them by Prometheus', async () => {
    shown.latency = [2, 3];
    await eventually(async () => expect(await fromAlertmanager(named('Slow'))).toEqual(firing('Slow', 'inhibited', 2)));
    await silence('alertname', 'DiskFull');
    await eventually(async () => expect(await fromAlertmanager(named('DiskFull'))).toEqual(firing('DiskFull', 'silenced')));
    expect(await fromAlertmanager({ ...named('DiskFull', 'Slow'), states: ['Active'] })).toEqual(NONE);
    expect(await fromPrometheus({ ...named('DiskFull'), states: ['Active'] })).toMatchObject(firing('DiskFull'));
    expect(await fromPrometheus(named('Slow'))).toMatchObject(firing('Slow', 'active', 2));
    // Questions that differ in one value, at one slot, which the source's reader joins.
    const slot = Date.now();
    const both = await Promise.all(
      ['DiskFull', 'Slow'].map((name) =>
        alerts.read({ query: { matchers: [`alertname="${name}"`] }, slot, maxAgeMs: FIVE_MINUTES }, never),
      ),
    );
    expect(both).toMatchObject([firing('DiskFull'), firing('Slow', 'active', 2)]);
  }, 60_000);

  test('what has ended does not count any more', async () => {
    shown.diskFree = 50;
    await eventually(async () => expect(await fromPrometheus(named('DiskFull'))).toMatchObject(NONE));
    await eventually(async () => expect(await fromAlertmanager(named('DiskFull'))).toEqual(NONE));
    await eventually(async () => expect(await fromAlertmanager(named('Slow'))).toEqual(firing('Slow', 'active', 2)));
  }, 60_000);

  test('an Alertmanager that has just begun knows nothing, and the alert that always fires shows it', async () => {
    prometheus.daemon.kill('SIGSTOP');
    await alertmanager.daemon.restart();
    expect(await fromAlertmanager(named('Slow'))).toMatchObject({ kind: 'Unavailable', reason: 'IncompleteEvidence' });
    expect(await ask(forgetful.kinds.alerts!, named('Slow'))).toEqual(NONE);
    prometheus.daemon.kill('SIGCONT');
    await eventually(async () => expect(await fromAlertmanager(named('Slow'))).toEqual(firing('Slow', 'active', 2)));
  }, 60_000);

  test('a Prometheus that has just begun is not taken for one in which nothing fires', async () => {
    await prometheus.daemon.stop();
    expect(await fromPrometheus(named('Slow'))).toMatchObject({ kind: 'Unavailable', reason: 'SourceUnreachable' });
    await prometheus.daemon.start();
    const said: Reading[] = [];
    await eventually(async () => {
      said.push(await fromPrometheus(named('Slow')));
      expect(said.at(-1)).toMatchObject(firing('Slow', 'active', 2));
    });
    expect(said).not.toContainEqual(expect.objectContaining({ samples: [{ labels: {}, value: 0 }] }));
  }, 60_000);

  test('refuses what neither can read', async () => {
    const check = (reader: KindReader<Questions['alerts']>, matcher: string) =>
      reader.check({ query: { matchers: [matcher] }, maxAgeMs: FIVE_MINUTES }, never);
    for (const reader of [ofAlertmanager.kinds.alerts!, alerts]) {
      expect(await check(reader, String.raw`alertname=~"\d+\.\"x\\\\"`)).toBeUndefined();
      expect(await check(reader, 'alertname=~"("')).toMatchObject({ reason: 'InvalidQuery' });
    }
    const message = expect.stringMatching(/^error parsing regexp: missing closing \)/) as unknown;
    expect(await check(ofAlertmanager.kinds.alerts!, 'alertname=~"("')).toEqual({ reason: 'InvalidQuery', message });
  });

  test('Alertmanager tells its version, and that it is gone', async () => {
    const version = expect.stringMatching(/^0\.\d+/) as unknown;
    expect(await ofAlertmanager.probe(never)).toEqual({ kind: 'Answering', version, latencyMs: expect.any(Number) as unknown });
    await alertmanager.daemon.stop();
    expect(await ofAlertmanager.probe(never)).toMatchObject({ kind: 'NotAnswering', reason: 'Unreachable' });
    expect(await fromAlertmanager(named('Slow'))).toMatchObject({ kind: 'Unavailable', reason: 'SourceUnreachable' });
  });

  async function silence(name: string, value: string): Promise<void> {
    const [startsAt, endsAt] = [0, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString());
    const matchers = [{ name, value, isRegex: false, isEqual: true }];
    const answer = await fetch(`${alertmanager.url}/api/v2/silences`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ matchers, startsAt, endsAt, createdBy: 'me', comment: 'known' }),
    });
    expect(answer.status).toBe(200);
  }
});
