import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { API_VERSION } from '../../src/api/common.ts';
import type { CertificationCriterionSpec } from '../../src/api/criterion.ts';
import { runEvaluate } from '../../src/cli/evaluate/index.ts';
import type { ReplayResult } from '../../src/cli/evaluate/result.ts';
import { slotOffsetMs } from '../../src/domain/slots.ts';
import { piecesOf, timesOf } from '../../src/domain/timeline.ts';
import {
  fetchParts,
  type Prometheus,
  type BlackboxExporter,
  type Shop,
  startBlackboxExporter,
  startShop,
} from '../../src/parts/index.ts';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { eventually, openWorld, type SpawnedOperator, type World } from '../cluster/operator-world.ts';
import { fatesOf, folded, type Log, readLogOf } from './evidence.ts';

// The operator watches a shop that goes, comes back and is lost sight of. What it put on record meanwhile, `assay evaluate --from --to`
// has to find out afterwards from what Prometheus remembers: the same slots, verdicts, deviations, steps and times.

const INTERVAL_MS = 2000;
const NAMESPACE = 'shop';
// One whose slots do not lie at even seconds.
const SERVICE = ['till', 'counter', 'shelf', 'door'].find((name) => slotOffsetMs(NAMESPACE, name, INTERVAL_MS) > 0)!;
const PROBE = 'probe_success{job="shop"}';
const after = (delay: string, audience: string) => ({ audience, after: delay });

const CRITERIA: Record<string, { query: string; spec: Partial<CertificationCriterionSpec> }> = {
  prompt: {
    query: PROBE,
    spec: {
      holdFor: '0s',
      recoverFor: '2s',
      escalation: [after('0s', 'internal'), after('4s', 'authority'), after('1m', 'customers')],
    },
  },
  patient: { query: PROBE, spec: { holdFor: '4s', recoverFor: '4s', escalation: [after('6s', 'customers')] } },
  summed: { query: 'sum(probe_success{job="shop"})', spec: { holdFor: '2s', unknownFor: '0s' } },
  blind: { query: 'sum(probe_success{job="shop"}) or vector(1)', spec: { holdFor: '0s', escalation: [after('0s', 'internal')] } },
  strict: {
    query: 'absent(probe_success{job="shop"} == 1) or vector(0)',
    spec: { holdFor: '2s', rule: zero(), whenUnknown: 'Fail' },
  },
};

function zero(): CertificationCriterionSpec['rule'] {
  return { threshold: { evidence: 'up', op: '==', value: 0 } };
}

let world: World;
let prometheus: Prometheus;
let operator: SpawnedOperator;
let log: Log;

beforeAll(async () => {
  world = await openWorld();
  const { dir, signal } = world.session;
  const bins = await fetchParts(['blackbox-exporter'], { env: process.env, say: () => undefined, signal });
  const shop = await world.session.use(startShop({ dir: join(dir, 'shop'), signal }));
  const exporter = { dir: join(dir, 'blackbox'), bin: bins['blackbox-exporter'], signal };
  const blackbox = await world.session.use(startBlackboxExporter(exporter));
  const scrape = blackbox.scrapeConfig({ job: 'shop', targets: [shop.url] });
  prometheus = await world.startPrometheus({ config: [scrape] });
  operator = await world.spawnOperator();
  await eventually(isCollecting);
  await world.api.apply(namespace(NAMESPACE), ...manifests());
  await upsAndDowns(shop, blackbox);
  await operator.stop();
  log = await readLogOf(operator.store, { namespace: NAMESPACE, service: SERVICE });
}, 120_000);

afterAll(() => world.close(), 60_000);

const manifests = (): Manifest[] => [
  source('prometheus', prometheus.url, { evaluationDelay: '2s' }),
  ...Object.entries(CRITERIA).map(([name, { query, spec }]) =>
    criterion(
      `${NAMESPACE}/${name}`,
      { source: 'prometheus', query },
      { service: SERVICE, interval: '2s', recoverFor: '4s', unknownFor: '4s', ...spec },
    ),
  ),
];

