import type { LogRecord, RecordBody } from '../../src/api/records.ts';

import { readEvidenceLog, type ServiceLog } from './evidence-log.ts';
import { type LyingSource, measuring, slowly, startLyingSource } from './lying-source.ts';
import { criterion, namespace, source } from './manifests.ts';
import { complaintsIn, eventually, metricIn, openWorld, type TestOperator, type World } from './operator-world.ts';

const LONG_MS = 60_000;
const DURING_EVALUATION = ['edited', 'suspended', 'deleted', 'recreated'] as const;
const DURING_DEVIATION = ['lowered', 'renamed', 'paused', 'dropped', 'returned', 'moved'] as const;
const ALL = [...DURING_EVALUATION, ...DURING_DEVIATION];
type Name = (typeof ALL)[number];
const CRITERION = 'CertificationCriterion';

let world: World;
let operator: TestOperator;
let sources: LyingSource;

const found = (name: Name) => world.api.get(CRITERION, `shop/${name}`);
const status = async (name: Name) => (await found(name)).status;
const verdictOf = async (name: Name) => (await status(name))?.verdict;
const become = (name: Name, verdict: string, withinMs = LONG_MS) =>
  eventually(async () => expect(await verdictOf(name)).toBe(verdict), withinMs);
const logOf = async (name: Name): Promise<ServiceLog> => (await readEvidenceLog(operator.store)).get(`shop/${name}`)!;
const reasons = async (name: Name) => (await world.api.events(CRITERION, `shop/${name}`)).map(({ reason }) => reason);

/** Each criterion has a source of its own, by its name, and the authority has a step that is still to come. */
const spec = (name: Name, change: object = {}) =>
  criterion(`shop/${name}`, { source: name }, { interval: '2s', holdFor: '0s', recoverFor: '2s', escalation, ...change });
const escalation = [
  { after: '0s', audience: 'internal' },
  { after: '1h', audience: 'authority' },
];
const bound = (value: number) => ({ rule: { threshold: { evidence: 'up', op: '==', value } } });

/** The changes of a criterion that are on record, and what is on record of a kind. */
const changesOf = ({ records }: ServiceLog): string[] => recordsOf(records, 'CriterionChanged').map(({ change }) => change);
function recordsOf<K extends LogRecord['kind']>(records: readonly LogRecord[], kind: K): RecordBody<K>[] {
  return records.filter((record) => record.kind === kind).map(({ body }) => body as RecordBody<K>);
}

async function recorded(name: Name, changes: readonly string[]): Promise<ServiceLog> {
  return eventually(async () => {
    const log = await logOf(name);
    expect(changesOf(log)).toEqual(changes);
    return log;
  });
}

beforeAll(async () => {
  [world, sources] = await Promise.all([openWorld(), startLyingSource()]);
  operator = await world.startOperator();
  await world.api.apply(namespace('shop'));
  for (const name of ALL) {
    await world.api.apply(source(name, sources.url(name), { timeout: '1m' }), spec(name));
  }
  await Promise.all(ALL.map((name) => become(name, 'Pass')));
  for (const name of DURING_DEVIATION) sources.behave(name, measuring('0'));
}, 120_000);

afterAll(async () => {
  await world.close();
  await sources.stop();
}, 60_000);

