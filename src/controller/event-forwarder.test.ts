import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CertificationCriterionSpec } from '../api/criterion.ts';
import type { NewObservation, NewRecord, RecordBody } from '../api/records.ts';
import { type EvidenceStore, openSqliteStore } from '../evidence/index.ts';
import { EventRecorder } from '../kube/index.ts';
import { type FakeApiServer, json, startFakeApiServer } from '../kube/stand-ins.ts';
import { systemClock } from '../platform/clock.ts';
import { silentLogger } from '../platform/log.ts';
import { Metrics } from '../platform/metrics.ts';
import { changeRecord } from './judging/changes.ts';
import { forwardEvents } from './event-forwarder.ts';
import { Ledger } from './judging/ledger.ts';

const AT = Date.UTC(2026, 0, 1, 12);
const SHOP = { namespace: 'shop', service: 'web' };
const never = new AbortController().signal;

interface Event {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly name: string; readonly uid: string };
}

/** The Events that the API server has taken; `answer` is the status that it answers with. */
const events: Event[] = [];
let answer: number;
let api: FakeApiServer;
let store: EvidenceStore;
let dir: string;

beforeEach(async () => {
  events.length = 0;
  answer = 201;
  api = await startFakeApiServer(({ body }, response) => {
    if (answer === 201) events.push(JSON.parse(body) as Event);
    json(response, answer, { kind: 'Status', code: answer, reason: answer === 409 ? 'AlreadyExists' : 'InternalError' });
  });
  dir = mkdtempSync(join(tmpdir(), 'assay-events-'));
  store = openSqliteStore({ path: join(dir, 'evidence.db'), clock: systemClock, commitDelayMs: 0 });
});

afterEach(async () => {
  await store.close();
  await api.stop();
  rmSync(dir, { recursive: true });
});

const spec: CertificationCriterionSpec = {
  title: 'The shop answers',
  service: 'web',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  interval: '30s',
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
};

const created = (mode: 'Enforced' | 'DryRun' = 'Enforced', name = 'up'): NewRecord =>
  changeRecord({ ...SHOP, name, uid: 'one', spec: { ...spec, mode } }, 'Created', AT - 60_000);

/** What stands in the log; the ledger knows what it says of the criterion. */
async function logged(...records: (NewRecord | NewObservation)[]): Promise<Ledger> {
  await store.append(records);
  const ledger = new Ledger(store, { told: () => undefined, stored: () => undefined, failed: () => undefined });
  await ledger.load();
  return ledger;
}

async function forwarded(...records: (NewRecord | NewObservation)[]): Promise<readonly Event[]> {
  await forward(await logged(...records));
  return events;
}

function forward(ledger: Ledger, metrics = new Metrics()): Promise<void> {
  const recorder = new EventRecorder({ transport: api.transport(), log: silentLogger(), instance: 'assay-0' });
  return forwardEvents({ store, ledger, metrics, events: recorder }, SHOP, never);
}

function verdict(body: Partial<RecordBody<'VerdictChanged'>>): NewRecord {
  const common = { criterion: 'up', at: AT, controls: spec.controls, first: false, message: 'up is 0, required == 1' };
  const change = { from: 'Pass', to: 'Fail', reason: 'NotMet' } as const;
  return { ...SHOP, kind: 'VerdictChanged', body: { ...common, ...change, ...body } };
}

function notice(body: Partial<RecordBody<'Notified'>>): NewRecord {
  const common = { criterion: 'up', phase: 'Intent', audience: 'customers', at: AT, late: false, message: 'up is 0' } as const;
  return { ...SHOP, kind: 'Notified', body: { ...common, notice: 'EscalationDue', step: 'after 15m', ...body } };
}

const gap = (slots: number, reason: 'NoHistory' | 'ClockStepped'): NewRecord => ({
  ...SHOP,
  kind: 'Gap',
  body: { criterion: 'up', from: AT, to: AT + 60_000, slots, reason, message: 'why' },
});
const objective = (met: boolean): NewRecord => ({
  ...SHOP,
  kind: 'ObjectiveChanged',
  body: { criterion: 'up', at: AT, met, achieved: '99.899', target: '99.9' },
});
const basis = (before: { before?: string }): NewRecord => ({
  ...SHOP,
  kind: 'BasisChanged',
  body: { criterion: 'up', evidence: 'up', at: AT, digest: `sha256:${'0'.repeat(64)}`, ...before, rules: [], weak: [] },
});
const change = (kind: 'Changed' | 'Suspended' | 'Deleted'): NewRecord =>
  changeRecord({ ...SHOP, name: 'up', uid: 'one', spec }, kind, AT);