/** Before it collects, `or vector(1)` is believed when it is asked in time, and not afterwards: a source has to prove that it was there. */
async function isCollecting(): Promise<void> {
  const answer = await fetch(`${prometheus.url}/api/v1/query?query=count(up)`);
  expect(await answer.json()).toMatchObject({ data: { result: [{}] } });
}

/** The shop is there, gone, there, out of sight because nobody probes it, and there. */
async function upsAndDowns(shop: Shop, prober: BlackboxExporter): Promise<void> {
  await eventually(async () => {
    const { status } = await world.api.get('CertificationCriterion', `${NAMESPACE}/patient`);
    expect(status?.verdict).toBe('Pass');
  }, 40_000);
  await shop.daemon.stop();
  await sleep(systemClock, 9_000);
  await shop.daemon.start();
  await sleep(systemClock, 8_000);
  await prober.daemon.stop();
  await sleep(systemClock, 9_000);
  await prober.daemon.start();
  // Until what happened last has been judged: the delay, and a few slots.
  await sleep(systemClock, 9_000);
}

describe.each(Object.keys(CRITERIA))('%s', (name) => {
  const id = `${NAMESPACE}/${name}`;
  let replay: ReplayResult;
  let period: { readonly from: number; readonly to: number };

  beforeAll(async () => {
    const fates = fatesOf(log.events, name, INTERVAL_MS);
    // A machine that stood still for seconds has slots that were read back: that is another test.
    expect(fates.filter(({ fate }) => fate !== 'observed')).toEqual([]);
    expect(fates.length).toBeGreaterThan(15);
    period = { from: fates[0]!.slot, to: fates.at(-1)!.slot + INTERVAL_MS };
    replay = await replayed(name, period);
  });

  test('the verdicts are the same', () => {
    const live = log.records.flatMap((record) =>
      record.kind === 'VerdictChanged' && record.body.criterion === name
        ? [{ at: timeText(record.body.at), verdict: record.body.to, reason: record.body.reason }]
        : [],
    );
    expect(live.length).toBeGreaterThanOrEqual(3);
    expect(replay.transitions).toEqual(live);
  });

  test('the deviations are the same', () => {
    const live = new Map<string, object>();
    for (const { kind, body } of log.records) {
      if (kind === 'DeviationOpened' && body.criterion === name) live.set(body.id, { from: timeText(body.from) });
      if (kind === 'DeviationClosed' && body.criterion === name)
        live.set(body.id, { from: timeText(body.from), to: timeText(body.to), reason: body.reason });
    }
    expect(live.size).toBeGreaterThan(0);
    expect(replay.deviations).toEqual([...live.values()]);
  });

  test('the steps are the same', () => {
    const live = log.records.flatMap(({ kind, body }) =>
      kind === 'Notified' && body.criterion === name && body.notice === 'EscalationDue'
        ? [{ at: timeText(body.at), audience: body.audience }]
        : [],
    );
    expect(replay.steps).toEqual(live);
  });

  test('the times are the same', () => {
    const { timeline } = folded(log.events, id).state;
    const live = Object.entries(timesOf(piecesOf(timeline, period, period.to))).map(([kind, ms]) => [kind, ms / 1000]);
    expect(replay.times).toEqual(Object.fromEntries(live));
  });
});

const timeText = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

async function replayed(name: string, { from, to }: { readonly from: number; readonly to: number }): Promise<ReplayResult> {
  const file = join(world.session.dir, `${name}.yaml`);
  const wanted = manifests().filter(({ kind, metadata }) => kind === 'EvidenceSource' || metadata.name === name);
  await writeFile(file, wanted.map((manifest) => `---\n${stringify({ apiVersion: API_VERSION, ...manifest })}`).join(''));
  const written: string[] = [];
  const range = { from: timeText(from), to: timeText(to), offset: 'service' };
  await runEvaluate(
    { paths: [file], sources: {}, output: 'json', ...range },
    {
      write: (text) => void written.push(text),
      warn: () => undefined,
      clock: systemClock,
      signal: world.session.signal,
    },
  );
  const [result] = JSON.parse(written.join('\n')) as ReplayResult[];
  return result!;
}