describe('while an evaluation waits for its source, a criterion can be', () => {
  let release: () => void;
  let heldAt: number;

  beforeAll(async () => {
    const gate = Promise.withResolvers<undefined>();
    release = () => gate.resolve(undefined);
    heldAt = Date.now();
    // What is asked from now on would be a failure, if it were judged by the rule by which it was asked.
    for (const name of DURING_EVALUATION) sources.behave(name, slowly(gate.promise, measuring('0')));
    await eventually(() => {
      for (const name of DURING_EVALUATION) {
        expect(Number(sources.asked(name).at(-1)?.form['time']) * 1000).toBeGreaterThan(heldAt);
      }
    });
    const evidence = [{ name: 'up', prometheus: { source: 'edited', query: 'other' } }];
    await world.api.apply(spec('edited', { ...bound(0), evidence }));
    await world.api.patch(CRITERION, 'shop/suspended', { spec: { suspend: { reason: 'the shop moves' } } });
    await world.api.remove(CRITERION, 'shop/deleted');
    await world.api.remove(CRITERION, 'shop/recreated');
    await world.api.apply(spec('recreated', bound(0)));
  }, LONG_MS);

  test('edited: the new rule asks at once, and what the old one asked is not judged', async () => {
    await eventually(() => expect(sources.asked('edited').at(-1)?.form['query']).toBe('other'), 5_000);
    await recorded('edited', ['Created', 'Changed']);
    expect((await logOf('edited')).observed().filter(({ slot }) => slot > heldAt)).toEqual([]);
  });

  test(
    'suspended: that is shown at once',
    async () => {
      await become('suspended', 'Suspended');
      expect((await status('suspended'))?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: 'False', reason: 'Suspended' }),
      );
      await recorded('suspended', ['Created', 'Suspended']);
    },
    LONG_MS,
  );

  test('deleted: it is judged no more', async () => {
    await recorded('deleted', ['Created', 'Deleted']);
    expect(metricIn(await operator.metrics(), 'assay_criterion_verdict', { criterion: 'deleted' })).toBe(0);
  });

  test('created again under its name', async () => {
    await recorded('recreated', ['Created', 'Deleted', 'Recreated']);
  });

  test(
    'and when the source answers at last, each is what it should be',
    async () => {
      release();
      await world.api.patch(CRITERION, 'shop/suspended', { spec: { suspend: null, ...bound(0) } });
      for (const name of ['edited', 'suspended', 'recreated'] as const) {
        await become(name, 'Pass');
        await eventually(async () => {
          const late = (await logOf(name)).observed().filter(({ slot }) => slot > heldAt);
          expect(new Set(late.map(({ outcome }) => outcome))).toEqual(new Set(['Met']));
        });
      }
      await recorded('suspended', ['Created', 'Suspended', 'Changed', 'Resumed']);
      expect((await logOf('deleted')).observed().filter(({ slot }) => slot > heldAt)).toEqual([]);
      const report = await world.api.get('EvidenceReport', 'shop/recreated');
      expect(report.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([(await found('recreated')).metadata.uid]);
    },
    LONG_MS,
  );
});

