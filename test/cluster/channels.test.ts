import type { NotificationChannelSpec } from '../../src/api/channel.ts';
import { type FakeSlack, startFakeSlack } from '../../src/notify/slack/fake-server.ts';

import { SteppedClock } from '../faults/stepped-clock.ts';

import type { Manifest } from './kube-api.ts';
import { type LyingSource, measuring, startLyingSource } from './lying-source.ts';
import { criterion, namespace, secret, source } from './manifests.ts';
import { eventually, metricIn, openWorld, type SpawnedOperator, type World } from './operator-world.ts';

// Scenario 1 of domain.md with seconds for minutes: who is told of an outage when, and of its end; on a stand-in for Slack that takes
// only what Slack would take. The operator is a process of its own, which is killed in the middle.

const WITHIN_MS = 90_000;
const AUDIENCES = ['internal', 'authority', 'customers'] as const;

let world: World;
let operator: SpawnedOperator;
let lying: LyingSource;
let slack: FakeSlack;

beforeAll(async () => {
  [world, lying, slack] = await Promise.all([openWorld(), startLyingSource(), startFakeSlack()]);
  slack.workspace.channels = AUDIENCES.flatMap((audience) =>
    ['shop', 'books', 'loans'].map((service) => ({
      ...{ id: `C0${service}${audience}`.toUpperCase(), name: `${service}-${audience}` },
      ...{ archived: false, member: true, shared: false },
    })),
  );
  slack.workspace.channels.push({ id: 'C0ELSEWHERE', name: 'elsewhere', archived: false, member: true, shared: false });
  await world.api.apply(
    namespace('shop', { chat: 'yes' }),
    source('prometheus', lying.url('shop')),
    secret('slack', { token: slack.token }),
    ...AUDIENCES.map((audience) => channel(audience)),
    elsewhere('late', '#elsewhere', { services: ['none'] }),
    outageOf('shop', 'availability'),
  );
  operator = await world.spawnOperator({ toldWithin: '5s' });
  await eventually(async () => expect(await verdictOf('availability')).toBe('Pass'), WITHIN_MS);
}, WITHIN_MS);

afterAll(async () => {
  await world.close();
  await Promise.all([lying.stop(), slack.close()]);
});

function channel(audience: string, spec: Partial<NotificationChannelSpec> = {}): Manifest {
  const platform = {
    slack: { url: slack.apiUrl, channel: `#{service}-${audience}`, tokenSecret: { name: 'slack', key: 'token' } },
  };
  const others = audience === 'internal' ? {} : { services: ['*'], topics: ['Alerts', 'Incidents'] };
  return {
    kind: 'NotificationChannel',
    metadata: { name: audience },
    ...{
      spec: {
        audience,
        namespaces: { from: 'Selector', selector: { matchLabels: { chat: 'yes' } } },
        ...others,
        templates: { title: '[ACME] {title}' },
        ...platform,
        ...spec,
      },
    },
  };
}

/** One more for the team, of all namespaces, in a room that is none of a service. */
function elsewhere(name: string, room: string, spec: Partial<NotificationChannelSpec> = {}): Manifest {
  const { metadata: _metadata, ...rest } = channel('internal', {
    ...{ namespaces: { from: 'All' } },
    ...{ slack: { url: slack.apiUrl, channel: room, tokenSecret: { name: 'slack', key: 'token' } } },
    ...spec,
  });
  return { ...rest, metadata: { name } };
}

const outageOf = (service: string, name: string, from = 'prometheus'): Manifest =>
  criterion(
    `shop/${name}`,
    { source: from },
    {
      ...{ service, title: 'The shop answers from outside', runbook: 'https://runbooks.example.org/shop-down' },
      escalation: [
        { after: '0s', audience: 'internal' },
        { after: '6s', audience: 'authority' },
        { after: '6s', audience: 'customers' },
      ],
    },
  );

const verdictOf = async (name: string) => (await world.api.get('CertificationCriterion', `shop/${name}`)).status?.verdict;
const channelStatus = async (name: string) => (await world.api.get('NotificationChannel', name)).status;
const roots = (audience: string) => visibleTo(audience).filter(({ thread }) => thread === undefined);
const visibleTo = (audience: string) => slack.visible().filter(({ channel: id }) => id.toLowerCase().endsWith(audience));

/** How many steps for an audience are said not to be told. */
const untold = async (audience: string): Promise<number> =>
  metricIn(await operator.metrics(), 'assay_escalation_steps_undelivered', { audience });
