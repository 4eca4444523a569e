import type { RecordBody } from '../../src/api/records.ts';
import { type FakeSlack, startFakeSlack } from '../../src/notify/slack/fake-server.ts';

import { changeRecord, comment, HOUR, windowIn } from './change-manifests.ts';
import { readEvidenceLog } from './evidence-log.ts';
import type { Manifest } from './kube-api.ts';
import { criterion, namespace, secret } from './manifests.ts';
import { complaintsIn, eventually, openWorld, type SpawnedOperator, type World } from './operator-world.ts';

// Changes and comments as people with kubectl live through them: what they say is on record once, in order, and an approval counts
// from when it is there.

const SLOW_MS = 90_000;
const CRD = 'changerecords.assay.dev';

let world: World;
let operator: SpawnedOperator;
let slack: FakeSlack;

beforeAll(async () => {
  [world, slack] = await Promise.all([openWorld(), startFakeSlack()]);
  operator = await world.spawnOperator();
  await world.api.apply(namespace('shop'));
}, SLOW_MS);

afterAll(async () => {
  await world.close();
  await slack.close();
}, SLOW_MS);

const patch = (name: string, spec: object, target = 'chg') =>
  world.tryKubectl('', 'patch', target, name, '-n', 'shop', '--type=merge', '-p', JSON.stringify({ spec }));

async function does(act: Promise<{ readonly ok: boolean; readonly said: string }>): Promise<void> {
  expect(await act).toMatchObject({ ok: true });
}

async function logOf(service = 'shop') {
  return (await readEvidenceLog(operator.store)).get(`shop/${service}`)?.records ?? [];
}

const recordsOf = async (name: string, service = 'shop'): Promise<RecordBody<'ChangeRecorded'>[]> =>
  (await logOf(service)).flatMap((record) =>
    record.kind === 'ChangeRecorded' && record.body.change === name ? [record.body] : [],
  );
const commentsOf = async (name: string): Promise<RecordBody<'Commented'>[]> =>
  (await logOf()).flatMap((record) => (record.kind === 'Commented' && record.body.comment === name ? [record.body] : []));

/** Waits until these events of a change are on record, and no others. */
const recorded = (name: string, events: readonly string[], service = 'shop') =>
  eventually(async () => {
    const records = await recordsOf(name, service);
    expect(records.map(({ event }) => event)).toEqual(events);
    return records;
  });

const shows = (name: string, status: object): Promise<void> =>
  eventually(async () => expect((await world.api.get('ChangeRecord', `shop/${name}`)).status).toMatchObject(status));

test(
  'is asked for, approved and ended, and all of it is on record, in its status and in Events',
  async () => {
    const tellCustomers = { text: 'The shop is closed for an hour.' };
    await does(
      world.tryKubectl(
        JSON.stringify({ apiVersion: 'assay.dev/v1alpha1', ...changeRecord('disk', { tellCustomers }) }),
        'create',
        '-f',
        '-',
      ),
    );
    await shows('disk', { phase: 'Planned', approval: 'Missing' });
    await does(patch('disk', { approvedBy: 'bo' }));
    await shows('disk', { phase: 'Approved', approval: 'InTime' });
    await does(patch('disk', { outcome: { success: true, text: 'It went well.', by: 'ada' } }));
    const records = await recorded('disk', ['Planned', 'Approved', 'Ended']);
    expect(records).toMatchObject([
      { by: 'ada', spec: { description: 'About disk', ticket: 'SHOP-1', adjustFigures: false } },
      { by: 'bo', toCustomers: { change: 'disk', text: tellCustomers.text, isCalledOff: false } },
      { by: 'ada', spec: { approvedBy: 'bo', outcome: { success: true } } },
    ]);
    expect(records[0]).not.toHaveProperty('toCustomers');
    const opens = Date.parse(records[0]?.spec.window.from ?? '');
    expect(records[1]?.toCustomers).toMatchObject({ from: opens, tellAt: opens - 24 * HOUR });
    await eventually(async () => {
      const { metadata, status } = await world.api.get('ChangeRecord', 'shop/disk');
      expect(status).toMatchObject({ observedGeneration: metadata.generation, phase: 'Approved', approval: 'InTime' });
      expect(status?.conditions).toMatchObject([{ type: 'Ready', status: 'True', reason: 'Recorded' }]);
      expect(Date.parse(status?.approvedAt ?? '')).toBeGreaterThanOrEqual(records[1]?.at ?? Infinity);
    });
    await eventually(async () => {
      const events = await world.api.events('ChangeRecord', 'shop/disk');
      expect(events.map(({ reason, type }) => `${type} ${reason}`)).toEqual(Array<string>(3).fill('Normal ChangeRecorded'));
      expect(events.map(({ note }) => note.split(' ')[0]).sort()).toEqual(['approved', 'ended', 'planned']);
    });
  },
  SLOW_MS,
);

