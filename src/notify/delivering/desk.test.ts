import { CHAT, Office, PLAIN } from './desk.fixtures.ts';
import { deliveryOf } from './dispatch.ts';
import { deviation, MINUTE, more, over, SPEC, START } from '../stories/stories.fixtures.ts';
import type { Story } from '../stories/story.ts';

const SECOND = 1_000;
const up = deviation('up', START);
const end = START + 17 * MINUTE;

describe('one deviation', () => {
  test('is one message, which changes, with answers for its turns', () => {
    const office = new Office();
    office.offer(up);
    expect(office.sendAt(START)).toEqual(['Post Failing: shop: The shop answers']);
    office.offer(more(up, START + MINUTE, 'customers to be told', false));
    expect(office.sendUntil(START + MINUTE)).toEqual(['Edit Failing: shop: The shop answers']);
    office.offer(over(more(up, START + MINUTE, 'customers to be told', false), end));
    expect(office.sendUntil(end)).toEqual([
      'Reply Over after 17m: shop: The shop answers | customers to be told\nrecovered after 17m',
      'Edit Over after 17m: shop: The shop answers',
    ]);
    expect(office.sendUntil(end + 100 * MINUTE)).toEqual([]);
  });

  test('waits for what comes with a message', () => {
    const office = new Office();
    office.offer(up);
    office.sendAt(START);
    office.offer(more(up, START, 'one'));
    expect(office.desk.next(START + 500)).toBe(1_000);
    office.offer(more(more(up, START, 'one'), START, 'two'));
    expect(office.sendAt(START + 1_500)).toEqual(['Reply Failing: shop: The shop answers | one\ntwo']);
  });

  test('that ended before its first message is told once', () => {
    const office = new Office();
    office.offer(up);
    office.offer(over(up, end));
    expect(office.sendUntil(end + 100 * MINUTE)).toEqual(['Post Over after 17m: shop: The shop answers']);
  });

  test('is told on a platform that only adds, where something turns', () => {
    const office = new Office({ abilities: PLAIN });
    office.offer(up);
    office.sendUntil(START);
    office.offer(more(up, START + MINUTE, 'customers to be told', false));
    expect(office.sendUntil(START + MINUTE)).toEqual([]);
    office.offer(over(more(up, START + MINUTE, 'customers to be told', false), end));
    expect(office.sendUntil(end)).toEqual([
      'Post Over after 17m: shop: The shop answers | customers to be told\nrecovered after 17m',
    ]);
  });
});

describe('a storm', () => {
  const criteria = Array.from({ length: 20 }, (_, at) => deviation(`c${at}`, START));
  const unreachable = { standing: 'Unclear', unknownReason: 'SourceUnreachable' } as const;

  test('of criteria of one service is one message', () => {
    const office = new Office();
    office.offer(...criteria);
    expect(office.sendUntil(START + MINUTE)).toEqual(['Post Failing: shop, 20 criteria']);
  });

  test('that goes on changes it', () => {
    const office = new Office();
    office.offer(...criteria.slice(0, 5));
    office.sendAt(START);
    for (const [at, story] of criteria.slice(5).entries())
      office.offer({ ...story, addressed: { internal: { at: START + at * SECOND, late: false } } });
    expect(office.sendUntil(START + 10 * MINUTE)).toEqual(['Edit Failing: shop, 20 criteria']);
  });

  test('of a source over several services is one message', () => {
    const office = new Office();
    const services = ['shop', 'mail', 'wiki'];
    office.offer(
      ...services.flatMap((service) => [
        deviation(`${service}-a`, START, { service, ...unreachable }),
        deviation(`${service}-b`, START, { service, ...unreachable }),
      ]),
    );
    expect(office.sendUntil(START + MINUTE)).toEqual(['Post Unclear: 3 services, 6 criteria']);
  });

  test('of a source is one message for each service that has a place of its own: no room reads of another one', () => {
    const office = new Office({ isForEachService: true });
    office.offer(...['shop', 'mail'].map((service) => deviation(`${service}-a`, START, { service, ...unreachable })));
    office.offer(deviation('shop-b', START, { service: 'shop', ...unreachable }));
    office.sendUntil(START + MINUTE);
    expect(office.jobs.map(({ stories }) => stories.map(({ service }) => service))).toEqual([['shop', 'shop'], ['mail']]);
  });

  test('of services that fail by themselves is one message each', () => {
    const office = new Office();
    office.offer(...['shop', 'mail'].map((service) => deviation(`${service}-a`, START, { service })));
    expect(office.sendUntil(START + MINUTE)).toHaveLength(2);
  });

  test('is told of once in a while where nothing can be changed, and of its end at once', () => {
    const office = new Office({ abilities: PLAIN });
    office.offer(criteria[0]!);
    office.sendAt(START);
    office.offer(...criteria.slice(1));
    expect(office.sendUntil(START + 30 * SECOND)).toEqual([]);
    expect(office.sendUntil(START + 2 * MINUTE)).toHaveLength(1);
    for (const story of criteria) office.offer(over(story, end));
    expect(office.sendUntil(end)).toEqual([expect.stringMatching(/^Post Over after 17m: shop, 20 criteria \| /)]);
  });

  test('tells of what ends while the rest goes on once a minute', () => {
    const office = new Office();
    office.offer(...criteria);
    office.sendAt(START);
    let answers: string[] = [];
    for (const [at, story] of criteria.slice(1).entries()) {
      office.offer(over(story, START + 5 * MINUTE + at * 5 * SECOND));
      answers = [...answers, ...office.sendUntil(START + 5 * MINUTE + at * 5 * SECOND)].filter((text) =>
        text.startsWith('Reply'),
      );
    }
    expect(answers.length).toBeLessThanOrEqual(3);
    expect(answers[0]).toMatch(/recovered after 5m/);
  });

  test('does not take what begins later', () => {
    const office = new Office();
    office.offer(...criteria.slice(0, 2), deviation('late', START + 2 * MINUTE));
    expect(office.sendUntil(START + 2 * MINUTE)).toEqual([
      'Post Failing: shop, 2 criteria',
      'Post Failing: shop: The shop answers',
    ]);
  });

  test('that is over takes nothing more', () => {
    const office = new Office();
    office.offer(over(up, START + SECOND));
    office.sendAt(START + SECOND);
    office.offer(deviation('other', START + 2 * SECOND));
    expect(office.sendUntil(START + MINUTE)).toEqual(['Post Failing: shop: The shop answers']);
  });

  test('goes on after a restart', () => {
    const before = new Office();
    before.offer(...criteria.slice(0, 5));
    before.sendAt(START);
    const after = new Office({ threads: before.threads.values() });
    after.offer(...criteria.slice(0, 5), { ...criteria[7]!, addressed: { internal: { at: START + 40 * SECOND, late: false } } });
    expect(after.sendUntil(START + MINUTE)).toEqual(['Edit Failing: shop, 6 criteria']);
  });
});

