import fc from 'fast-check';

import type { RecordBody } from '../../api/records.ts';
import { START } from '../stories/stories.fixtures.ts';
import { type Action, type Heard, mergedThreads, nextOf, type Thread, threadAfter } from './thread.ts';

type Sent = RecordBody<'Delivery'>;

const id = (n: number): string => n.toString(16).padStart(64, '0');

function sent(phase: Sent['phase'], action: Action, states: Record<string, number>, changed: Partial<Sent> = {}): Sent {
  const counts = Object.values(states);
  return {
    ...{ id: id(1), channel: 'c', audience: 'internal', story: 'a', stories: Object.keys(states), states: counts, action, phase },
    ...{
      state: Math.max(
        1,
        counts.reduce((sum, count) => sum + count, 0),
      ),
      at: START,
      ended: false,
      ...changed,
    },
  };
}

const threadOf = (...all: Sent[]): Thread | undefined => all.reduce<Thread | undefined>(threadAfter, undefined);

const ALL = { edits: true, threads: true, files: true, once: true };
const EDITS = { ...ALL, threads: false };
const MAIL = { ...ALL, edits: false };
const PLAIN = { ...ALL, edits: false, threads: false };
const PROGRAM = { ...PLAIN, everyState: true };

/** Entries of a story: `t` is a turn, `.` none. */
const heard = (stories: Record<string, string>): Heard[] =>
  Object.entries(stories).map(([story, signs]) => ({
    id: story,
    entries: signs.split('').map((sign, at) => ({ at, text: '', turn: sign === 't' })),
  }));

const at2 = { message: 'here' };
const posted = sent('Delivered', 'Post', { a: 2 }, at2);

describe('what is sent next', () => {
  test.each(
    Object.entries({
      'nothing of what an audience does not hear of': { records: [], stories: { a: '' }, want: undefined },
      'of something new a message': { records: [], stories: { a: '.t' }, want: 'Post' },
      'nothing after it': { records: [posted], stories: { a: '.t' }, want: undefined },
      'of a turn an answer': { records: [posted], stories: { a: '.tt' }, want: 'Reply' },
      'after the answer the first message changes': {
        records: [posted, sent('Delivered', 'Reply', { a: 3 }, { id: id(2), ...at2 })],
        stories: { a: '.tt' },
        want: 'Edit',
      },
      'and then nothing': {
        records: [
          posted,
          sent('Delivered', 'Reply', { a: 3 }, { id: id(2) }),
          sent('Delivered', 'Edit', { a: 3 }, { id: id(3) }),
        ],
        stories: { a: '.tt' },
        want: undefined,
      },
      'of what is no turn a change': { records: [posted], stories: { a: '.t.' }, want: 'Edit' },
      'without threads a change': { abilities: EDITS, records: [posted], stories: { a: '.tt' }, want: 'Edit' },
      'without edits an answer': { abilities: MAIL, records: [posted], stories: { a: '.tt' }, want: 'Reply' },
      'without edits nothing of what is no turn': { abilities: MAIL, records: [posted], stories: { a: '.t.' }, want: undefined },
      'without both another message': { abilities: PLAIN, records: [posted], stories: { a: '.tt' }, want: 'Post' },
      'without both nothing of what is no turn': { abilities: PLAIN, records: [posted], stories: { a: '.t.' }, want: undefined },
      'for a program everything': { abilities: PROGRAM, records: [posted], stories: { a: '.t.' }, want: 'Post' },
      'where the platform does not say where it lies, another message': {
        records: [sent('Delivered', 'Post', { a: 2 })],
        stories: { a: '.tt' },
        want: 'Post',
      },
      'of a story that came later the first message changes': { records: [posted], stories: { a: '.t', b: '.t' }, want: 'Edit' },
      'where it can not, there is another one': {
        abilities: PLAIN,
        records: [posted],
        stories: { a: '.t', b: '.t' },
        want: 'Post',
      },
      'a story that came later by a change was told with it': {
        records: [posted, sent('Delivered', 'Edit', { a: 2, b: 2 }, { id: id(2) })],
        stories: { a: '.t', b: '.t' },
        want: undefined,
      },
      'a turn of the first story counts although another one came after it': {
        records: [posted, sent('Delivered', 'Edit', { a: 2, b: 2 }, { id: id(2) })],
        stories: { a: '.tt', b: '.t' },
        want: 'Reply',
      },
      'a new message after the first is gone': {
        records: [posted, sent('Rejected', 'Edit', { a: 3 }, { id: id(2) })],
        stories: { a: '.tt' },
        want: 'Post',
      },
      'a new message after the first can not be answered': {
        records: [posted, sent('Rejected', 'Reply', { a: 3 }, { id: id(2) })],
        stories: { a: '.tt' },
        want: 'Post',
      },
      'not again what the platform refused': {
        records: [sent('Rejected', 'Post', { a: 2 })],
        stories: { a: '.t' },
        want: undefined,
      },
      'but what came after it': { records: [sent('Rejected', 'Post', { a: 2 })], stories: { a: '.t.' }, want: 'Post' },
    } satisfies Record<
      string,
      { records: Sent[]; stories: Record<string, string>; want: Action | undefined; abilities?: typeof ALL }
    >),
  )('%s', (_sentence, { records, stories, want, ...rest }) => {
    expect(nextOf(threadOf(...records), heard(stories), 'abilities' in rest ? rest.abilities : ALL)?.action).toBe(want);
  });

  test('while it is quiet the first message changes, and nothing is said', () => {
    const next = (abilities: typeof ALL) => nextOf(threadOf(posted), heard({ a: '.tt' }), abilities, true)?.action;
    expect([next(ALL), next(MAIL), next(PLAIN)]).toEqual(['Edit', undefined, undefined]);
  });
});