describe('while it fails, a criterion', () => {
  const failing = new Map<Name, { readonly id: string; readonly since: string }>();
  const closed = async (name: Name) => recordsOf((await logOf(name)).records, 'DeviationClosed');
  const notices = async (name: Name) =>
    recordsOf((await logOf(name)).records, 'Notified').map(({ notice, audience }) => `${notice} to ${audience}`);

  beforeAll(async () => {
    for (const name of DURING_DEVIATION) {
      await become(name, 'Fail');
      const { id, since } = (await status(name))!.deviation!;
      failing.set(name, { id, since });
    }
    await world.api.apply(spec('lowered', bound(0)));
    await world.api.apply(spec('renamed', { title: 'Another title' }));
    await world.api.patch(CRITERION, 'shop/paused', { spec: { suspend: { reason: 'nobody is to see this' } } });
    await world.api.remove(CRITERION, 'shop/dropped');
    await world.api.remove(CRITERION, 'shop/returned');
    sources.behave('elsewhere', measuring('1'));
    await world.api.patch('EvidenceSource', 'moved', { spec: { prometheus: { url: sources.url('elsewhere') } } });
    await recorded('returned', ['Created', 'Deleted']);
    await world.api.apply(spec('returned'));
  }, LONG_MS);

  test(
    'whose bar is lowered passes, but its deviation ended by the change, and the authority hears of it',
    async () => {
      await become('lowered', 'Pass');
      const { id } = failing.get('lowered')!;
      expect(await closed('lowered')).toMatchObject([{ id, reason: 'CriterionChanged' }]);
      expect(await notices('lowered')).toEqual(
        expect.arrayContaining(['EscalationDue to internal', 'CriterionChanged to authority', 'DeviationEnded to internal']),
      );
      await eventually(async () => {
        expect(await reasons('lowered')).toEqual(
          expect.arrayContaining(['CriterionFailed', 'EscalationDue', 'CriterionChanged', 'CriterionRecovered']),
        );
      });
    },
    LONG_MS,
  );

  test(
    'whose title is changed goes on failing since when it did',
    async () => {
      await recorded('renamed', ['Created', 'Changed']);
      await eventually(async () => expect((await found('renamed')).status?.observedGeneration).toBe(2));
      expect(await status('renamed')).toMatchObject({ verdict: 'Fail', deviation: failing.get('renamed') });
      expect(await closed('renamed')).toEqual([]);
    },
    LONG_MS,
  );

  test(
    'that is suspended fails afterwards as it did before',
    async () => {
      await become('paused', 'Suspended');
      await eventually(async () => expect(await notices('paused')).toContain('CriterionChanged to authority'));
      const slots = (await logOf('paused')).observed().length;
      await world.api.patch(CRITERION, 'shop/paused', { spec: { suspend: null } });
      await become('paused', 'Fail');
      expect((await status('paused'))?.deviation).toMatchObject(failing.get('paused')!);
      expect(changesOf(await logOf('paused'))).toEqual(['Created', 'Suspended', 'Resumed']);
      await eventually(async () => expect((await logOf('paused')).observed().length).toBeGreaterThan(slots));
    },
    LONG_MS,
  );

  test(
    'that is deleted leaves a deviation behind that ended so',
    async () => {
      await recorded('dropped', ['Created', 'Deleted']);
      expect(await closed('dropped')).toMatchObject([{ id: failing.get('dropped')!.id, reason: 'CriterionDeleted' }]);
      await eventually(async () => expect(await reasons('dropped')).toContain('CriterionChanged'));
    },
    LONG_MS,
  );

  test(
    'that is deleted and created again fails since when it did',
    async () => {
      await become('returned', 'Fail');
      expect((await status('returned'))?.deviation).toMatchObject(failing.get('returned')!);
      const opened = recordsOf((await logOf('returned')).records, 'DeviationOpened');
      expect(opened.map(({ id, reopened }) => [id, reopened])).toEqual([
        [failing.get('returned')!.id, false],
        [failing.get('returned')!.id, true],
      ]);
      sources.behave('returned', measuring('1'));
      await become('returned', 'Pass');
      expect((await closed('returned')).map(({ reason }) => reason)).toEqual(['CriterionDeleted', 'CriterionChanged']);
    },
    LONG_MS,
  );

  test(
    'whose source is another all of a sudden passes, but did not recover',
    async () => {
      await become('moved', 'Pass');
      const log = await logOf('moved');
      expect(recordsOf(log.records, 'SourceChanged').at(-1)).toMatchObject({ source: 'moved', criteria: ['moved'] });
      expect(await closed('moved')).toMatchObject([{ id: failing.get('moved')!.id, reason: 'CriterionChanged' }]);
      expect(await notices('moved')).toContain('CriterionChanged to authority');
    },
    LONG_MS,
  );
});

test(
  'a live report that somebody deletes or relabels is made anew, and says what is known',
  async () => {
    const reported = () => world.api.get('EvidenceReport', 'shop/edited');
    const before = await reported();
    await world.api.remove('EvidenceReport', 'shop/edited');
    await eventually(async () => {
      const { metadata, status: said } = await reported();
      expect(metadata.uid).not.toBe(before.metadata.uid);
      expect(said).toMatchObject({
        verdict: 'Pass',
        controls: 'OPS-02',
        conditions: [{ type: 'Ready', status: 'True', reason: 'Live' }],
      });
    });
    await world.api.patch('EvidenceReport', 'shop/edited', { metadata: { labels: { 'assay.dev/service': 'another' } } });
    await eventually(async () => expect((await reported()).metadata.labels).toEqual(before.metadata.labels));
  },
  LONG_MS,
);

test('nothing of all this was more than the operator could take', async () => {
  const log = await operator.logged();
  expect(log).toContain('verdict changed');
  expect(complaintsIn(log)).toEqual([]);
});
