import { settled } from '../../platform/hand-clock.ts';
import { type Fate, World } from './courier.fixtures.ts';
import { deviation, MINUTE, more, over, START } from '../stories/stories.fixtures.ts';
import type { Story } from '../stories/story.ts';

const up = deviation('up', START);
const HOUR = 60 * MINUTE;

const titles = ({ platform }: World): string[] =>
  platform.messages.map(({ action, cards }) => `${action} ${cards.at(-1)?.title ?? ''}`);

describe('a message', () => {
  test('is on record before it is sent and after it', async () => {
    const world = new World();
    world.courier.offer(up);
    await settled();
    expect(world.phases()).toEqual(['Post Attempted', 'Post Delivered']);
    expect(world.log[1]).toMatchObject({
      ...{ namespace: 'web', service: 'shop' },
      body: {
        channel: 'c',
        audience: 'internal',
        story: up.id,
        stories: [up.id],
        states: [2],
        state: 2,
        ended: false,
        message: 'm0',
      },
    });
    expect(world.courier.standing).toEqual({ kind: 'Delivering', lastDeliveryAt: START, pending: 0, failed: 0 });
  });

  test('of several services is on record with each, with its own stories', async () => {
    const world = new World();
    const source = { standing: 'Unclear', unknownReason: 'SourceUnreachable' } as const;
    const stories = ['shop', 'mail'].flatMap((service) => [
      deviation('a', START, { service, ...source }),
      deviation('b', START, { service, ...source }),
    ]);
    for (const story of stories) world.courier.offer(story);
    await settled();
    expect(world.log.map(({ service, body }) => [service, body.phase, body.stories.length])).toEqual([
      ...[
        ['shop', 'Attempted', 2],
        ['mail', 'Attempted', 2],
        ['shop', 'Delivered', 2],
        ['mail', 'Delivered', 2],
      ],
    ]);
  });

  test('of more stories than a record holds has several', async () => {
    const world = new World();
    const stories = Array.from({ length: 450 }, (_, at) => deviation(`c${at}`, START));
    for (const story of stories) world.courier.offer(story);
    await settled();
    expect(world.log.map(({ body }) => body.stories.length)).toEqual([200, 200, 50, 200, 200, 50]);
    world.restart();
    for (const story of stories) world.courier.offer(story);
    await world.clock.advance(HOUR);
    expect(titles(world)).toEqual(['Post Failing: shop, 450 criteria']);
  });

  test('of an incident is on record under the name that the other records use', async () => {
    const world = new World();
    world.courier.offer({ ...deviation('', START), kind: 'Incident', id: 'web/disk', title: 'Disk full' });
    await settled();
    expect(world.log[1]?.body).toMatchObject({ story: 'web/disk', stories: ['disk'] });
    world.restart();
    world.courier.offer({ ...deviation('', START), kind: 'Incident', id: 'web/disk', title: 'Disk full' });
    await world.clock.advance(HOUR);
    expect(world.platform.messages).toHaveLength(1);
  });

  test('is sent in the order in which they came', async () => {
    const world = new World();
    const stories = Array.from({ length: 50 }, (_, at) => deviation(`c${at}`, START, { namespace: `n${at}` }));
    for (const story of stories) world.courier.offer(story);
    await settled();
    expect(world.platform.deliveries.map(({ about }) => about.namespace)).toEqual(stories.map(({ namespace }) => namespace));
  });
});