const finding = (body: Partial<RecordBody<'FindingChanged'>>): NewRecord => ({
  ...SHOP,
  kind: 'FindingChanged',
  body: {
    ...{ finding: 'no-runbook', uid: 'one', change: 'Raised', at: AT, state: 'Open', type: 'Finding', severity: 'Major' },
    ...{ title: 'No runbook', due: AT, text: 'Nobody knew.', ...body },
  },
});

describe('of a record becomes', () => {
  const cases: Record<string, { record: NewRecord; want: readonly [type: string, reason: string, note: string] | 'nothing' }> = {
    'Fail: a failure with what was seen': {
      record: verdict({}),
      want: ['Warning', 'CriterionFailed', 'up is 0, required == 1'],
    },
    'a finding: that it was raised, and until when it is to be answered': {
      record: finding({}),
      want: ['Warning', 'FindingRaised', 'raised (Finding, Major, due 2026-01-01T12:00:00Z): No runbook'],
    },
    'a finding that is opened again: the same': {
      record: finding({ change: 'Reopened' }),
      want: ['Warning', 'FindingRaised', 'reopened (Finding, Major, due 2026-01-01T12:00:00Z): No runbook'],
    },
    'a finding that nobody answered: that it is overdue': {
      record: finding({ change: 'Overdue' }),
      want: ['Warning', 'FindingOverdue', 'overdue (Finding, Major): No runbook'],
    },
    'an answer: that there is one': {
      record: finding({ change: 'Answered', text: 'secret' }),
      want: ['Normal', 'FindingUpdated', 'answered (Finding, Major): No runbook'],
    },
    'a closure: that it is closed': {
      record: finding({ change: 'Closed' }),
      want: ['Normal', 'FindingClosed', 'closed (Finding, Major): No runbook'],
    },
    'Inconclusive: why nothing is known': {
      record: verdict({ to: 'Inconclusive', reason: 'EmptyResult', message: 'up: the answer holds no series' }),
      want: ['Warning', 'CriterionInconclusive', 'EmptyResult: up: the answer holds no series'],
    },
    'Pass again: a recovery': {
      record: verdict({ from: 'Fail', to: 'Pass', reason: 'Met', message: 'up is 1, required == 1' }),
      want: ['Normal', 'CriterionRecovered', 'up is 1, required == 1'],
    },
    'the first Pass of all: nothing, there was nothing to recover from': {
      record: verdict({ from: 'Inconclusive', to: 'Pass', reason: 'Met', first: true }),
      want: 'nothing',
    },
    'the first Fail of all: a failure': {
      record: verdict({ from: 'Inconclusive', first: true }),
      want: ['Warning', 'CriterionFailed', 'up is 0, required == 1'],
    },
    'the verdict of a suspension: nothing, the suspension itself is told': {
      record: verdict({ to: 'Suspended', reason: 'Suspended' }),
      want: 'nothing',
    },
    'a change: what was done': {
      record: change('Changed'),
      want: ['Normal', 'CriterionChanged', 'the criterion was changed'],
    },
    'a suspension: what was done': {
      record: change('Suspended'),
      want: ['Normal', 'CriterionChanged', 'the criterion was suspended'],
    },
    'a deletion: what was done': {
      record: change('Deleted'),
      want: ['Normal', 'CriterionChanged', 'the criterion was deleted'],
    },
    'other rules behind a query: behind which': {
      record: basis({ before: `sha256:${'1'.repeat(64)}` }),
      want: ['Normal', 'CriterionChanged', 'the rules behind its evidence up were changed'],
    },
    'the first sight of the rules behind a query: nothing': { record: basis({}), want: 'nothing' },
    'a gap: from when to when, how much and why': {
      record: gap(3, 'NoHistory'),
      want: ['Warning', 'EvidenceGap', 'no evidence (3 slots) from 2026-01-01T12:00:00Z to 2026-01-01T12:01:00Z: why'],
    },
    'a clock that was set back: until when nothing is judged': {
      record: gap(0, 'ClockStepped'),
      want: ['Warning', 'EvidenceGap', 'nothing is judged from 2026-01-01T12:00:00Z to 2026-01-01T12:01:00Z: why'],
    },
    'a step that fell due: who, which step, and what was seen': {
      record: notice({}),
      want: ['Warning', 'EscalationDue', 'to customers (after 15m): up is 0'],
    },
    'a step that is told late: that it is late': {
      record: notice({ late: true }),
      want: ['Warning', 'EscalationDue', 'to customers (after 15m), late: up is 0'],
    },
    'a change during a deviation: to whom it is told': {
      record: notice({ notice: 'CriterionChanged', message: 'the criterion was changed' }),
      want: ['Normal', 'CriterionChanged', 'to customers: the criterion was changed'],
    },
    'the end of a deviation: nothing, the verdict is told': { record: notice({ notice: 'DeviationEnded' }), want: 'nothing' },
    'an objective that is missed: by how much': {
      record: objective(false),
      want: ['Warning', 'ObjectiveMissed', '99.899 % met, required 99.9 %'],
    },
    'an objective that is met again': {
      record: objective(true),
      want: ['Normal', 'ObjectiveRegained', '99.899 % met, required 99.9 %'],
    },
  };

  test.each(Object.entries(cases))('%s', async (_sentence, { record, want }) => {
    const told = await forwarded(created(), record);
    expect(told.map(({ type, reason, note }) => [type, reason, note])).toEqual(want === 'nothing' ? [] : [want]);
  });
});