test(
  'nobody approves what they ask for, and what was approved stands',
  async () => {
    await world.api.apply(changeRecord('stands'));
    const refused = async (spec: object, message: string): Promise<void> => {
      const { ok, said } = await patch('stands', spec);
      expect({ ok, said }).toEqual({ ok: false, said: expect.stringContaining(message) as unknown });
    };
    await refused({ approvedBy: 'ada' }, 'approved by another person than the one who asks for it');
    await refused({ requestedBy: 'cy' }, 'requestedBy is immutable');
    await refused({ ticket: null }, 'a change has a reason or a ticket');
    await does(patch('stands', { approvedBy: 'bo' }));
    const longer = windowIn(HOUR, 9 * HOUR);
    await refused(longer, 'what was approved stands');
    await refused({ adjustFigures: true }, 'what was approved stands');
    await recorded('stands', ['Planned', 'Approved']);
    await does(patch('stands', { approvedBy: null, ...longer }));
    await shows('stands', { phase: 'Planned', approval: 'Missing' });
    await does(patch('stands', { approvedBy: 'bo' }));
    await recorded('stands', ['Planned', 'Approved', 'Changed', 'Approved']);
    await shows('stands', { phase: 'Approved', approval: 'InTime' });
  },
  SLOW_MS,
);

test(
  'goes from phase to phase by itself, and what is approved in its window is late',
  async () => {
    await world.api.apply(changeRecord('soon', { approvedBy: 'bo', ...windowIn(4_000, 9_000) }));
    await shows('soon', { phase: 'Approved', approval: 'InTime' });
    await world.api.apply(changeRecord('open', windowIn(-HOUR, HOUR)));
    await shows('open', { phase: 'InWindow', approval: 'Missing' });
    await does(patch('open', { approvedBy: 'bo' }));
    await shows('open', { phase: 'InWindow', approval: 'Late' });
    await shows('soon', { phase: 'InWindow', approval: 'InTime' });
    await shows('soon', { phase: 'Over', approval: 'InTime' });
    await recorded('soon', ['Planned', 'Approved']);
    await eventually(async () => {
      const events = await world.api.events('ChangeRecord', 'shop/open');
      expect(events.map(({ note }) => note)).toContainEqual(
        expect.stringMatching(/^approved after its window opened: it explains nothing/),
      );
    });
  },
  SLOW_MS,
);

test(
  'is listed with what is asked first, and found by its phase',
  async () => {
    const lines = (await world.kubectl('get', 'chg', '-n', 'shop')).split('\n');
    expect(lines[0]?.split(/ {2,}/).map((name) => name.trim())).toEqual([
      ...['NAME', 'SERVICE', 'CATEGORY', 'RISK', 'PHASE', 'APPROVAL', 'FROM', 'TO', 'AGE'],
    ]);
    expect(lines.find((line) => line.startsWith('open'))).toMatch(/^open +shop +Regular +Low +InWindow +Late +20/);
    const over = await world.kubectl('get', 'chg', '-n', 'shop', '--field-selector=status.phase=Over', '-o', 'name');
    expect(over.trim()).toBe('changerecord.assay.dev/soon');
  },
  SLOW_MS,
);

