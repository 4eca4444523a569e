import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { EvidenceSource } from '../../api/source.ts';
import { type EvidenceStore, openSqliteStore } from '../../evidence/index.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { type FakeAnswer, type FakeServer, startFakeServer, success } from '../../sources/prometheus/fake-server.ts';
import { BasisChanges } from './basis-changes.ts';
import { changeRecord } from './changes.ts';
import { commit } from './judging.ts';
import type { KnownCriterion } from './known.ts';
import { Ledger } from './ledger.ts';
import { SourcePool } from '../sources/source-pool.ts';

const KEY = 'shop/up';
const FIVE_MINUTES_MS = 300_000;
const never = new AbortController().signal;
const spec = (query: string, title = 'The shop answers'): CertificationCriterionSpec => ({
  ...{ title, service: 'shop', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
  evidence: [{ name: 'ratio', prometheus: { source: 'prometheus', query } }],
  rule: { threshold: { evidence: 'ratio', op: '==', value: 1 } },
});
const rules = (...queries: string[]): FakeAnswer =>
  success({ groups: [{ rules: queries.map((query) => ({ type: 'recording', name: 'shop:up', query })) }] });

/** Its time of day is set by hand. */
const handClock = (): Clock & { ms: number } => ({
  ms: Date.UTC(2026, 0, 1, 12),
  now(): number {
    return this.ms;
  },
  after: (ms, run) => systemClock.after(ms, run),
});

const nobody = { told: () => undefined, stored: () => undefined, failed: () => undefined };
let answer: FakeAnswer;
let asked: number;
let clock: ReturnType<typeof handClock>;
let server: FakeServer;
let pool: SourcePool;
let dir: string;
let store: EvidenceStore;
let ledger: Ledger;
let changes: BasisChanges;

beforeEach(async () => {
  [answer, asked, clock] = [rules('up'), 0, handClock()];
  server = await startFakeServer(true, ({ path }) => {
    if (!path.includes('/rules')) return success({ resultType: 'scalar', result: [0, '1'] });
    asked += 1;
    return answer;
  });
  const unused = (): undefined => undefined;
  pool = new SourcePool({ clock, secrets: unused, namespace: unused, onRequest: unused, onProbe: unused });
  await pool.set('prometheus', sourceAt(server.url));
  dir = mkdtempSync(join(tmpdir(), 'assay-bases-'));
  store = openSqliteStore({ path: join(dir, 'evidence.db'), clock, commitDelayMs: 0 });
  ledger = new Ledger(store, nobody);
  changes = new BasisChanges({ pool, clock, log: silentLogger() });
});
afterEach(async () => {
  await pool.stop();
  await server.stop();
  await store.close();
  rmSync(dir, { recursive: true });
});

const sourceAt = (url: string): EvidenceSource => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'EvidenceSource', metadata: { name: 'prometheus' } },
  spec: { prometheus: { url }, namespaces: { from: 'All' } },
});

async function put(change: 'Created' | 'Changed', of: CertificationCriterionSpec): Promise<void> {
  const content = changeRecord({ namespace: 'shop', service: 'shop', name: 'up', uid: 'u', spec: of }, change, clock.now());
  await ledger.commit({ namespace: 'shop', service: 'shop', criterion: 'up', content, message: '' });
}

const known = (): KnownCriterion => ledger.get(KEY)!;

/** Looks, and puts on record what is found. */
async function look(): Promise<string[]> {
  const said: string[] = [];
  for (const content of await changes.changes(known(), never)) {
    const { facts } = await commit(ledger, known(), content, '');
    if (content.kind !== 'BasisChanged') throw new RangeError(content.kind);
    const { before, rules: behind, weak } = content.body;
    said.push(
      `${before === undefined ? 'first' : 'changed'}: ${behind.length} rules, ${weak.length} weak, ${facts.length} facts`,
    );
  }
  return said;
}
async function lookLater(): Promise<string[]> {
  clock.ms += FIVE_MINUTES_MS;
  return look();
}

test('the first sight of rules is a baseline, and a change of them is on record once', async () => {
  await put('Created', spec('shop:up'));
  expect(await look()).toEqual(['first: 1 rules, 0 weak, 0 facts']);
  expect(await lookLater()).toEqual([]);
  answer = rules('up or vector(1)');
  expect(await look()).toEqual([]);
  expect(await lookLater()).toEqual(['changed: 1 rules, 1 weak, 0 facts']);
  expect(await lookLater()).toEqual([]);
  expect(asked).toBe(4);
  expect(known().bases).toEqual({ ratio: expect.stringMatching(/^sha256:/) as unknown });
});