const alarms = async (name: string) =>
  (await world.api.events('CertificationCriterion', name)).filter(({ reason }) => reason === 'EscalationNotDelivered');

test(
  'before anything happens, each channel says that it could deliver, and nobody is told anything',
  async () => {
    for (const audience of AUDIENCES) {
      await eventually(async () =>
        expect((await channelStatus(audience))?.conditions).toMatchObject([
          { type: 'Delivering', status: 'True', reason: 'Ready', message: 'the platform takes messages' },
        ]),
      );
    }
    expect(slack.visible()).toEqual([]);
  },
  WITHIN_MS,
);

test(
  'an outage that is over in time is told to the team alone, in one message that says its end',
  async () => {
    lying.behave('shop', measuring('0'));
    await eventually(() => expect(roots('internal')).toHaveLength(1));
    lying.behave('shop', measuring('1'));
    await eventually(() =>
      expect(roots('internal')).toMatchObject([{ edited: true, text: expect.stringMatching(/Over/) as unknown }]),
    );
    expect([visibleTo('authority'), visibleTo('customers')]).toEqual([[], []]);
  },
  WITHIN_MS,
);

test(
  'an outage that lasts is told to each audience in its time, each in its words, and its end to all; a kill in between shows nothing twice',
  async () => {
    const before = Date.now();
    lying.behave('shop', measuring('0'));
    await eventually(() => expect(roots('internal')).toHaveLength(2), WITHIN_MS);
    expect([visibleTo('authority'), visibleTo('customers')]).toEqual([[], []]);
    operator.kill('SIGKILL');
    await operator.exited();
    await operator.start();
    await eventually(
      () => expect([roots('authority'), roots('customers')].map(({ length }) => length)).toEqual([1, 1]),
      WITHIN_MS,
    );
    expect(Date.now() - before).toBeGreaterThan(6_000);
    expect(roots('customers')[0]?.text).not.toMatch(/availability|runbook|up is|The shop answers|prometheus/i);
    lying.behave('shop', measuring('1'));
    for (const audience of AUDIENCES) {
      await eventually(
        () =>
          expect(roots(audience).at(-1)).toMatchObject({ edited: true, text: expect.stringContaining('[ACME] Over') as unknown }),
        WITHIN_MS,
      );
    }
    expect(AUDIENCES.map((audience) => roots(audience).length)).toEqual([2, 1, 1]);
    await eventually(async () => expect(await channelStatus('customers')).toMatchObject({ pending: 0, failed: 0 }), WITHIN_MS);
    expect(await channelStatus('customers')).toMatchObject({ conditions: [{ type: 'Delivering', status: 'True' }] });
  },
  2 * WITHIN_MS,
);

test(
  'what a platform refuses is an alarm, once for each step over a restart, until it is told after all',
  async () => {
    const channelOf = slack.workspace.channels.find(({ name }) => name === 'loans-authority');
    if (!channelOf) throw new Error('the stand-in has no channel for it');
    channelOf.archived = true;
    lying.behave('loans', measuring('0'));
    await world.api.apply(source('loans', lying.url('loans')), outageOf('loans', 'lending', 'loans'));
    await eventually(async () => expect(await alarms('shop/lending')).toHaveLength(1), WITHIN_MS);
    expect(await alarms('shop/lending')).toMatchObject([
      {
        type: 'Warning',
        note: expect.stringMatching(/^to authority \(after 6s\): it has not arrived in the channel authority/) as unknown,
      },
    ]);
    await eventually(async () => expect([await untold('authority'), await untold('customers')]).toEqual([1, 0]), WITHIN_MS);
    await operator.restart();
    await eventually(async () => expect(await untold('authority')).toBe(1), WITHIN_MS);
    expect(await alarms('shop/lending')).toHaveLength(1);
    channelOf.archived = false;
    await world.api.apply(secret('slack', { token: `${slack.token}\n` }));
    await eventually(
      () =>
        expect(
          roots('authority')
            .map(({ text }) => text)
            .join(),
        ).toMatch(/loans/),
      WITHIN_MS,
    );
    await eventually(async () => expect(await untold('authority')).toBe(0), WITHIN_MS);
    await world.api.remove('CertificationCriterion', 'shop/lending');
  },
  2 * WITHIN_MS,
);

/** Another service with a source of its own, whose outages are told to everybody at once. */
const booksOutage = (): Manifest =>
  criterion(
    'shop/books-availability',
    { source: 'books' },
    {
      ...{ service: 'books', title: 'The books answer from outside' },
      escalation: AUDIENCES.map((audience) => ({ after: '0s', audience })),
    },
  );

