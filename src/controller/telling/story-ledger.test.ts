import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RecordBody } from '../../api/records.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { type EvidenceStore, openSqliteStore } from '../../evidence/index.ts';
import { APPROVED, CLOSES, OPENS, recordsOf } from '../../notify/stories/changes.fixtures.ts';
import { storyAsOf } from '../../notify/stories/story-book.ts';
import { systemClock } from '../../platform/clock.ts';
import { isLongOver, StoryLedger } from './story-ledger.ts';

const SERVICE = { namespace: 'web', service: 'shop' };
const START = Date.parse('2026-11-28T12:00:00Z');
const MINUTE = 60_000;
const DAY = 86_400_000;
let dir: string;
let store: EvidenceStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-stories-'));
  store = openSqliteStore({ path: join(dir, 'evidence.db'), clock: systemClock, commitDelayMs: 0 });
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

const idOf = (criterion: string): string => deviationId(`web/${criterion}`, START);

function notified(
  criterion: string,
  notice: 'EscalationDue' | 'DeviationEnded',
  at: number,
): Parameters<EvidenceStore['append']>[0] {
  const body = { criterion, notice, phase: 'Intent', audience: 'internal', deviation: idOf(criterion), at, late: false } as const;
  const message = notice === 'DeviationEnded' ? 'ended: Recovered' : 'up is 0';
  return [{ ...SERVICE, kind: 'Notified', slot: at, body: { ...body, message } }];
}

function delivered(story: string, stories: readonly string[], at: number): Parameters<EvidenceStore['append']>[0] {
  const common = { id: 'ab'.repeat(32), channel: 'team', audience: 'internal', story, stories: [...stories], state: 1 };
  const body: RecordBody<'Delivery'> = { ...common, phase: 'Delivered', at, ended: false, action: 'Post', message: 'here' };
  return [{ ...SERVICE, kind: 'Delivery', slot: at, body }];
}

test('what changed since it was looked at is known, and what a channel was sent', async () => {
  const ledger = new StoryLedger(store);
  await store.append(notified('up', 'EscalationDue', START + MINUTE));
  await store.append(delivered(idOf('up'), [idOf('up')], START + MINUTE));
  const book = await ledger.of(SERVICE);
  expect([...book.changed]).toEqual([idOf('up')]);
  expect(book.threads.get('team')?.get(idOf('up'))).toMatchObject({ root: 'here', members: [idOf('up')] });
  book.changed.clear();
  await store.append(notified('up', 'DeviationEnded', START + 2 * MINUTE));
  expect([...(await ledger.of(SERVICE)).changed]).toEqual([idOf('up')]);
});

test('what is over for a week is forgotten, with what was sent of it, but not while it is told together with what goes on', async () => {
  const ledger = new StoryLedger(store);
  for (const criterion of ['alone', 'first', 'second']) await store.append(notified(criterion, 'EscalationDue', START));
  await store.append(delivered(idOf('first'), [idOf('first'), idOf('second')], START));
  for (const criterion of ['alone', 'first']) await store.append(notified(criterion, 'DeviationEnded', START + MINUTE));
  expect(await ledger.tidy(SERVICE, START + 6 * DAY)).toEqual([]);
  expect(await ledger.tidy(SERVICE, START + 8 * DAY)).toEqual([idOf('alone')]);
  expect((await ledger.of(SERVICE)).threads.get('team')?.get(idOf('first'))?.root).toBe('here');
  await store.append(notified('second', 'DeviationEnded', START + 8 * DAY));
  await ledger.of(SERVICE);
  expect((await ledger.tidy(SERVICE, START + 16 * DAY)).sort()).toEqual([idOf('first'), idOf('second')].sort());
});

test('what was forgotten comes back with a start, and is known to be long over', async () => {
  await store.append([...notified('up', 'EscalationDue', START), ...notified('up', 'DeviationEnded', START + MINUTE)]);
  await new StoryLedger(store).tidy(SERVICE, START + 30 * DAY);
  const again = await new StoryLedger(store).of(SERVICE);
  const [story] = [...again.stories.values()];
  expect([6, 8].map((days) => story && isLongOver(story, START + days * DAY))).toEqual([false, true]);
});

test('what a digest has yet to tell is kept as much longer', async () => {
  const ledger = new StoryLedger(store);
  await store.append([...notified('up', 'EscalationDue', START), ...notified('up', 'DeviationEnded', START + MINUTE)]);
  expect(await ledger.tidy(SERVICE, START + 15 * DAY, 14 * DAY)).toEqual([]);
  expect(await ledger.tidy(SERVICE, START + 22 * DAY, 14 * DAY)).toEqual([idOf('up')]);
});