describe('what goes wrong', () => {
  test.each(
    Object.entries({
      'a platform that asks for an hour gets it': { fate: 'NotNow', retryAfterMs: HOUR, after: HOUR, kind: 'Waiting' },
      'also where it is not known whether it arrived': { fate: 'Lost', retryAfterMs: 2_000, after: 2_000, kind: 'Waiting' },
      'a platform that asks for nothing is not asked at once': { fate: 'NotNow', retryAfterMs: 0, after: 1_000, kind: 'Waiting' },
      'a platform that says no more than no is left alone for a while': { fate: 'NotNow', after: 1_000, kind: 'Waiting' },
      'a platform that asks for years gets a day': { fate: 'NotNow', retryAfterMs: 1e12, after: 24 * HOUR, kind: 'Waiting' },
      'a channel that can take nothing is tried again': { fate: 'Stopped', after: 5 * MINUTE, kind: 'Stopped' },
      'a bug of an adapter stops nobody': { fate: 'Throws', after: 1_000, kind: 'Waiting' },
    } satisfies Record<string, { fate: Fate; after: number; retryAfterMs?: number; kind: string }>),
  )('%s', async (_sentence, { fate, after, kind, ...more }) => {
    const world = new World();
    world.platform.fates = [fate];
    world.platform.retryAfterMs = 'retryAfterMs' in more ? more.retryAfterMs : undefined;
    world.courier.offer(up);
    await settled();
    expect(world.courier.standing).toMatchObject({ kind, pending: 1 });
    expect(world.courier.standing.problem).toBe(world.courier.standing.lastError);
    expect(world.courier.standing.problem).toBeDefined();
    world.courier.offer(more2(up));
    await world.clock.advance(after - 1);
    expect(world.platform.deliveries).toHaveLength(1);
    await world.clock.advance(1);
    await settled();
    expect(world.platform.deliveries.length).toBeGreaterThan(1);
    expect(world.courier.standing.kind).toBe('Delivering');
    expect(world.courier.standing.problem).toBeUndefined();
  });

  const more2 = (story: Story): Story => more(story, START, 'once more');

  test('waits longer each time, a minute at most', async () => {
    const world = new World();
    world.platform.fates = Array<Fate>(100).fill('Lost');
    world.courier.offer(up);
    await world.clock.advance(10 * MINUTE);
    expect(world.platform.deliveries.length).toBeGreaterThan(12);
    expect(world.platform.deliveries.length).toBeLessThan(18);
  });

  test('an outage leaves no record for each attempt, and ends with what is so then', async () => {
    const world = new World();
    world.platform.fates = Array<Fate>(40).fill('NotNow');
    world.courier.offer(up);
    await world.clock.advance(20 * MINUTE);
    expect(world.phases()).toEqual(['Post Attempted']);
    world.courier.offer(over(up, START + 20 * MINUTE));
    await world.clock.advance(2 * HOUR);
    expect(world.phases()).toEqual(['Post Attempted', 'Post Attempted', 'Post Delivered']);
    expect(titles(world)).toEqual(['Post Over after 20m: shop: The shop answers']);
  });

  test('what may be there is repeated as such, also after the channel was stopped', async () => {
    const world = new World();
    world.platform.fates = ['Unheard', 'Stopped', 'NotNow', 'Delivered'];
    world.courier.offer(up);
    await world.clock.advance(HOUR);
    expect(world.platform.deliveries.map(({ repeated }) => repeated)).toEqual([false, true, true, true]);
    expect(new Set(world.platform.deliveries.map(({ id }) => id)).size).toBe(1);
  });

  test('what is certainly not there is not repeated as if it were, until it may be', async () => {
    const world = new World();
    world.platform.fates = ['NotNow', 'Unheard', 'Delivered'];
    world.courier.offer(up);
    await world.clock.advance(HOUR);
    expect(world.platform.deliveries.map(({ repeated }) => repeated)).toEqual([false, false, true]);
    expect(world.platform.messages).toHaveLength(1);
  });

  test('what was refused is counted and not sent again, what comes after it is', async () => {
    const world = new World();
    world.platform.fates = ['Rejected'];
    world.courier.offer(up);
    await world.clock.advance(HOUR);
    expect(world.courier.standing).toMatchObject({ failed: 1, pending: 0, lastError: 'too long' });
    world.courier.offer(over(up, START + HOUR));
    await world.clock.advance(HOUR);
    expect(titles(world)).toEqual(['Post Over after 1h: shop: The shop answers']);
  });

  test('a message that is gone is followed by a new one that is another', async () => {
    const world = new World({ remindEveryMs: HOUR });
    world.courier.offer(up);
    await world.clock.advance(HOUR - 1);
    world.platform.fates = ['Gone'];
    await world.clock.advance(1);
    await settled();
    expect(titles(world)).toEqual(['Post Failing: shop: The shop answers', 'Post Failing: shop: The shop answers']);
    expect(new Set(world.platform.deliveries.map(({ id }) => id)).size).toBe(3);
  });

  test('and that says all that is so', async () => {
    const world = new World();
    world.courier.offer(up);
    await world.clock.advance(MINUTE);
    world.platform.fates = ['Gone'];
    world.courier.offer(over(up, START + MINUTE));
    await world.clock.advance(MINUTE);
    expect(world.platform.messages.at(-1)?.cards[0]?.facts).toContainEqual({ name: 'Lasted', value: '1m' });
  });

  test('what may be there is repeated as it was, and what came since follows', async () => {
    const world = new World();
    const one = more(up, START + MINUTE, 'one');
    const two = more(one, START + MINUTE, 'two');
    world.courier.offer(up);
    await world.clock.advance(MINUTE);
    world.platform.fates = ['Lost', 'Lost'];
    world.courier.offer(one);
    await settled();
    world.courier.offer(two);
    world.courier.offer(deviation('down', START));
    world.restart();
    for (const story of [two, deviation('down', START)]) world.courier.offer(story);
    await world.clock.advance(HOUR);
    const replies = world.platform.messages
      .filter(({ action }) => action === 'Reply')
      .map(({ cards }) => cards[0]?.paragraphs[0]);
    expect(replies).toEqual([expect.stringMatching(/one$/), expect.stringMatching(/two$/)]);
    expect(world.log.filter(({ body }) => body.action === 'Reply').map(({ body }) => body.stories.length)).toEqual([1, 1, 2, 2]);
  });

  test('where the log refuses, nothing is sent before it is on record', async () => {
    const world = new World();
    world.refusals = 3;
    world.courier.offer(up);
    await settled();
    expect(world.platform.deliveries).toHaveLength(0);
    await world.clock.advance(MINUTE);
    expect(world.phases()).toEqual(['Post Attempted', 'Post Delivered']);
  });

  test('where the log refuses what became of it, it is not sent again', async () => {
    const world = new World();
    world.courier.offer(up);
    world.platform.fates = ['Delivered'];
    const { platform } = world;
    const take = platform.deliver.bind(platform);
    platform.deliver = (delivery) => {
      world.refusals = 2;
      return take(delivery);
    };
    await world.clock.advance(MINUTE);
    expect(world.phases()).toEqual(['Post Attempted', 'Post Delivered']);
    expect(platform.deliveries).toHaveLength(1);
  });
});