describe('a reminder', () => {
  test('comes when it is due and nothing else was said', () => {
    const office = new Office({ remindEveryMs: 60 * MINUTE });
    office.offer(up);
    office.sendAt(START);
    expect(office.sendUntil(START + 59 * MINUTE)).toEqual([]);
    office.offer(more(up, START + 59 * MINUTE, 'worse'));
    expect(office.sendUntil(START + 118 * MINUTE)).toHaveLength(2);
    expect(office.sendUntil(START + 120 * MINUTE)).toEqual(['Reply Still failing: shop: The shop answers']);
    office.offer(over(more(up, START + 59 * MINUTE, 'worse'), START + 130 * MINUTE));
    expect(office.sendUntil(START + 1_000 * MINUTE)).toHaveLength(2);
  });

  test('is none where it is not asked for', () => {
    const office = new Office();
    office.offer(up);
    office.sendAt(START);
    expect(office.desk.next(START)).toBeUndefined();
  });
});

describe('a receiver that forgets', () => {
  const abilities = { ...CHAT, threads: false, resendEveryMs: MINUTE, resendEndedMs: 5 * MINUTE };

  test('is told the same again and again, and of the end for a while', () => {
    const office = new Office({ abilities });
    office.offer(up);
    office.sendAt(START);
    expect(office.sendUntil(START + 3 * MINUTE)).toEqual(Array(3).fill('Again Failing: shop: The shop answers'));
    expect(office.desk.pending(office.now)).toBe(0);
    office.offer(over(up, START + 3 * MINUTE));
    const ended = office.sendUntil(START + 60 * MINUTE);
    expect(ended).toHaveLength(6);
    expect(ended.filter((text) => text === 'Again Over after 3m: shop: The shop answers')).toHaveLength(5);
  });
});

describe('what is forgotten', () => {
  test('leaves nothing, and is told again as something new', () => {
    const office = new Office();
    office.offer(over(up, end));
    office.sendAt(end);
    office.desk.forget(up.id);
    expect(office.desk.thread(up.id)).toBeUndefined();
    expect(office.sendUntil(end + MINUTE)).toEqual([]);
  });

  test('leaves the rest of its thread as it is', () => {
    const office = new Office();
    const down = deviation('down', START);
    office.offer(up, down);
    office.sendAt(START);
    office.offer(over(up, end));
    office.sendUntil(end);
    office.desk.forget(up.id);
    office.offer(over(down, end + MINUTE));
    expect(office.sendUntil(end + 2 * MINUTE)).toEqual([
      expect.stringMatching(/^Reply Over/),
      expect.stringMatching(/^Edit Over/),
    ]);
  });
});

