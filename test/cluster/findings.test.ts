import type { FindingRecord, FindingStatus } from '../../src/api/finding.ts';

import { readEvidenceLog } from './evidence-log.ts';
import type { Manifest } from './kube-api.ts';
import { type LyingSource, remembering, startLyingSource } from './lying-source.ts';
import { criterion, namespace, source } from './manifests.ts';
import { complaintsIn, eventually, openWorld, type SpawnedOperator, type World } from './operator-world.ts';

// Findings as the authority and the team live through them: what they say is on record once, is told, and is overdue by itself; a spot
// check shows what the evidence log holds.

const SLOW_MS = 90_000;
const HOUR = 3_600_000;

let world: World;
let operator: SpawnedOperator;
let sources: LyingSource;

beforeAll(async () => {
  [world, sources] = await Promise.all([openWorld(), startLyingSource()]);
  operator = await world.spawnOperator();
  await world.api.apply(
    namespace('shop'),
    source('front', sources.url('front')),
    criterion('shop/front', { source: 'front' }, { service: 'shop' }),
    told('internal'),
    told('authority'),
  );
}, SLOW_MS);

afterAll(async () => {
  await world.close();
  await sources.stop();
}, SLOW_MS);

const told = (audience: string): Manifest => ({
  kind: 'NotificationChannel',
  metadata: { name: audience },
  ...{
    spec: {
      audience,
      namespaces: { from: 'All' },
      services: ['*'],
      topics: ['Findings'],
      webhook: { url: sources.url(audience) },
    },
  },
});
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const finding = (name: string, spec: object = {}): Manifest => ({
  kind: 'Finding',
  metadata: { name, namespace: 'shop' },
  ...{
    spec: {
      ...{ service: 'shop', type: 'Question', title: `About ${name}`, text: 'Is there a runbook?', raisedBy: 'eve' },
      ...{ due: inMs(HOUR), ...spec },
    },
  },
});
const spotCheck = (name: string, spec: object): Manifest =>
  finding(name, { type: 'SpotCheck', due: undefined, text: 'What did you see?', spotCheck: { criterion: 'front', ...spec } });
const answer = (id: number) => ({ id, author: 'ada', text: `Answer ${id}.` });
const CLOSED = { closure: { author: 'eve', text: 'Read.' } };

async function patch(name: string, spec: object): Promise<void> {
  await world.api.patch('Finding', `shop/${name}`, { spec });
}

const log = async () => (await readEvidenceLog(operator.store)).get('shop/shop');
async function recordsOf(name: string): Promise<FindingRecord[]> {
  return ((await log())?.records ?? []).flatMap((record) =>
    record.kind === 'FindingChanged' && record.body.finding === name ? [record.body] : [],
  );
}
/** Waits until these changes of a finding are on record, and no others. */
const recorded = (name: string, changes: readonly string[]) =>
  eventually(async () => {
    const records = await recordsOf(name);
    expect(records.map(({ change }) => change)).toEqual(changes);
    return records;
  });
const statusOf = async (name: string) => (await world.api.get('Finding', `shop/${name}`)).status;
const shows = (name: string, status: object): Promise<void> =>
  eventually(async () => expect(await statusOf(name)).toMatchObject(status));
const eventsOf = async (name: string) =>
  (await world.api.events('Finding', `shop/${name}`)).map(({ type, reason, note }) => `${type} ${reason}: ${note}`);

/** The deliveries of a finding on record, to whom. */
async function deliveredTo(name: string): Promise<string[]> {
  return ((await log())?.records ?? []).flatMap(({ kind, body }) =>
    kind === 'Delivery' && body.phase === 'Attempted' && body.story === `shop/finding/${name}` ? [body.audience] : [],
  );
}

