import type { ChangeRecordSpec } from '../../api/change.ts';
import { aboutOf, cardOf, followUpCard } from './cards.ts';
import {
  APPROVED,
  CLOSES,
  HOUR,
  OPENS,
  recordsOf,
  type Step,
  storiesOf,
  TELLS,
  windowFrom,
} from '../stories/changes.fixtures.ts';
import { CHAT, Office, PLAIN } from '../delivering/desk.fixtures.ts';
import { bookOf, MINUTE, START } from '../stories/stories.fixtures.ts';
import { storyAsOf } from '../stories/story-book.ts';
import type { Story } from '../stories/story.ts';

const planned: Step = [START, TELLS];
const approved: Step = [START + 1, { ...TELLS, ...APPROVED }];
const shown = (audience: string, story: Story) => ({ stories: [story] as const, audience, describe: () => undefined });

test.each(
  Object.entries({
    'a plan': { steps: [planned], now: START, internal: 'Planned', customers: 'Planned' },
    'an agreed one': { steps: [planned, approved], now: START + 1, internal: 'Approved', customers: 'Planned' },
    'one that opened without an approval': { steps: [planned], now: OPENS, internal: 'Not approved', customers: 'Planned' },
    'one that was approved too late': {
      ...{
        steps: [planned, [OPENS, { ...TELLS, ...APPROVED }]],
        now: OPENS,
        internal: 'Approved too late',
        customers: 'Planned',
      },
    },
    'one that is over': { steps: [planned, approved], now: CLOSES, internal: 'Over', customers: 'Over' },
    'one of which the approval was taken back': {
      ...{ steps: [planned, approved, [START + 2, TELLS]], now: OPENS - 1, internal: 'Planned', customers: 'Called off' },
    },
    'one that is gone': {
      ...{ steps: [planned, approved, [START + 2, 'gone']], now: OPENS, internal: 'Called off', customers: 'Called off' },
    },
  } satisfies Record<string, { steps: Step[]; now: number; internal: string; customers: string }>),
)('the title says how it stands: %s', (_sentence, { steps, now, internal, customers }) => {
  const [story] = storiesOf(now, ...(steps as Step[]));
  expect(cardOf(shown('internal', story!)).title).toBe(`${internal}: shop, change: disk`);
  expect(cardOf(shown('customers', story!)).title).toBe(`${customers}: shop, change`);
});

test('the team reads all of the plan, and what was said last', () => {
  const spec = { ...APPROVED, id: 'C-7', ticket: 'SHOP-1', hosts: ['a', 'b'], adjustFigures: true };
  const card = cardOf(shown('internal', storiesOf(START + 1, [START, spec])[0]!));
  expect(Object.fromEntries(card.facts.map(({ name, value }) => [name, value]))).toEqual({
    ...{ Service: 'shop', Change: 'web/disk (C-7)', Category: 'Regular', Risk: 'Low', Owner: 'team', 'Wanted by': 'storage' },
    ...{ 'Asked for by': 'ada', 'Approved by': 'bo', Reason: 'full', Ticket: 'SHOP-1', Hosts: 'a, b' },
    ...{ From: '2026-11-28T22:00:00Z', Until: '2026-11-29T00:00:00Z' },
    ...{ Figures: 'are also printed without the time not met in the window' },
    Told: 'internal (2026-11-28T12:00:00Z), authority (2026-11-28T12:00:00Z)',
  });
  expect(card.paragraphs).toEqual(['A new disk.', 'approved by bo, and adjusts figures']);
});

const CANARY = 'canary';
const canaries = {
  ...{ id: CANARY, owner: CANARY, initiator: CANARY, reason: CANARY, ticket: CANARY, hosts: [CANARY], description: CANARY },
  ...{ requestedBy: CANARY, adjustFigures: true, category: 'Emergency', risk: 'High' },
  ...{ tellCustomers: { before: '4h', text: 'Only this.' } },
} satisfies Partial<ChangeRecordSpec> as Partial<ChangeRecordSpec>;