test('of what the channel is not for any more nothing is sent, until it is for it again', () => {
  const office = new Office({ remindEveryMs: 10 * MINUTE, abilities: { ...CHAT, resendEveryMs: MINUTE } });
  office.offer(up, deviation('other', START));
  office.sendAt(START);
  office.desk.withdraw(up.id);
  office.desk.withdraw(deviation('other', START).id);
  office.desk.withdraw('nothing that it knows');
  expect([office.desk.pending(START + MINUTE), office.desk.hasBegun(up.id)]).toEqual([0, true]);
  expect(office.sendUntil(START + 60 * MINUTE)).toEqual([]);
  office.offer(over(up, START + 60 * MINUTE));
  expect(office.sendUntil(START + 61 * MINUTE)).toEqual([
    'Reply Over after 1h: shop: The shop answers | recovered after 1h',
    'Edit Over after 1h: shop: The shop answers',
  ]);
});

test('no channel that comes to be for another audience has one id for what it tells both', () => {
  const [forTeam, forCustomers] = ['internal', 'customers'].map((audience) => {
    const office = new Office({ audience });
    office.offer({ ...up, history: [{ at: START, words: { customers: 'disrupted' }, turn: true }] });
    office.sendAt(START);
    return deliveryOf(office.jobs[0]!, { audience, abilities: CHAT, describe: () => SPEC, channel: 'c' }).id;
  });
  expect(forTeam).not.toBe(forCustomers);
});

test('a storm of thousands that come and end one by one costs no more than each of them, and is told the same', () => {
  const stories = Array.from({ length: 2_000 }, (_, at) =>
    deviation(`c${at}`, START, { service: `s${at}`, standing: 'Unclear', unknownReason: 'SourceUnreachable' }),
  );
  const office = new Office();
  const begun = process.cpuUsage();
  for (const story of stories) {
    office.offer(story);
    office.sendAt(START);
  }
  const all = 'Unclear: 2000 services, 2000 criteria';
  expect(office.sendUntil(START + 2 * MINUTE)).toEqual([`Edit ${all}`]);
  for (const story of stories) {
    office.offer(over(story, end));
    office.sendAt(end);
  }
  expect(office.sendUntil(end + MINUTE)).toEqual([expect.stringMatching(/^Reply Over/), expect.stringMatching(/^Edit Over/)]);
  expect(office.desk.pending(end + MINUTE)).toBe(0);
  // Time of this process: others may keep the machine busy. Without a pace it is ten times as much.
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1_000).toBeLessThan(1_500);
});

test('what lacks something is counted', () => {
  const office = new Office();
  expect(office.desk.pending(START)).toBe(0);
  office.offer(up, deviation('a', START, { service: 'mail' }), deviation('b', START, { service: 'mail' }));
  expect(office.desk.pending(START)).toBe(2);
  office.sendAt(START);
  expect(office.desk.pending(START)).toBe(0);
  office.offer(over(up, START));
  expect(office.desk.pending(START)).toBe(1);
});

test('no two messages have one id', () => {
  const office = new Office({ remindEveryMs: MINUTE });
  office.offer(up);
  office.sendUntil(START + 10 * MINUTE);
  const ids = office.jobs.map(
    (job) => deliveryOf(job, { audience: 'internal', abilities: CHAT, describe: () => SPEC, channel: 'c' }).id,
  );
  expect(new Set(ids).size).toBe(ids.length);
});

describe('5,000 deviations of 500 services', () => {
  const of = (unknownReason?: string): Story[] =>
    Array.from({ length: 5_000 }, (_, at) =>
      deviation(`c${at}`, START, {
        service: `s${at % 500}`,
        ...(unknownReason !== undefined && { standing: 'Unclear', unknownReason }),
      }),
    );

  test.each(
    Object.entries({
      'that fail by themselves are 500 messages': { stories: of(), want: 500 },
      'whose source is down are one': { stories: of('SourceUnreachable'), want: 1 },
    }),
  )('%s, in well under a second', (_sentence, { stories, want }) => {
    const office = new Office({ remindEveryMs: 60 * MINUTE });
    const begun = process.cpuUsage();
    office.offer(...stories);
    expect(office.sendUntil(START + MINUTE)).toHaveLength(want);
    for (const story of stories) office.offer(over(story, end));
    office.sendUntil(end + MINUTE);
    for (let count = 0; count < 5_000; count++) office.desk.pending(office.now);
    expect(office.desk.pending(office.now)).toBe(0);
    // Time of this process: others may keep the machine busy.
    const { user, system } = process.cpuUsage(begun);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });
});
