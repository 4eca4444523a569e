import { changeRecord, comment, HOUR, inMs, windowIn } from './change-manifests.ts';
import type { Manifest } from './kube-api.ts';
import { criterion, namespace } from './manifests.ts';
import { eventually, openWorld, type SpawnedOperator, type World } from './operator-world.ts';

// What people say of deviations, as whoever reads a report sees it.

const SLOW_MS = 90_000;

let world: World;
let operator: SpawnedOperator;

beforeAll(async () => {
  world = await openWorld();
  operator = await world.spawnOperator();
  await world.api.apply(namespace('shop'));
}, SLOW_MS);

afterAll(() => world.close(), SLOW_MS);

const incident = (name: string, spec: object): Manifest => ({
  kind: 'Incident',
  metadata: { name, namespace: 'shop' },
  ...{ spec: { title: 'Nobody approved', reporter: 'ada', ...spec } },
});

const shows = (name: string, status: object): Promise<void> =>
  eventually(async () => expect((await world.api.get('ChangeRecord', `shop/${name}`)).status).toMatchObject(status));

test(
  'a report names the change that explains a deviation and what people said, and prints the figure both ways',
  async () => {
    const service = 'store';
    const evidence = [{ name: 'unapproved', records: { of: 'Change', require: 'approved' } as const }];
    const rule = { threshold: { evidence: 'unapproved', op: '==', value: 0 } } as const;
    await world.api.apply(criterion('shop/approvals', { source: 'none' }, { service, evidence, rule, holdFor: '0s' }));
    const verdictIs = (verdict: string): Promise<void> =>
      eventually(async () => {
        expect((await world.api.get('CertificationCriterion', 'shop/approvals')).status?.verdict).toBe(verdict);
      });
    await verdictIs('Pass');
    await world.api.apply(changeRecord('agreed', { service, approvedBy: 'bo', adjustFigures: true, ...windowIn(2_000, HOUR) }));
    await shows('agreed', { phase: 'InWindow', approval: 'InTime' });
    await verdictIs('Pass');
    await world.api.apply(changeRecord('unasked', { service, ...windowIn(-HOUR, HOUR) }));
    await verdictIs('Fail');
    await world.api.apply(comment('on-it', { service, criterion: 'approvals' }));
    await eventually(async () => {
      const { status } = await world.api.get('DeviationComment', 'shop/on-it');
      expect(status?.conditions).toMatchObject([{ type: 'Ready', status: 'True', reason: 'Recorded' }]);
    });
    await world.api.apply({
      kind: 'EvidenceReport',
      metadata: { name: 'minute', namespace: 'shop' },
      ...{ spec: { service, period: { type: 'Range', from: inMs(-60_000), to: inMs(3_000) } } },
    });
    await eventually(async () => {
      const { status } = await world.api.get('EvidenceReport', 'shop/minute');
      expect(status).toMatchObject({ verdict: 'Fail', adjusted: { changes: ['agreed'] } });
      expect(status?.adjusted?.availability).not.toBe(status?.availability);
      expect(status?.deviations).toMatchObject([
        { criterion: 'approvals', change: 'agreed', comments: [{ kind: 'Cause', author: 'ada', text: 'A full disk.' }] },
      ]);
    });
  },
  SLOW_MS,
);

test(
  'the live report says so too, as soon as it is said, and after a restart',
  async () => {
    const service = 'store';
    const live = async () => (await world.api.get('EvidenceReport', 'shop/approvals')).status?.deviations?.[0];
    const comments = [{ kind: 'Cause', author: 'ada', text: 'A full disk.' }];
    const shown = (more: object): Promise<void> =>
      eventually(async () => expect(await live()).toMatchObject({ criterion: 'approvals', comments, ...more }));
    await shown({ change: 'agreed' });
    const origin = { criterion: 'approvals', deviation: (await live())?.id };
    await world.api.apply(
      changeRecord('tomorrow', { service, approvedBy: 'bo', ...windowIn(24 * HOUR, 25 * HOUR) }),
      incident('began', { service, origin }),
    );
    await shows('tomorrow', { phase: 'Approved', approval: 'InTime' });
    await shown({ change: 'agreed', incident: 'began' });
    await world.api.apply(changeRecord('later', { service, approvedBy: 'bo', ...windowIn(4_000, HOUR) }));
    await shows('later', { phase: 'InWindow', approval: 'InTime' });
    await shown({ change: 'agreed, later' });
    await operator.restart();
    await world.api.apply(comment('still', { service, criterion: 'approvals', text: 'A new one is on its way.' }));
    await shown({ change: 'agreed, later', incident: 'began', comments: [...comments, { text: 'A new one is on its way.' }] });
  },
  SLOW_MS,
);

test(
  'whose approval is taken back in its window explains nothing any more, though nobody said anything else',
  async () => {
    const service = 'till';
    const evidence = [{ name: 'late', records: { of: 'Incident', require: 'classified', within: '1s' } as const }];
    const rule = { threshold: { evidence: 'late', op: '==', value: 0 } } as const;
    const explainedBy = (change: string | undefined): Promise<void> =>
      eventually(async () => {
        const [deviation] = (await world.api.get('EvidenceReport', 'shop/classified')).status?.deviations ?? [];
        expect(deviation).toMatchObject({ criterion: 'classified' });
        expect(deviation?.change).toBe(change);
      });
    await world.api.apply(
      criterion('shop/classified', { source: 'none' }, { service, evidence, rule, holdFor: '0s' }),
      incident('unclear', { service }),
    );
    await explainedBy(undefined);
    await world.api.apply(changeRecord('sole', { service, approvedBy: 'bo', ...windowIn(2_000, HOUR) }));
    await explainedBy('sole');
    await world.api.patch('ChangeRecord', 'shop/sole', { spec: { approvedBy: null } });
    await explainedBy(undefined);
  },
  SLOW_MS,
);