test(
  'what customers are to be told is held, the team reads until when, and who withholds it by kubectl keeps it from them for good',
  async () => {
    await world.api.apply(source('books', lying.url('books')), channel('customers', { hold: '1h' }), booksOutage());
    await eventually(async () => expect(await verdictOf('books-availability')).toBe('Pass'), WITHIN_MS);
    lying.behave('books', measuring('0'));
    await eventually(
      () =>
        expect(roots('internal').at(-1)?.text).toMatch(
          /Service: books[^]*customers to be told at \S+Z \(held 1h\) unless somebody withholds it/,
        ),
      WITHIN_MS,
    );
    await eventually(async () => expect(await channelStatus('customers')).toMatchObject({ pending: 1 }), WITHIN_MS);
    const comment = {
      ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'DeviationComment', metadata: { name: 'drill', namespace: 'shop' } },
      spec: {
        ...{ service: 'books', criterion: 'books-availability', kind: 'Withhold', audience: 'customers' },
        ...{ text: 'this is a drill', author: 'ann' },
      },
    };
    const said = await world.tryKubectl(JSON.stringify(comment), 'apply', '-f', '-');
    expect(said).toMatchObject({ ok: true });
    await eventually(async () => expect(await channelStatus('customers')).toMatchObject({ pending: 0 }), WITHIN_MS);
    await eventually(
      () =>
        expect(visibleTo('authority').map(({ text }) => text)).toContainEqual(
          expect.stringContaining('customers not to be told, says ann: this is a drill'),
        ),
      WITHIN_MS,
    );
    lying.behave('books', measuring('1'));
    await eventually(() => expect(roots('authority').at(-1)?.text).toMatch(/Over/), WITHIN_MS);
    // In their other rooms the end of what the test before began may still be on its way.
    expect(slack.visible().filter(({ channel: id }) => id === 'C0BOOKSCUSTOMERS')).toEqual([]);
  },
  2 * WITHIN_MS,
);

test(
  'a channel whose token is revoked is told to the team elsewhere, with an Event, and so is that it delivers again',
  async () => {
    const oncall = await startFakeSlack();
    try {
      const elsewhere = { url: oncall.apiUrl, channel: 'C0SHOPALERTS', tokenSecret: { name: 'slack', key: 'token' } };
      const { metadata: _metadata, ...team } = channel('internal', { slack: elsewhere, topics: ['Incidents'] });
      await world.api.apply({ ...team, metadata: { name: 'oncall' } });
      await eventually(
        async () => expect(await channelStatus('oncall')).toMatchObject({ conditions: [{ status: 'True' }] }),
        WITHIN_MS,
      );
      slack.workspace.token = 'revoked';
      lying.behave('books', measuring('0'));
      const told = (): string[] =>
        oncall
          .visible()
          .map(({ text }) => text)
          .filter((text) => text.includes('channel internal (audience internal)'));
      await eventually(() => expect(told()).toMatchObject([expect.stringMatching(/Failing: channel internal/)]), WITHIN_MS);
      await eventually(async () => expect(await eventsOf('internal')).toContainEqual('Warning ChannelStopped'), WITHIN_MS);
      slack.workspace.token = 'valid';
      // Somebody looks after it, which is when it is tried again at once.
      await world.api.apply(channel('internal', { timeout: '9s' }));
      await eventually(() => expect(told().at(-1)).toMatch(/Over after/), WITHIN_MS);
      await eventually(async () => expect(await eventsOf('internal')).toContainEqual('Normal ChannelResumed'), WITHIN_MS);
      expect(oncall.visible().filter(({ thread }) => thread === undefined)).not.toHaveLength(0);
    } finally {
      await world.api.remove('NotificationChannel', 'oncall');
      await oncall.close();
    }
  },
  2 * WITHIN_MS,
);

test(
  'what a channel has begun is told to its end, though it wants only what is more severe by now',
  async () => {
    lying.behave('books', measuring('0'));
    const latest = () => roots('internal').at(-1)?.text;
    await eventually(() => expect(latest()).toMatch(/Failing: books/), WITHIN_MS);
    await world.api.apply(channel('internal', { minimumSeverity: 'critical' }));
    await eventually(async () => {
      const { metadata, status } = await world.api.get('NotificationChannel', 'internal');
      expect(status?.observedGeneration).toBe(metadata.generation);
    }, WITHIN_MS);
    lying.behave('books', measuring('1'));
    await eventually(() => expect(latest()).toMatch(/Over after \S+: books/), WITHIN_MS);
    await world.api.apply(channel('internal'));
  },
  2 * WITHIN_MS,
);

