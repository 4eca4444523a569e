import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import type { CertificationCriterionSpec } from '../../src/api/criterion.ts';
import type { RecordBody } from '../../src/api/records.ts';
import { BasisChanges } from '../../src/controller/judging/basis-changes.ts';
import { changeRecord } from '../../src/controller/judging/changes.ts';
import { Ledger } from '../../src/controller/judging/ledger.ts';
import { type EvidenceStore, openSqliteStore } from '../../src/evidence/index.ts';
import { fetchParts, openSession, type Prometheus, type Session, startPrometheus } from '../../src/parts/index.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { newPrometheusReader, type PrometheusReader } from '../../src/sources/prometheus/index.ts';
import { SteppedClock } from '../faults/stepped-clock.ts';

// A real Prometheus, old and new, with an alerting rule, a recording rule behind it, and rules beside it. They are edited and reloaded.

const never = new AbortController().signal;
const LOOK_EVERY_MS = 300_000;
const RULES = {
  down: { alert: 'Down', expr: 'shop:up:ratio < 0.5', for: '1m', labels: { severity: 'critical' }, annotations: { a: 'b' } },
  slow: { alert: 'Slow', expr: 'latency > 1', labels: { severity: 'warning' } },
  ratio: { record: 'shop:up:ratio', expr: 'avg(up)' },
  other: { record: 'other', expr: 'sum(up)' },
};
const spec: CertificationCriterionSpec = {
  ...{ title: 'Nothing is down', service: 'shop', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-13' }] },
  evidence: [
    { name: 'down', alerts: { source: 'prometheus', matchers: ['severity="critical"'] } },
    { name: 'firing', prometheus: { source: 'prometheus', query: 'count(ALERTS{alertname="Slow"}) or vector(0)' } },
  ],
  rule: { threshold: { evidence: 'down', op: '==', value: 0 } },
};

describe.each(['prometheus2', 'prometheus3'] as const)('%s', (part) => {
  const clock = new SteppedClock(Date.now());
  let session: Session;
  let prometheus: Prometheus;
  let reader: PrometheusReader;
  let store: EvidenceStore;
  let ledger: Ledger;
  let changes: BasisChanges;
  let rulesPath: string;

  const write = (rules: object): Promise<void> =>
    writeFile(rulesPath, stringify({ groups: [{ name: 'shop', interval: '1s', rules: Object.values(rules) }] }));

  beforeAll(async () => {
    session = await openSession();
    const { dir, signal } = session;
    await mkdir(dir, { recursive: true });
    rulesPath = join(dir, 'rules.yml');
    await write(RULES);
    const bins = await fetchParts([part], { env: process.env, say: () => undefined, signal });
    const config = stringify({ rule_files: [rulesPath] });
    prometheus = await session.use(startPrometheus({ dir: join(dir, part), bin: bins[part], config, signal }));
    const connection = {
      url: prometheus.url,
      headers: {},
      tls: { insecureSkipVerify: false },
      timeoutMs: 5_000,
      maxConcurrency: 8,
    };
    reader = newPrometheusReader(connection, { clock });
    store = openSqliteStore({ path: join(dir, 'evidence.db'), clock, commitDelayMs: 0 });
    ledger = new Ledger(store, { told: () => undefined, stored: () => undefined, failed: () => undefined });
    changes = new BasisChanges({ pool: { reader: () => reader }, clock, log: silentLogger() });
    const subject = { namespace: 'shop', service: 'shop', name: 'quiet', uid: 'u', spec };
    const content = changeRecord(subject, 'Created', clock.now());
    await ledger.commit({ namespace: 'shop', service: 'shop', criterion: 'quiet', content, message: '' });
  }, 120_000);
  afterAll(async () => {
    await Promise.all([reader.close(), store.close()]);
    await session.close();
  }, 30_000);

  /** Reloads these rules, and puts on record what differs, five minutes later. */
  async function edited(rules: object): Promise<RecordBody<'BasisChanged'>[]> {
    await write(rules);
    const { ok } = await fetch(`${prometheus.url}/-/reload`, { method: 'POST' });
    expect(ok).toBe(true);
    clock.step(LOOK_EVERY_MS);
    const found = await changes.changes(ledger.get('shop/quiet')!, never);
    for (const content of found)
      await ledger.commit({ namespace: 'shop', service: 'shop', criterion: 'quiet', content, message: '' });
    return found.flatMap((record) => (record.kind === 'BasisChanged' ? [record.body] : []));
  }
  const rulesOf = (body: RecordBody<'BasisChanged'> | undefined): string[] | undefined =>
    body?.rules.map(({ record, type = 'recording' }) => `${type} ${record}`);

  test('at first the rules that raise the alerts, and those behind, are put on record', async () => {
    const found = await edited(RULES);
    expect(found.map(({ evidence, before }) => ({ evidence, before }))).toEqual([{ evidence: 'down' }, { evidence: 'firing' }]);
    expect(rulesOf(found[0])).toEqual(['alerting Down', 'recording shop:up:ratio']);
    expect(rulesOf(found[1])).toEqual(['alerting Down', 'alerting Slow', 'recording shop:up:ratio']);
  }, 20_000);

  test('what they do not rest on, and what an alert only says, may change', async () => {
    const { down, other } = RULES;
    const rules = { ...RULES, other: { ...other, expr: 'count(up)' }, down: { ...down, annotations: { a: 'c' } } };
    expect(await edited(rules)).toEqual([]);
  }, 20_000);

  test.each(
    Object.entries({
      'the expression of the alert': { down: { ...RULES.down, expr: 'shop:up:ratio < 0.1' } },
      'how long it waits': { down: { ...RULES.down, for: '1h' } },
      'how long it goes on': { down: { ...RULES.down, keep_firing_for: '5m' } },
      'its labels': { down: { ...RULES.down, labels: { severity: 'critical', team: 'shop' } } },
      'the rule behind it': { ratio: { ...RULES.ratio, expr: 'vector(1)' } },
    }),
  )(
    '%s is on record when it changes, and when it is as it was',
    async (_sentence, changed) => {
      const before = ledger.get('shop/quiet')?.bases?.['down'];
      const found = await edited({ ...RULES, ...changed });
      expect(found.map(({ evidence }) => evidence)).toEqual(['down', 'firing']);
      expect(found[0]).toMatchObject({ before });
      const back = await edited(RULES);
      expect(back[0]).toMatchObject({ evidence: 'down', digest: before });
    },
    20_000,
  );

  test('an alert that is gone, or is of another severity, is a change', async () => {
    const { down: _down, ...left } = RULES;
    expect(rulesOf((await edited(left))[0])).toEqual([]);
    expect(rulesOf((await edited(RULES))[0])).toHaveLength(2);
    expect(rulesOf((await edited({ ...RULES, down: { ...RULES.down, labels: { severity: 'info' } } }))[0])).toEqual([]);
  }, 20_000);
});
