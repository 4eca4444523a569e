import type { CertificationCriterion } from '../../api/criterion.ts';
import type { EvidenceReport } from '../../api/report.ts';
import { StatusWriter } from '../../kube/index.ts';
import { type FakeApiServer, json, rememberingLogger, startFakeApiServer } from '../../kube/stand-ins.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { ReportKeeper } from './report-keeper.ts';

const KEY = 'shop/up';
const criterion: CertificationCriterion = {
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'CertificationCriterion',
  metadata: { name: 'up', namespace: 'shop', uid: 'one', generation: 1 },
  spec: {
    title: 'The shop answers',
    service: 'shop',
    controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
    evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
    rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  },
};
const changed: CertificationCriterion = { ...criterion, metadata: { ...criterion.metadata, generation: 2 } };

let server: FakeApiServer;
let answer: () => Promise<number>;
let nowMs: number;
let mirrored: EvidenceReport | undefined;

beforeEach(async () => {
  [nowMs, mirrored] = [0, undefined];
  server = await startFakeApiServer(({ body }, response) => {
    void answer().then((status) => json(response, status, status === 200 ? (JSON.parse(body) as object) : { code: status }));
  });
});
afterEach(() => server.stop());

function newKeeper(): { keeper: ReportKeeper; complaints: readonly unknown[] } {
  const { log, lines } = rememberingLogger();
  const clock: Clock = { ...systemClock, now: () => nowMs };
  const transport = server.transport();
  const statuses = new StatusWriter({ transport, clock, log: silentLogger() });
  return { keeper: new ReportKeeper({ transport, statuses, clock, log, existing: () => mirrored }), complaints: lines };
}

/** Resolves once so many requests have come. */
async function requests(count: number): Promise<void> {
  while (server.asked.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

const { signal } = new AbortController();

test('nobody waits for an API server that does not answer, and it is asked once', async () => {
  answer = () => new Promise(() => undefined);
  const { keeper } = newKeeper();
  const kept = [keeper.keep(KEY, criterion, signal), keeper.keep(KEY, criterion, signal)];
  expect(kept).toEqual([
    { kind: 'Pending', comeBackMs: 500 },
    { kind: 'Pending', comeBackMs: 500 },
  ]);
  await requests(1);
  nowMs = 60_000;
  expect(keeper.keep(KEY, criterion, signal)).toEqual({ kind: 'Pending', comeBackMs: 500 });
  expect(server.asked).toHaveLength(1);
  keeper.forget(KEY);
});

test('a criterion that changed is asked for anew, and the old request is given up', async () => {
  answer = () => new Promise(() => undefined);
  const { keeper } = newKeeper();
  keeper.keep(KEY, criterion, signal);
  await requests(1);
  keeper.keep(KEY, changed, signal);
  await requests(2);
  keeper.forget(KEY);
});

test('what the watch shows is kept without asking', () => {
  const { keeper } = newKeeper();
  mirrored = { metadata: { name: 'up', namespace: 'shop' } } as EvidenceReport;
  expect(keeper.keep(KEY, criterion, signal)).toEqual({ kind: 'Taken' });
  expect(server.asked).toHaveLength(0);
});

test('after a refusal it is said, and asked again ten seconds later', async () => {
  answer = () => Promise.resolve(500);
  const { keeper, complaints } = newKeeper();
  keeper.keep(KEY, criterion, signal);
  await requests(1);
  while (complaints.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(complaints).toMatchObject([{ message: 'the live report can not be kept', criterion: KEY }]);
  expect(keeper.keep(KEY, criterion, signal)).toEqual({ kind: 'Failed', comeBackMs: 10_000 });
  nowMs = 10_000;
  expect(keeper.keep(KEY, criterion, signal)).toMatchObject({ kind: 'Pending' });
  await requests(2);
});
