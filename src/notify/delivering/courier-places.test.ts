import { HandClock } from '../../platform/hand-clock.ts';
import { deviation, MINUTE, over, START } from '../stories/stories.fixtures.ts';
import { World } from './courier.fixtures.ts';

/* What does not reach one place holds up no other. */

const titles = (world: World): string[] => world.platform.messages.map(({ action, cards }) => `${action} ${cards.at(-1)?.title}`);

test('a place that is not there holds up no other, and is said until it is', async () => {
  const reached: string[] = [];
  let isThere = false;
  const world = new World({
    isForEachService: true,
    notifier: {
      ...{ probe: () => Promise.resolve({ kind: 'Ready', drift: [] }), close: () => Promise.resolve() },
      deliver: ({ about: { service } }) => {
        if (service === 'mail' && !isThere) return Promise.resolve({ kind: 'Stopped', message: 'there is no room #mail' });
        reached.push(service);
        return Promise.resolve({ kind: 'Delivered', message: service });
      },
    },
  });
  const services = ['mail', 'shop', 'wiki'];
  for (const service of services) world.courier.offer(deviation(service, START, { service }));
  await world.clock.advance(10_000);
  expect(reached).toEqual(['shop', 'wiki']);
  expect(world.courier.standing).toMatchObject({ kind: 'Stopped', problem: 'there is no room #mail', pending: 1 });
  isThere = true;
  await world.clock.advance(5 * MINUTE);
  expect(reached).toEqual(['shop', 'wiki', 'mail']);
  expect(world.courier.standing).toMatchObject({ kind: 'Delivering', pending: 0 });
  expect(world.courier.standing.problem).toBeUndefined();
});

test('of many places that do not answer, none delays another by more than a minute', async () => {
  let reachedAt = Infinity;
  const world: World = new World({
    isForEachService: true,
    notifier: {
      ...{ probe: () => Promise.resolve({ kind: 'Ready', drift: [] }), close: () => Promise.resolve() },
      deliver: ({ about: { service } }) => {
        if (service !== 'shop') return Promise.resolve({ kind: 'Unanswered', message: 'no answer' });
        reachedAt = world.clock.now();
        return Promise.resolve({ kind: 'Delivered', message: service });
      },
    },
  });
  for (let room = 0; room < 10; room++) world.courier.offer(deviation('up', START, { service: `away-${room}` }));
  await world.clock.advance(60 * MINUTE);
  const offeredAt = world.clock.now();
  world.courier.offer(deviation('up', offeredAt, { service: 'shop' }));
  await world.clock.advance(30 * MINUTE);
  expect(reachedAt - offeredAt).toBeLessThanOrEqual(MINUTE);
});

test('a message that never goes through holds up no other', async () => {
  const world = new World();
  const { platform } = world;
  const first = deviation('up', START, { service: 'mail' });
  const deliver = platform.deliver.bind(platform);
  platform.deliver = (delivery) => {
    if (delivery.about.service === 'mail') platform.fates = ['Lost'];
    return deliver(delivery);
  };
  world.courier.offer(first);
  await world.clock.advance(MINUTE);
  world.courier.offer(deviation('up', START, { service: 'shop' }));
  await world.clock.advance(MINUTE);
  expect(titles(world)).toEqual(['Post Failing: shop: The shop answers']);
  expect(world.courier.standing).toMatchObject({ kind: 'Waiting', problem: 'no answer', pending: 1 });
  world.courier.withdraw(first.id);
  await world.clock.advance(2 * MINUTE);
  expect(world.courier.standing).toMatchObject({ kind: 'Delivering', pending: 0 });
});

test.each(['Lost', 'Unheard', 'NotNow', 'Stopped'] as const)(
  'a reminder that does not go through is sent again as a reminder: %s',
  async (fate) => {
    const abilities = { edits: false, threads: false, files: false, once: false };
    const world = new World({ remindEveryMs: 30 * MINUTE, abilities });
    world.courier.offer(deviation('up', START));
    await world.clock.advance(MINUTE);
    world.platform.fates = [fate];
    await world.clock.advance(45 * MINUTE);
    const [, first, second] = world.platform.deliveries;
    expect(second?.id).toBe(first?.id);
    expect(second?.card).toEqual(first?.card);
    expect(first?.card.title).toMatch(/^Still failing/);
  },
);

test('a clock that is set back makes nobody wait for it to come again', async () => {
  const hand = new HandClock(START);
  let setBackMs = 0;
  const world = new World({ clock: { now: () => hand.now() - setBackMs, after: (ms, run) => hand.after(ms, run) } });
  world.platform.fates = ['NotNow'];
  world.courier.offer(deviation('up', START));
  await hand.advance(100);
  expect(world.courier.standing).toMatchObject({ kind: 'Waiting' });
  setBackMs = 60 * MINUTE;
  await hand.advance(10 * MINUTE);
  expect(titles(world)).toEqual(['Post Failing: shop: The shop answers']);
});

test('what is only sent again keeps its back-off where it does not go through, and that is said', async () => {
  let tries = 0;
  let isBad = false;
  const world = new World({
    abilities: {
      edits: true,
      threads: false,
      files: false,
      once: true,
      everyState: true,
      resendEveryMs: MINUTE,
      resendEndedMs: MINUTE,
    },
    notifier: {
      ...{ probe: () => Promise.resolve({ kind: 'Ready', drift: [] }), close: () => Promise.resolve() },
      deliver: ({ about: { service } }) => {
        if (!isBad || service !== 'mail') return Promise.resolve({ kind: 'Delivered' });
        tries += 1;
        return Promise.resolve({ kind: 'NotNow', message: 'no' });
      },
    },
  });
  for (const service of ['mail', 'shop']) world.courier.offer(deviation('up', START, { service }));
  await world.clock.advance(5 * MINUTE);
  isBad = true;
  await world.clock.advance(3 * MINUTE);
  for (let minutes = 3; minutes < 60; minutes++) {
    await world.clock.advance(MINUTE);
    expect(world.courier.standing.kind).toBe('Waiting');
  }
  expect(tries).toBeLessThan(75);
});

test.each([
  ['mail', 'shop'],
  ['shop', 'mail'],
])(
  'a storm that %s began and %s joined ends in its message after a restart, whichever log is read first',
  async (...services) => {
    const world = new World();
    const stories = services.map((service, at) =>
      deviation(`c${at}`, START, { service, unknownReason: 'SourceUnreachable', standing: 'Unclear' }),
    );
    for (const story of stories) {
      world.courier.offer(story);
      await world.clock.advance(100);
    }
    await world.clock.advance(MINUTE);
    world.log.sort((one, other) => (one.service < other.service ? -1 : Number(one.service > other.service)));
    world.restart();
    for (const story of stories) world.courier.offer(story);
    for (const story of stories) world.courier.offer(over(story, START + 2 * MINUTE));
    await world.clock.advance(12 * MINUTE);
    expect(titles(world)[0]).toMatch(/^Post Over after 2m: 2 services/);
    expect(world.platform.messages.map(({ action }) => action)).toEqual(['Post', 'Reply']);
  },
);