test('weak parts of the query alone are worth a baseline, too', async () => {
  await put('Created', spec('max_over_time(up[5m])'));
  expect(await look()).toEqual(['first: 0 rules, 1 weak, 0 facts']);
});

test('of a query that rests on nothing nothing is said, until a rule records its metric all of a sudden', async () => {
  answer = success({ groups: [] });
  await put('Created', spec('shop:up'));
  expect([await look(), await lookLater()]).toEqual([[], []]);
  answer = rules('vector(1)');
  expect(await lookLater()).toEqual(['changed: 1 rules, 0 weak, 0 facts']);
});

test('a changed rule that raises its alerts is on record like one behind a query', async () => {
  const alerting = (query: string): FakeAnswer =>
    success({
      groups: [
        {
          rules: [
            { type: 'alerting', name: 'Down', query, duration: 60 },
            { type: 'recording', name: 'r', query },
          ],
        },
      ],
    });
  answer = alerting('up == 0');
  const evidence = [{ name: 'down', alerts: { source: 'prometheus', matchers: ['alertname="Down"'] } }];
  const rule = { threshold: { evidence: 'down', op: '==', value: 0 } } as const;
  await put('Created', { ...spec('up'), evidence, rule });
  expect(await look()).toEqual(['first: 1 rules, 0 weak, 0 facts']);
  expect(await lookLater()).toEqual([]);
  answer = alerting('up == 0 and vector(0)');
  expect(await lookLater()).toEqual(['changed: 1 rules, 0 weak, 0 facts']);
  answer = success({ groups: [] });
  expect(await lookLater()).toEqual(['changed: 0 rules, 0 weak, 0 facts']);
});

test('evidence of which nothing can be known has no such record', async () => {
  const evidence = [
    { name: 'source', source: { source: 'prometheus' } },
    { name: 'gone', alerts: { source: 'nobody', matchers: ['a="b"'] } },
    { name: 'reports', policyReports: {} },
  ];
  await put('Created', { ...spec('up'), evidence });
  expect(await look()).toEqual([]);
});

test('rules that are gone are a change, rules that nobody can tell are none', async () => {
  await put('Created', spec('shop:up'));
  await look();
  answer = { status: 404, body: 'not found' };
  expect(await lookLater()).toEqual([]);
  answer = success({ groups: [] });
  expect(await lookLater()).toEqual(['changed: 0 rules, 0 weak, 0 facts']);
});

test('another query has another basis, which is no change of rules; another title leaves it as it is', async () => {
  await put('Created', spec('shop:up'));
  await look();
  await put('Changed', spec('shop:up', 'Another title'));
  expect(await look()).toEqual([]);
  await put('Changed', spec('shop:up + 1'));
  expect(known().bases).toEqual({});
  expect(await look()).toEqual(['first: 1 rules, 0 weak, 0 facts']);
});

test.each(['folded from the log', 'saved'])('what is known of it outlives a restart: %s', async (how) => {
  await put('Created', spec('shop:up'));
  await look();
  if (how === 'saved') await ledger.save();
  const { bases } = known();
  ledger = new Ledger(store, nobody);
  await ledger.load();
  expect([bases, known().bases]).toEqual([known().bases, { ratio: expect.any(String) as unknown }]);
  changes.forget(KEY);
  answer = rules('up + 1');
  expect(await lookLater()).toEqual(['changed: 1 rules, 0 weak, 0 facts']);
});

test('a source that keeps silent is waited for two seconds, once', async () => {
  const open: (() => void)[] = [];
  answer = (response) => open.push(() => void response.end(JSON.stringify((rules('up') as { body: unknown }).body)));
  await put('Created', spec('shop:up'));
  const start = performance.now();
  expect(await look()).toEqual([]);
  expect(performance.now() - start).toBeLessThan(4_000);
  const again = performance.now();
  expect(await look()).toEqual([]);
  expect(performance.now() - again).toBeLessThan(1_000);
  for (const release of open) release();
  // It goes on record with whatever slot comes next.
  let found: string[] = [];
  while (found.length === 0 && performance.now() - again < 5_000) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    found = await look();
  }
  expect(found).toEqual(['first: 1 rules, 0 weak, 0 facts']);
  expect(asked).toBe(1);
}, 10_000);

test('what is given up is not waited for', async () => {
  answer = () => undefined;
  await put('Created', spec('shop:up'));
  const start = performance.now();
  expect(await changes.changes(known(), AbortSignal.abort())).toEqual([]);
  expect(performance.now() - start).toBeLessThan(1_000);
});