describe('after a crash', () => {
  test.each(['Post', 'Reply', 'Edit'] as const)('a %s that was begun is repeated as it was', (action) => {
    const before = action === 'Post' ? [] : [posted];
    const thread = threadOf(...before, sent('Attempted', action, { a: 3 }, { id: id(7) }));
    expect(nextOf(thread, heard({ a: '.ttttt' }), ALL)).toEqual({ action, repeated: true });
    expect(thread?.pending).toEqual({ id: id(7), action, states: new Map([['a', 3]]) });
  });

  test.each(['Delivered', 'Rejected'] as const)('what was %s is not', (phase) => {
    const thread = threadOf(sent('Attempted', 'Post', { a: 2 }), sent(phase, 'Post', { a: 2 }, at2));
    expect(nextOf(thread, heard({ a: '.t' }), ALL)).toBeUndefined();
  });

  test('what was begun once more tells what it told then', () => {
    const thread = threadOf(
      sent('Attempted', 'Post', { a: 2 }),
      sent('Attempted', 'Post', { a: 4 }),
      sent('Delivered', 'Post', { a: 4 }),
    );
    expect(thread?.told).toEqual(new Map([['a', { shown: 4, said: 4 }]]));
  });

  test('a delivery that has several records is one', () => {
    const thread = threadOf(
      ...[sent('Attempted', 'Post', { a: 2 }), sent('Attempted', 'Post', { b: 2 })],
      ...[sent('Delivered', 'Post', { a: 2 }, at2), sent('Delivered', 'Post', { b: 2 }, at2)],
    );
    expect(thread).toMatchObject({ members: ['a', 'b'], count: 1, root: 'here' });
    expect(nextOf(thread, heard({ a: '.t', b: '.t' }), ALL)).toBeUndefined();
  });

  test('the logs of several services make one thread, in any order', () => {
    const one = threadOf(posted, sent('Attempted', 'Edit', { a: 2 }, { id: id(2), at: START + 1 }))!;
    const other = threadOf(sent('Attempted', 'Edit', { b: 2 }, { id: id(2), at: START + 1 }))!;
    for (const thread of [mergedThreads(one, other), mergedThreads(other, one)]) {
      expect(thread.pending?.states).toEqual(
        new Map([
          ['a', 2],
          ['b', 2],
        ]),
      );
      expect(new Set(thread.members)).toEqual(new Set(['a', 'b']));
    }
  });

  test('of a crash between two logs the later one says how far it went', () => {
    const begun = sent('Attempted', 'Post', { a: 2 });
    const done = threadOf(begun, sent('Delivered', 'Post', { a: 2 }, at2))!;
    const behind = threadOf({ ...begun, stories: ['b'] })!;
    for (const thread of [mergedThreads(done, behind), mergedThreads(behind, done)])
      expect(thread).toMatchObject({ isPosted: true, root: 'here' });
    expect(mergedThreads(done, behind).pending).toBeUndefined();
  });
});

test('what a channel told while it was for another audience is another thread', () => {
  const forTeam = sent('Delivered', 'Post', { a: 9 }, at2);
  const forCustomers = sent('Attempted', 'Post', { a: 2 }, { audience: 'customers', id: id(2), at: START + 1 });
  const thread = threadOf(forTeam, forCustomers)!;
  expect(thread).toMatchObject({ audience: 'customers', isPosted: false, told: new Map(), count: 0 });
  const before = threadOf({ ...forTeam, stories: ['b'] })!;
  for (const merged of [mergedThreads(before, thread), mergedThreads(thread, before)]) expect(merged).toEqual(thread);
});

test('where a record does not say how much it told of each of several stories, rather twice than not at all', () => {
  const { states: _states, ...old } = sent('Delivered', 'Post', { a: 9, b: 9 }, at2);
  expect(nextOf(threadOf(old as Sent), heard({ a: '.t', b: '.tt' }), ALL)?.action).toBe('Reply');
});

test('whatever happens to the messages, all is told in the end and nothing is sent for ever', () => {
  const outcomes = fc.array(fc.constantFrom('Delivered', 'Rejected', 'Attempted'), { maxLength: 12 });
  const abilities = fc.constantFrom(ALL, EDITS, MAIL, PLAIN, PROGRAM);
  const stories = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.stringMatching(/^[.t]{1,6}$/), { minKeys: 1 });
  fc.assert(
    fc.property(outcomes, abilities, stories, (fates, can, all) => {
      let thread: Thread | undefined;
      const list = heard(all);
      const states = Object.fromEntries(list.map((story) => [story.id, story.entries.length]));
      for (let count = 0; count < fates.length + 6; count++) {
        const next = nextOf(thread, list, can);
        if (next === undefined) break;
        const phase = fates[count] ?? 'Delivered';
        thread = threadAfter(thread, sent(phase, next.action, states, { story: list[0]!.id, id: id(count), ...at2 }));
      }
      expect(nextOf(thread, list, can)).toBeUndefined();
      expect(Object.keys(states).filter((story) => (thread?.told.get(story)?.said ?? 0) < 1)).toEqual([]);
    }),
  );
});