test(
  'a namespace that loses a channel tells no more of it, and one that is for another audience by now begins anew in its words',
  async () => {
    const witness = (spec: Partial<NotificationChannelSpec>): Manifest => elsewhere('witness', '#loans-internal', spec);
    const inRoom = (id: string) => slack.visible().filter((message) => message.channel === id && message.thread === undefined);
    const [team, other] = ['C0BOOKSINTERNAL', 'C0LOANSINTERNAL'].map((id) => () => inRoom(id).at(-1)?.text);
    await world.api.apply(witness({}));
    lying.behave('books', measuring('0'));
    for (const latest of [team, other]) await eventually(() => expect(latest?.()).toMatch(/Failing: books/), WITHIN_MS);

    await world.api.apply(
      namespace('shop', { chat: 'no' }),
      witness({ audience: 'customers', services: ['books'], topics: ['Alerts'] }),
    );
    await eventually(() => expect(inRoom('C0LOANSINTERNAL').at(-2)?.text).toMatch(/Failing: books/), WITHIN_MS);
    lying.behave('books', measuring('1'));
    await eventually(() => expect(other?.()).toMatch(/Over after \S+: books/), WITHIN_MS);
    expect(other?.()).not.toMatch(/books-availability|The books answer|up is/);
    expect(inRoom('C0LOANSINTERNAL').at(-2)?.text).toMatch(/Failing: books[^]*The books answer/);
    expect(team?.()).toMatch(/Failing: books/);

    await world.api.apply(namespace('shop', { chat: 'yes' }));
    await eventually(() => expect(team?.()).toMatch(/Over after \S+: books/), WITHIN_MS);
    await world.api.remove('NotificationChannel', 'witness');
  },
  2 * WITHIN_MS,
);

test(
  'a channel that comes to be for a service is told what goes on there, and nothing of what was over',
  async () => {
    // Of channels, too, which it could not tell of as long as its token was revoked.
    const told = (): string[] =>
      slack
        .visible()
        .filter(
          ({ channel: room, thread, text }) => room === 'C0ELSEWHERE' && thread === undefined && !text.includes(': channel'),
        )
        .map(({ text }) => text);
    lying.behave('books', measuring('0'));
    await eventually(async () => expect(await verdictOf('books-availability')).toBe('Fail'), WITHIN_MS);
    // The shop was down more than once since the channel was made.
    await world.api.apply(elsewhere('late', '#elsewhere', { services: ['books', 'shop'] }));
    await eventually(() => expect(told().at(-1)).toMatch(/Failing: books/), WITHIN_MS);
    lying.behave('books', measuring('1'));
    await eventually(() => expect(told().at(-1)).toMatch(/Over after \S+: books/), WITHIN_MS);
    expect(told()).toEqual([expect.stringMatching(/: books/)]);
    await world.api.remove('NotificationChannel', 'late');
  },
  3 * WITHIN_MS,
);

const eventsOf = async (name: string): Promise<string[]> =>
  (await world.api.events('NotificationChannel', name)).map(({ type, reason }) => `${type} ${reason}`);

test(
  'the authority is told once an hour what else is on record, also of the time in which the operator was away',
  async () => {
    for (const name of ['availability', 'books-availability']) await world.api.remove('CertificationCriterion', `shop/${name}`);
    await eventually(() => expect(roots('authority').at(-1)?.text).toMatch(/Over/), WITHIN_MS);
    await operator.stop();
    await world.api.apply(channel('authority', { digest: { every: '1h' } }));
    const clock = new SteppedClock(Date.now());
    clock.step(HOUR_MS);
    await world.startOperator({ store: operator.store, clock });
    // A room each: a digest each.
    await eventually(
      () =>
        expect(
          roots('authority')
            .map(({ text }) => text)
            .filter((text) => text.includes('Digest: '))
            .sort(),
        ).toEqual([digestOf('books'), digestOf('loans'), digestOf('shop')]),
      WITHIN_MS,
    );
  },
  2 * WITHIN_MS,
);

const HOUR_MS = 3_600_000;
const digestOf = (service: string): unknown => expect.stringMatching(new RegExp(`Digest: ${service}[^]*deleted`));