test('of everything that a change says customers read its window and their text', () => {
  const outcome = { success: false, text: CANARY, by: CANARY };
  const steps: Step[] = [
    [START, canaries],
    [START + 1, { ...canaries, approvedBy: CANARY }],
    [START + 2, canaries],
    [START + 3, { ...canaries, approvedBy: CANARY, ...windowFrom(OPENS + HOUR) }],
    [OPENS + HOUR + 1, { ...canaries, approvedBy: CANARY, ...windowFrom(OPENS + HOUR), outcome }],
    [OPENS + HOUR + 2, 'gone'],
  ];
  for (const now of [...steps.map(([at]) => at), CLOSES + 9 * HOUR]) {
    const of = shown('customers', storiesOf(now, ...steps)[0]!);
    const { paragraphs, ...card } = cardOf(of);
    const all = [card, paragraphs, followUpCard(of, { from: () => 0, to: () => undefined }), aboutOf(of, now)];
    expect(JSON.stringify(all)).not.toMatch(/canary|ada|Emergency|High|approv|figures/i);
    if (now > START) expect(paragraphs).toEqual(['Only this.']);
  }
});

/** What a channel for customers sends when the story is offered to it after each step and at each turn. */
function sentTo(office: Office, name: string, times: readonly number[], ...steps: readonly Step[]): string[] {
  const records = recordsOf(name, ...steps);
  return times.flatMap((now) => {
    const book = bookOf(...records.filter(({ head }) => head.recordedAt <= now));
    const [story] = [...book.stories.values()].map((kept) => storyAsOf(book, kept, now));
    office.now = now;
    // As the teller does, from when it is due on.
    if (story && (story.addressed['customers']?.at ?? Infinity) <= now) office.offer(story);
    return office.sendUntil(now + MINUTE);
  });
}

const TELL_AT = OPENS - 4 * HOUR;
const offAt = (at: number): Step => [at, 'gone'];
const NEXT = OPENS + 24 * HOUR;
const movedAt = (at: number): Step => [at, { ...TELLS, ...APPROVED, ...windowFrom(NEXT) }];

test.each(
  Object.entries({
    'is told before, and ends without a word': {
      ...{ steps: [planned, approved], times: [START + 1, TELL_AT - MINUTE, TELL_AT, OPENS, CLOSES] },
      want: ['Post Planned: shop, change', 'Edit Over: shop, change'],
    },
    'is called off for whoever was told': {
      ...{ steps: [planned, approved, offAt(TELL_AT + HOUR)], times: [START + 1, TELL_AT, TELL_AT + HOUR, CLOSES] },
      want: [...['Post Planned: shop, change', 'Reply Called off: shop, change | called off'], 'Edit Called off: shop, change'],
    },
    'that was called off before is not told': {
      ...{ steps: [planned, approved, offAt(TELL_AT - HOUR)], times: [START + 1, TELL_AT, CLOSES], want: [] },
    },
    'that was called off while nothing could be sent is not told': {
      ...{ steps: [planned, approved, offAt(TELL_AT + HOUR)], times: [TELL_AT + HOUR, CLOSES], want: [] },
    },
    'that was over while nothing could be sent is not told': { steps: [planned, approved], times: [CLOSES], want: [] },
    'that is moved is told once more at once': {
      ...{ steps: [planned, approved, movedAt(TELL_AT + HOUR)], times: [TELL_AT, TELL_AT + HOUR, NEXT - HOUR] },
      want: [
        'Post Planned: shop, change',
        'Reply Planned: shop, change | now planned for 2026-11-29T22:00:00Z to 2026-11-30T00:00:00Z\nshop is closed.',
        'Edit Planned: shop, change',
      ],
    },
  } satisfies Record<string, { steps: Step[]; times: number[]; want: string[] }>),
)('a change %s', (_sentence, { steps, times, want }) => {
  const office = new Office({ audience: 'customers', abilities: CHAT, remindEveryMs: HOUR });
  expect(sentTo(office, 'disk', times, ...steps)).toEqual(want);
  expect(office.desk.pending(NEXT + 9 * HOUR)).toBe(0);
});

test('where nothing can be edited its end is no message', () => {
  const office = new Office({ audience: 'customers', abilities: PLAIN });
  expect(sentTo(office, 'disk', [TELL_AT, CLOSES], planned, approved)).toEqual(['Post Planned: shop, change']);
});

test('a change that is called off while its message is held is not told', () => {
  const office = new Office({ audience: 'customers', holdMs: 2 * HOUR });
  expect(sentTo(office, 'disk', [TELL_AT, TELL_AT + HOUR, CLOSES], planned, approved, offAt(TELL_AT + HOUR))).toEqual([]);
});

test('two changes at once are two messages', () => {
  const office = new Office({ audience: 'customers' });
  for (const name of ['disk', 'memory']) sentTo(office, name, [TELL_AT], planned, approved);
  expect(office.sent).toEqual(['Post Planned: shop, change', 'Post Planned: shop, change']);
});