test(
  'is raised, answered, closed and opened again, and all of it is on record, told, in its status and in Events',
  async () => {
    await world.api.apply(finding('runbook'));
    await shows('runbook', { state: 'Open' });
    await eventually(async () => expect(await deliveredTo('runbook')).toEqual(['internal']));
    await patch('runbook', { answers: [answer(1)] });
    await shows('runbook', { state: 'Answered' });
    await eventually(async () => expect(new Set(await deliveredTo('runbook'))).toEqual(new Set(['internal', 'authority'])));
    await patch('runbook', CLOSED);
    await shows('runbook', { state: 'Closed' });
    await patch('runbook', { closure: null, reopenings: [{ id: 1, author: 'eve', reason: 'Where?' }] });
    await shows('runbook', { state: 'Open' });
    const records = await recorded('runbook', ['Raised', 'Answered', 'Closed', 'Reopened']);
    expect(records).toMatchObject([
      { by: 'eve', text: 'Is there a runbook?', type: 'Question', state: 'Open' },
      { by: 'ada', number: 1, text: 'Answer 1.', state: 'Answered' },
      { by: 'eve', text: 'Read.', state: 'Closed' },
      { by: 'eve', number: 1, text: 'Where?', state: 'Open' },
    ]);
    await eventually(async () => {
      const { metadata, status } = await world.api.get('Finding', 'shop/runbook');
      expect(status).toMatchObject({ observedGeneration: metadata.generation, state: 'Open' });
      expect(Date.parse(status?.raisedAt ?? '')).toBe(records[0]?.at);
      expect(status?.conditions).toMatchObject([{ type: 'Ready', status: 'True', reason: 'Recorded' }]);
    });
    await eventually(async () =>
      expect(await eventsOf('runbook')).toEqual([
        expect.stringMatching(/^Warning FindingRaised: raised \(Question, due 20.*\): About runbook$/),
        'Normal FindingUpdated: answered (Question): About runbook',
        'Normal FindingClosed: closed (Question): About runbook',
        expect.stringMatching(/^Warning FindingRaised: reopened \(Question, due /),
      ]),
    );
  },
  SLOW_MS,
);

test(
  'is overdue by itself, once, until it is answered',
  async () => {
    await world.api.apply(finding('late', { due: inMs(2_000) }));
    await shows('late', { state: 'Overdue' });
    const [raised, overdue] = await recorded('late', ['Raised', 'Overdue']);
    expect(overdue?.at).toBeGreaterThanOrEqual(raised?.due ?? Infinity);
    expect(Date.parse((await statusOf('late'))?.overdueSince ?? '')).toBe(raised?.due);
    await eventually(async () =>
      expect(await eventsOf('late')).toContain('Warning FindingOverdue: overdue (Question): About late'),
    );
    await eventually(async () => expect(await deliveredTo('late')).toContain('authority'));
    await patch('late', { answers: [answer(1)] });
    await shows('late', { state: 'Answered' });
    expect(await statusOf('late')).not.toHaveProperty('overdueSince');
    await recorded('late', ['Raised', 'Overdue', 'Answered']);
  },
  SLOW_MS,
);

const observed = async () => (await log())?.observed('front') ?? [];
const slotOf = (text = ''): number => Date.parse(text);

/** The record that a spot check names is in the log, and holds the slot. */
async function isHeld({ slot, record }: NonNullable<FindingStatus['spotCheck']>): Promise<void> {
  const held = (await log())?.records.find(({ head }) => head.seq === record?.seq);
  expect(held).toMatchObject({ kind: 'Observations', digest: record?.digest });
  expect(JSON.stringify(held?.body)).toContain(String(slotOf(slot)));
}

test(
  'a spot check shows what the log holds of the slot, and what the source says of it now; or that nothing was judged then',
  async () => {
    await eventually(async () => expect((await observed()).length).toBeGreaterThan(2));
    // It says something else of the past than it did then.
    sources.behave('front', remembering('0'));
    await eventually(async () => expect((await observed()).at(-1)).toHaveProperty('outcome', 'NotMet'));
    const first = (await observed())[1]!;
    const at = new Date(first.slot + 400).toISOString();
    await world.api.apply(
      spotCheck('then', { at }),
      spotCheck('now', {}),
      spotCheck('before', { at: '2020-01-01T00:00:00Z' }),
      spotCheck('soon', { at: inMs(3_000) }),
    );
    await shows('then', { state: 'Answered', spotCheck: { result: 'Observed', outcome: 'Met', message: first.message } });
    await shows('now', { state: 'Answered', spotCheck: { result: 'Observed', outcome: 'NotMet' } });
    const message = 'there was no criterion front of this service then';
    await shows('before', { state: 'Answered', spotCheck: { result: 'NothingJudged', message } });
    const then = (await statusOf('then'))!.spotCheck!;
    expect({ ...then, slot: slotOf(then.slot) }).toMatchObject({ slot: first.slot, specDigest: first.specDigest });
    await isHeld(then);
    const [asked, checked] = await recorded('then', ['Raised', 'SpotChecked']);
    expect(asked).toMatchObject({ asked: { criterion: 'front', at: Date.parse(at) } });
    const again = { outcome: 'NotMet', message: expect.stringContaining('is 0') as unknown };
    expect(checked).toMatchObject({ seen: { result: 'Observed', slot: first.slot, outcome: 'Met', again } });
    expect(then).toMatchObject({ again });
    // The slot was still to come, and is looked up once its batch is sealed: after a minute, or before another record.
    const slot = slotOf((await world.api.get('Finding', 'shop/soon')).spec.spotCheck!.at);
    await eventually(async () => expect((await observed()).at(-1)!.slot).toBeGreaterThan(slot));
    await world.api.apply(finding('seals'));
    await shows('soon', { state: 'Answered' });
    await shows('soon', { spotCheck: { result: 'Observed', outcome: 'NotMet' } });
  },
  SLOW_MS,
);

test(
  'is listed with what is asked first, found by its state, and its deletion is on record',
  async () => {
    const lines = (await world.kubectl('get', 'find', '-n', 'shop')).split('\n');
    expect(lines[0]?.split(/ {2,}/).map((name) => name.trim())).toEqual([
      'NAME',
      'SERVICE',
      'TYPE',
      'STATE',
      'DUE',
      'TITLE',
      'AGE',
    ]);
    expect(lines.find((line) => line.startsWith('runbook'))).toMatch(/^runbook +shop +Question +Open +20\S+Z +About runbook/);
    const open = await world.kubectl('get', 'find', '-n', 'shop', '--field-selector=status.state=Open', '-o', 'name');
    expect(open.trim().split('\n')).toEqual(['finding.assay.dev/runbook', 'finding.assay.dev/seals']);
    operator.kill('SIGKILL');
    await operator.exited();
    await world.api.remove('Finding', 'shop/late');
    await patch('runbook', { answers: [answer(1), answer(2)] });
    await operator.start();
    await recorded('late', ['Raised', 'Overdue', 'Answered', 'Deleted']);
    await recorded('runbook', ['Raised', 'Answered', 'Closed', 'Reopened', 'Answered']);
    await recorded('then', ['Raised', 'SpotChecked']);
  },
  SLOW_MS,
);

test('customers may read nothing of it, and nobody had anything to complain of', async () => {
  const records = (await log())?.records.filter(({ kind }) => kind === 'FindingChanged') ?? [];
  expect(records.map(({ head }) => Object.keys(head.parts))).toEqual(records.map(() => ['authority']));
  expect(complaintsIn(await operator.logged())).toEqual([]);
});