test(
  'is deleted on record, and is approved anew where its name returns, even for another service',
  async () => {
    await world.api.apply(changeRecord('gone', { approvedBy: 'bo' }));
    await recorded('gone', ['Planned', 'Approved']);
    await world.api.remove('ChangeRecord', 'shop/gone');
    await recorded('gone', ['Planned', 'Approved', 'Deleted']);
    await world.api.apply(changeRecord('gone'));
    await recorded('gone', ['Planned', 'Approved', 'Deleted', 'Planned']);
    await shows('gone', { approval: 'Missing' });
    await world.api.remove('ChangeRecord', 'shop/gone');
    await world.api.apply(changeRecord('gone', { service: 'till' }));
    await recorded('gone', ['Planned'], 'till');
    await recorded('gone', ['Planned', 'Approved', 'Deleted', 'Planned', 'Deleted']);
  },
  SLOW_MS,
);

test(
  'a comment is on record once with its author, can not be changed, and stands when it is deleted',
  async () => {
    await world.api.apply(comment('why', { deviation: 'd-1' }));
    await eventually(async () => {
      expect(await commentsOf('why')).toMatchObject([
        { criterion: 'up', deviation: 'd-1', about: 'Cause', text: 'A full disk.', author: 'ada' },
      ]);
    });
    await eventually(async () => {
      const { status } = await world.api.get('DeviationComment', 'shop/why');
      expect(status?.conditions).toMatchObject([
        {
          type: 'Ready',
          status: 'False',
          reason: 'CriterionUnknown',
          message: expect.stringMatching(/never had a criterion up$/) as unknown,
        },
      ]);
      expect(Date.parse(status?.recordedAt ?? '')).toBe((await commentsOf('why'))[0]?.at);
    });
    expect(await patch('why', { text: 'It was nothing.' }, 'cmt')).toMatchObject({
      ...{ ok: false, said: expect.stringContaining('what was said stands: add another comment') as unknown },
    });
    await eventually(async () => {
      const events = await world.api.events('DeviationComment', 'shop/why');
      expect(events.map(({ reason, note }) => `${reason}: ${note}`)).toEqual(['CommentRecorded: Cause on up']);
    });
    const lines = (await world.kubectl('get', 'cmt', '-n', 'shop')).split('\n');
    expect(lines[1]).toMatch(/^why +shop +up +Cause +ada +\d+m?s/);
    await world.api.remove('DeviationComment', 'shop/why');
    await world.api.apply(comment('why', { text: 'Another one.' }));
    await eventually(async () => {
      expect((await commentsOf('why')).map(({ text }) => text)).toEqual(['A full disk.', 'Another one.']);
    });
  },
  SLOW_MS,
);

const channel = (audience: string): Manifest => ({
  kind: 'NotificationChannel',
  metadata: { name: audience },
  ...{
    spec: {
      ...{ audience, namespaces: { from: 'All' }, services: ['depot'], topics: ['Alerts', 'Changes'] },
      slack: { url: slack.apiUrl, channel: `#${audience}`, tokenSecret: { name: 'slack', key: 'token' } },
    },
  },
});

test(
  'customers are told before, and that it is called off; an alert names the change that explains it',
  async () => {
    const service = 'depot';
    slack.workspace.channels = ['internal', 'customers'].map((name) => ({
      ...{ id: `C0${name.toUpperCase()}`, name, archived: false, member: true, shared: false },
    }));
    const roots = (audience: string, text: string) =>
      slack.visible().filter((message) => message.channel === `C0${audience.toUpperCase()}` && message.text.includes(text));
    const evidence = [{ name: 'unapproved', records: { of: 'Change', require: 'approved' } as const }];
    const rule = { threshold: { evidence: 'unapproved', op: '==', value: 0 } } as const;
    await world.api.apply(secret('slack', { token: slack.token }), channel('internal'), channel('customers'));
    await world.api.apply(criterion('shop/depot', { source: 'none' }, { service, evidence, rule, holdFor: '0s' }));
    const told = (before: string, text: string): object => ({ service, approvedBy: 'bo', tellCustomers: { before, text } });
    await world.api.apply(
      changeRecord('agreed-on', { ...told('2s', 'The depot is closed.'), ...windowIn(8_000, HOUR) }),
      changeRecord('dropped', told('24h', 'The depot moves.')),
    );
    await eventually(() =>
      expect(roots('customers', 'The depot moves.')).toMatchObject([
        { text: expect.stringMatching(/Planned: depot, change/) as unknown },
      ]),
    );
    await world.api.remove('ChangeRecord', 'shop/dropped');
    await eventually(() =>
      expect(roots('customers', 'The depot moves.')).toMatchObject([
        { text: expect.stringMatching(/Called off: depot, change/) as unknown },
      ]),
    );
    await eventually(() => expect(roots('customers', 'The depot is closed.')).toHaveLength(1));
    const [approved] = (await recordsOf('agreed-on', service)).filter(({ event }) => event === 'Approved');
    const sent = (await logOf(service)).flatMap((record) => (record.kind === 'Delivery' ? [record.body] : []));
    const toCustomers = sent.filter(({ audience, story }) => audience === 'customers' && story.includes('/agreed-on/'));
    expect(toCustomers[0]?.at).toBeGreaterThanOrEqual(approved?.toCustomers?.tellAt ?? Infinity);
    await shows('agreed-on', { phase: 'InWindow', approval: 'InTime' });
    await world.api.apply(changeRecord('unasked-for', { service, ...windowIn(-HOUR, HOUR) }));
    await eventually(() =>
      expect(roots('internal', 'Explained by')).toMatchObject([
        { text: expect.stringMatching(/change agreed-on, 20/) as unknown },
      ]),
    );
    const customers = slack.visible().filter((message) => message.channel === 'C0CUSTOMERS');
    expect(customers.map(({ text }) => text).join('\n')).not.toMatch(/About|SHOP-1|team-shop|agreed-on|unasked|ada|bo\b/);
  },
  SLOW_MS,
);