describe('an end', () => {
  test('of a courier that has nothing to do comes at once', async () => {
    const world = new World();
    await settled();
    await world.courier.stop();
  });

  test('of one whose platform hangs comes soon', async () => {
    const world = new World();
    world.platform.fates = ['Hangs'];
    world.courier.offer(up);
    await settled();
    let isStopped = false;
    const stopped = world.courier.stop().then(() => (isStopped = true));
    await world.clock.advance(5_000);
    await settled();
    expect(isStopped).toBe(true);
    await stopped;
  });

  test('a platform that hangs holds nobody up for ever', async () => {
    const world = new World();
    world.platform.fates = ['Hangs'];
    world.courier.offer(up);
    await world.clock.advance(10 * MINUTE);
    expect(world.platform.deliveries.map(({ repeated }) => repeated)).toEqual([false, true]);
    expect(world.courier.standing.kind).toBe('Delivering');
  });
});

describe('what is withheld', () => {
  const why = { by: 'ann', reason: 'a drill' };
  const held = (): World => new World({ audience: 'customers', holdMs: 10 * MINUTE });
  const withheld = (story: Story, at = START): Story => ({ ...story, withheld: { customers: { ...why, at } } });

  test('in time is kept back for good, on record, at whatever point the operator is killed', async () => {
    for (let steps = 1; steps <= 4; steps++) {
      const world = held();
      world.courier.offer(up);
      await world.clock.advance(MINUTE);
      expect([world.courier.standing.pending, world.changes]).toEqual([1, 1]);
      world.killAfter(steps);
      world.courier.offer(withheld(up));
      await world.clock.advance(2 * HOUR);
      world.restart();
      world.courier.offer(withheld(over(up, START + HOUR)));
      await world.clock.advance(2 * HOUR);
      expect(world.platform.deliveries).toHaveLength(0);
      expect(world.log.map(({ body }) => body)).toEqual([
        expect.objectContaining({ phase: 'Withheld', audience: 'customers', stories: [up.id], ...why }),
      ]);
      expect(world.courier.standing.pending).toBe(0);
    }
  });

  test('before it was due is kept back by a channel that holds nothing, too', async () => {
    const world = new World({ audience: 'customers' });
    world.courier.offer(withheld(up));
    await world.clock.advance(MINUTE);
    expect(world.phases()).toEqual(['Post Withheld']);
  });

  test('too late is told to its end', async () => {
    const world = held();
    world.courier.offer(up);
    await world.clock.advance(11 * MINUTE);
    world.courier.offer(withheld(up, START + 11 * MINUTE));
    world.courier.offer(withheld(over(up, START + HOUR)));
    await world.clock.advance(HOUR);
    expect(world.phases().filter((phase) => phase.endsWith('Delivered'))).toEqual([
      'Post Delivered',
      'Reply Delivered',
      'Edit Delivered',
    ]);
    expect(world.phases()).not.toContain('Post Withheld');
  });

  test('while the platform does not answer is told: nobody knows whether it is there', async () => {
    const world = held();
    world.platform.fates = ['Unheard'];
    world.courier.offer(up);
    await world.clock.advance(10 * MINUTE);
    world.courier.offer(withheld(up));
    await world.clock.advance(MINUTE);
    expect(world.phases()).toEqual(['Post Attempted', 'Post Delivered']);
    expect(world.platform.messages).toHaveLength(1);
  });

  test('that can not be put on record is not sent, and is put on record later', async () => {
    const world = held();
    world.courier.offer(up);
    world.refusals = 2;
    world.courier.offer(withheld(up));
    await world.clock.advance(HOUR);
    expect(world.phases()).toEqual(['Post Withheld']);
  });

  test('of a message that tells of several leaves the others', async () => {
    const [down, slow] = [deviation('down', START), deviation('slow', START)];
    for (const named of [up, slow]) {
      const world = held();
      const offer = (change: (story: Story) => Story): void => {
        for (const story of [up, down, slow]) world.courier.offer(change(story === named ? withheld(story) : story));
      };
      for (const story of [up, down, slow]) world.courier.offer(story);
      await world.clock.advance(MINUTE);
      offer((story) => story);
      await world.clock.advance(10 * MINUTE);
      world.restart();
      offer((story) => over(story, START + HOUR));
      await world.clock.advance(HOUR);
      const sent = world.log.filter(({ body }) => body.phase === 'Delivered');
      expect(sent.length).toBeGreaterThan(1);
      expect(sent.filter(({ body }) => body.stories.includes(named.id))).toEqual([]);
      expect(new Set(sent.flatMap(({ body }) => body.stories)).size).toBe(2);
      expect(world.log.filter(({ body }) => body.phase === 'Withheld').map(({ body }) => body.stories)).toEqual([[named.id]]);
      expect(world.platform.messages.filter(({ action }) => action === 'Post')).toHaveLength(1);
    }
  });

  test('is not counted where the criterion fails again', async () => {
    const world = new World({ audience: 'customers', holdMs: MINUTE });
    const flaps = Array.from({ length: 4 }, (_, at) => deviation('up', START + at * 5 * MINUTE));
    for (const [at, story] of flaps.entries()) {
      world.courier.offer(story);
      if (at === 2) world.courier.offer(withheld(story));
      await world.clock.advance(5 * MINUTE);
    }
    const said = JSON.stringify(world.platform.messages);
    expect(said).toContain('3 times in the last hour');
    expect(said).not.toContain('4 times');
  });
});