test('the creation of a criterion is told to nobody', async () => expect(await forwarded(created())).toEqual([]));

test('a dry run is told to nobody', async () => expect(await forwarded(created('DryRun'), verdict({}))).toEqual([]));

test('it regards the criterion, in its own namespace', async () => {
  const [event] = await forwarded(created(), verdict({}));
  expect(event).toMatchObject({ metadata: { namespace: 'shop' }, regarding: { name: 'up', uid: 'one' } });
});

test('the longest name of a criterion still leaves one for its Event, wherever it is cut', async () => {
  for (const length of [63, 229, 230]) {
    const longest = `${'a'.repeat(length)}.`.repeat(4).slice(0, 252).concat('b');
    const [event] = await forwarded(created('Enforced', longest), verdict({ criterion: longest }));
    expect(event?.metadata.name.length).toBeLessThanOrEqual(253);
    expect(event?.metadata.name).toMatch(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.|$))+$/);
    events.length = 0;
  }
});

describe('none is lost, and none is told twice', () => {
  test('what was told is not told again', async () => {
    const ledger = await logged(created(), verdict({}));
    await forward(ledger);
    await forward(ledger);
    expect(events).toHaveLength(1);
  });

  test('what the API server could not take is told later, under the same name', async () => {
    const ledger = await logged(created(), verdict({}));
    answer = 500;
    await expect(forward(ledger)).rejects.toThrow();
    expect(events).toEqual([]);
    answer = 201;
    await forward(ledger);
    expect(events.map(({ reason }) => reason)).toEqual(['CriterionFailed']);
    for await (const { digest } of store.read({ ...SHOP, kinds: ['VerdictChanged'] })) {
      expect(events[0]?.metadata.name).toBe(`up.${digest.slice(7, 23)}`);
    }
  });

  test('what it turns out to have already is not sent once more', async () => {
    const ledger = await logged(created(), verdict({}));
    answer = 409;
    await forward(ledger);
    answer = 201;
    await forward(ledger);
    expect(events).toEqual([]);
  });

  test('only those that the API server has taken are counted', async () => {
    const metrics = new Metrics();
    const ledger = await logged(created(), verdict({}));
    answer = 409;
    await forward(ledger, metrics);
    expect(await metrics.events.get()).toMatchObject({ values: [] });
    await store.append([verdict({ from: 'Fail', to: 'Pass' })]);
    answer = 201;
    await forward(ledger, metrics);
    expect((await metrics.events.get()).values).toMatchObject([{ labels: { reason: 'CriterionRecovered' }, value: 1 }]);
  });

  test('they come in the order of the log', async () => {
    const told = await forwarded(created(), verdict({}), notice({}), verdict({ from: 'Fail', to: 'Pass' }));
    expect(told.map(({ reason }) => reason)).toEqual(['CriterionFailed', 'EscalationDue', 'CriterionRecovered']);
  });
});