test(
  'an operator that was killed puts nothing on record twice, and an approval counts from when it is back',
  async () => {
    for (const name of ['kept', 'lost', 'approved']) await world.api.apply(changeRecord(name, windowIn(20_000, HOUR)));
    await Promise.all(['kept', 'lost', 'approved'].map((name) => recorded(name, ['Planned'])));
    const opens = Date.parse((await recordsOf('approved'))[0]?.spec.window.from ?? '');
    const before = await recordsOf('disk');
    operator.kill('SIGKILL');
    await operator.exited();
    await does(patch('approved', { approvedBy: 'bo' }));
    await world.api.apply(comment('meanwhile'));
    await world.api.remove('ChangeRecord', 'shop/lost');
    await eventually(() => expect(Date.now()).toBeGreaterThan(opens));
    await operator.start();
    await Promise.all([recorded('approved', ['Planned', 'Approved']), recorded('lost', ['Planned', 'Deleted'])]);
    await shows('approved', { phase: 'InWindow', approval: 'Late' });
    await eventually(async () => expect(await commentsOf('meanwhile')).toHaveLength(1));
    await operator.restart();
    await world.api.apply(changeRecord('afterwards'), comment('afterwards'));
    await recorded('afterwards', ['Planned']);
    await eventually(async () => expect(await commentsOf('afterwards')).toHaveLength(1));
    expect(await recordsOf('disk')).toEqual(before);
    await recorded('kept', ['Planned']);
    await recorded('lost', ['Planned', 'Deleted']);
    expect(await commentsOf('meanwhile')).toHaveLength(1);
  },
  2 * SLOW_MS,
);

test('nobody had anything to complain of', async () => {
  expect(complaintsIn(await operator.logged())).toEqual([]);
});

test(
  'what a loosened CRD let through is named and not put on record, and stops nobody else',
  async () => {
    const path = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations';
    await world.kubectl('patch', 'crd', CRD, '--type=json', '-p', JSON.stringify([{ op: 'remove', path }]));
    await eventually(() => world.api.apply(changeRecord('let-through', { approvedBy: 'ada' })));
    await shows('let-through', { conditions: [{ type: 'Ready', status: 'False', reason: 'InvalidSpec' }] });
    // The window of what was approved is moved: the approval is another one from then on.
    await world.api.apply(changeRecord('beside', { approvedBy: 'bo' }));
    await recorded('beside', ['Planned', 'Approved']);
    await does(patch('beside', windowIn(-HOUR, HOUR)));
    await recorded('beside', ['Planned', 'Approved', 'Changed', 'Approved']);
    await shows('beside', { phase: 'InWindow', approval: 'Late' });
    expect(await recordsOf('let-through')).toEqual([]);
  },
  2 * SLOW_MS,
);