test('what was sent of no story of the service is forgotten a week later as well: digests, and the parts of a storm elsewhere', async () => {
  const ledger = new StoryLedger(store);
  await store.append(notified('up', 'EscalationDue', START));
  await store.append([...delivered('digest-team-x', ['digest-team-x'], START), ...delivered(idOf('up'), [idOf('up')], START)]);
  await ledger.tidy(SERVICE, START + 7 * DAY);
  expect((await ledger.of(SERVICE)).threads.get('team')?.size).toBe(2);
  await ledger.tidy(SERVICE, START + 8 * DAY);
  expect([...((await ledger.of(SERVICE)).threads.get('team')?.keys() ?? [])]).toEqual([idOf('up')]);
});

test('a start reads from the oldest story that is kept, once there is much before it', async () => {
  const ledger = new StoryLedger(store);
  for (let round = 0; round < 300; round++) {
    await store.append([...notified('old', 'EscalationDue', START), ...notified('old', 'DeviationEnded', START + MINUTE)]);
  }
  await store.append(notified('new', 'EscalationDue', START + 8 * DAY));
  await ledger.tidy(SERVICE, START + 8 * DAY);
  expect(await store.cursor('teller', SERVICE)).toBe(600);
  const again = await new StoryLedger(store).of(SERVICE);
  expect([...again.stories.keys()]).toEqual([idOf('new')]);
});

describe('what is withheld', () => {
  const body = {
    comment: 'c',
    uid: '',
    criterion: 'up',
    about: 'Withhold',
    text: 'a drill',
    author: 'ann',
    audience: 'customers',
  };
  const withheld = (at: number): Parameters<EvidenceStore['append']>[0] => [
    { ...SERVICE, kind: 'Commented', body: { ...body, at } as RecordBody<'Commented'> },
  ];
  const sent = (phase: 'Attempted' | 'Delivered' | 'Withheld', channel: string): Parameters<EvidenceStore['append']>[0] => {
    const common = { id: 'ab'.repeat(32), channel, audience: 'customers', story: idOf('up'), stories: [idOf('up')], state: 1 };
    return [{ ...SERVICE, kind: 'Delivery', body: { ...common, phase, at: START + MINUTE, ended: false, action: 'Post' } }];
  };
  const mark = withheld(START + MINUTE);
  const comment = 'customers not to be told, says ann: a drill';

  test.each(
    Object.entries({
      'in time says who decided so, and why': { records: [mark, sent('Withheld', 'chat')], want: [comment] },
      'after it was told says that it was too late': {
        records: [sent('Attempted', 'chat'), sent('Delivered', 'chat'), mark],
        want: [comment, 'too late: customers already told by way of chat'],
      },
      'while it was on its way says so once': {
        records: [mark, sent('Attempted', 'chat'), sent('Delivered', 'chat'), sent('Attempted', 'chat')],
        want: [comment, 'too late: customers already told by way of chat'],
      },
      'in time for one channel and too late for another says which': {
        records: [sent('Attempted', 'chat'), mark, sent('Withheld', 'mail')],
        want: [comment, 'too late: customers already told by way of chat'],
      },
    }),
  )('%s', async (_sentence, { records, want }) => {
    await store.append([notified('up', 'EscalationDue', START), ...records].flat());
    const story = (await new StoryLedger(store).of(SERVICE)).stories.get(idOf('up'));
    expect(story?.withheld).toEqual({ customers: { by: 'ann', reason: 'a drill', at: START + MINUTE } });
    const said = story?.history.flatMap(({ words }) => words.authority ?? []) ?? [];
    expect(said.filter((text) => !text.startsWith('internal'))).toEqual(want);
    expect(story?.history.flatMap(({ words }) => words.customers ?? [])).toHaveLength(1);
  });
});

/** Puts on record what becomes of a change that is approved and has its window from OPENS on. */
async function agreed(at: number): Promise<void> {
  await store.close();
  store = openSqliteStore({ path: join(dir, 'evidence.db'), clock: { ...systemClock, now: () => at }, commitDelayMs: 0 });
  for (const { kind, body } of recordsOf('disk', [at, APPROVED]))
    if (kind === 'ChangeRecorded') await store.append([{ ...SERVICE, kind, slot: at, body }]);
}

test('what is told after a restart is explained by what was agreed long before, of which nothing is told again', async () => {
  await agreed(START);
  await store.append(notified('up', 'EscalationDue', START + MINUTE));
  await store.setCursor('teller', SERVICE, 2);
  const book = await new StoryLedger(store).of(SERVICE);
  expect([...book.stories.keys()]).toEqual([idOf('up')]);
  const story = storyAsOf(book, book.stories.get(idOf('up'))!, OPENS);
  expect(story.explainedBy?.map(({ change }) => change)).toEqual(['disk']);
});

test('a change is kept until its window is over for a week', async () => {
  await agreed(START);
  const ledger = new StoryLedger(store);
  expect(await ledger.tidy(SERVICE, CLOSES + 7 * DAY)).toEqual([]);
  expect(await ledger.tidy(SERVICE, CLOSES + 7 * DAY + 1)).toEqual(['web/shop/change/disk/0']);
});
