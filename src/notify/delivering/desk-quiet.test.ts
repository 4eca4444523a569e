import { Office, PLAIN } from './desk.fixtures.ts';
import { entriesOf } from './dispatch.ts';
import { deviation, MINUTE, over, START } from '../stories/stories.fixtures.ts';
import { threadAfter } from './thread.ts';

const SECOND = 1_000;
const up = deviation('up', START);
const end = START + 17 * MINUTE;

describe('a hold', () => {
  const options = { audience: 'customers', holdMs: 10 * MINUTE };

  test('keeps the first message back', () => {
    const office = new Office(options);
    office.offer(up);
    expect(office.desk.next(START)).toBe(10 * MINUTE);
    expect(office.desk.pending(START)).toBe(1);
    expect(office.sendUntil(START + 10 * MINUTE)).toEqual(['Post Disrupted: shop']);
    office.offer(over(up, end));
    expect(office.sendUntil(end)).toHaveLength(2);
  });

  test('lasts also where it ended meanwhile, which is told once', () => {
    const office = new Office(options);
    office.offer(up, over(up, START + 3 * MINUTE));
    expect(office.sendUntil(START + 9 * MINUTE)).toEqual([]);
    expect(office.sendUntil(START + 60 * MINUTE)).toEqual(['Post Over after 3m: shop']);
  });

  test('holds also what comes to a message that is out', () => {
    const office = new Office(options);
    const later = deviation('later', START + 30 * SECOND);
    office.offer(up);
    office.sendUntil(START + 10 * MINUTE);
    office.offer(later);
    expect(office.sendUntil(START + 10 * MINUTE + 20 * SECOND)).toEqual([]);
    expect(office.sendUntil(START + 11 * MINUTE)).toHaveLength(1);
  });

  test('withheld is withheld: nothing more is sent of it, and nothing joins it', () => {
    const office = new Office({ ...options, remindEveryMs: MINUTE });
    const withheld = { customers: { by: 'ann', reason: 'a drill', at: START } };
    office.offer({ ...up, withheld });
    const body = { id: '0', channel: 'c', audience: 'customers', action: 'Post' as const, at: START, ended: false };
    const [entry] = entriesOf({ ...body, story: up.id, phase: 'Withheld' }, [up], new Map());
    expect(office.desk.next(START)).toMatchObject({ withheld: withheld.customers, stories: [{ id: up.id }] });
    office.desk.moved(threadAfter(undefined, entry!.body));
    office.offer({ ...over(up, end), withheld });
    expect(office.sendUntil(START + 100 * MINUTE)).toEqual([]);
    expect(office.desk.pending(START + 100 * MINUTE)).toBe(0);
    office.offer(deviation('down', START + SECOND));
    expect(office.sendUntil(START + 100 * MINUTE)).toEqual(['Post Disrupted: shop']);
  });
});

describe('flapping', () => {
  const flaps = Array.from({ length: 6 }, (_, at) => deviation('up', START + at * 5 * MINUTE));
  const lasting = 2 * MINUTE;

  const play = (office: Office): string[][] =>
    flaps.map((story) => {
      office.now = story.since;
      office.offer(story);
      const begun = office.sendUntil(story.since + MINUTE);
      office.offer(over(story, story.since + lasting));
      return [...begun, ...office.sendUntil(story.since + lasting + MINUTE)];
    });

  test('of days is more than one message: each turn goes on record with all before it', () => {
    const office = new Office();
    const days = Array.from({ length: 300 }, (_, at) => deviation('up', START + at * 6 * MINUTE));
    for (const story of days) {
      office.now = story.since;
      office.offer(story);
      office.sendUntil(story.since + MINUTE);
      office.offer(over(story, story.since + lasting));
      office.sendUntil(story.since + lasting + MINUTE);
    }
    // The first one is a message of its own.
    expect(Math.max(...office.jobs.map(({ stories }) => stories.length))).toBe(100);
    expect(office.jobs.filter(({ action }) => action === 'Post')).toHaveLength(4);
  });

  test('is said once, and then only shows', () => {
    const office = new Office();
    const [first, second, third, ...others] = play(office);
    for (const ordinary of [first, second])
      expect(ordinary).toEqual([
        expect.stringMatching(/^Post Failing/),
        expect.stringMatching(/^Reply Over/),
        expect.stringMatching(/^Edit Over/),
      ]);
    expect(third).toEqual([
      'Reply Failing: shop: The shop answers | failing again, 3 times in the last hour\nnot met: up is 0',
      'Edit Failing: shop: The shop answers',
      'Edit Over after 2m: shop: The shop answers',
    ]);
    expect(others.flat().every((text) => text.startsWith('Edit'))).toBe(true);
    const last = office.jobs.at(-1)!;
    expect(last.stories.at(-1)).toMatchObject({ id: flaps.at(-1)!.id, times: 6 });
    expect(last.stories.map(({ times }) => times)).toEqual([undefined, 3, 4, 5, 6]);
    expect(office.sendUntil(START + 1_000 * MINUTE)).toEqual([]);
  });

  test('is said once to customers, in their words', () => {
    const said = play(new Office({ audience: 'customers' })).flat();
    expect(said.filter((text) => text.includes('again'))).toEqual([
      'Reply Disrupted: shop | disrupted again, 3 times in the last hour',
    ]);
  });

  test('where nothing can be changed is said once, and its end when it is calm', () => {
    const office = new Office({ abilities: PLAIN });
    const [, , third, ...others] = play(office);
    expect(third).toEqual(['Post Failing: shop: The shop answers | failing again, 3 times in the last hour\nnot met: up is 0']);
    expect(others.flat()).toEqual([]);
    const calm = office.sendUntil(START + 1_000 * MINUTE);
    expect(calm).toEqual([expect.stringMatching(/^Post Over after 2m: shop: The shop answers \| (.*\n)*recovered after 2m$/)]);
  });

  test('is remembered over a restart, whatever is offered first', () => {
    const before = new Office();
    const done = flaps.slice(0, 3).map((story) => over(story, story.since + lasting));
    for (const story of done) {
      before.now = story.since;
      before.offer(story);
      before.sendUntil(story.since + lasting);
    }
    const after = new Office({ threads: before.threads.values() });
    after.offer(...done.toReversed());
    expect(after.sendUntil(flaps[3]!.since)).toEqual([]);
    after.offer(flaps[3]!);
    expect(after.sendUntil(flaps[3]!.since + MINUTE)).toEqual(['Edit Failing: shop: The shop answers']);
  });

  test('is none after an hour', () => {
    const office = new Office();
    office.offer(...flaps.slice(0, 2).map((story) => over(story, story.since + lasting)));
    office.sendUntil(START + 30 * MINUTE);
    office.offer(deviation('up', START + 70 * MINUTE));
    expect(office.sendUntil(START + 70 * MINUTE)).toEqual(['Post Failing: shop: The shop answers']);
  });
});
