import { type Clock, systemClock } from './clock.ts';
import { AssayError } from './errors.ts';

import { GroupCommit } from './group-commit.ts';

const stillClock: Clock = { now: () => 0, after: () => () => undefined };
const code = (wanted: string): object => expect.objectContaining({ code: wanted }) as object;

/** A group commit onto a list, which fails while `broken` is set. */
function onto(
  written: string[],
  options: { delayMs?: number; clock?: Clock } = {},
): { commits: GroupCommit; disk: { broken: boolean }; groups: number[] } {
  const disk = { broken: false };
  const groups: number[] = [];
  const transact = (run: () => void): void => {
    const before = [...written];
    run();
    if (!disk.broken) return;
    written.splice(0, Infinity, ...before);
    throw new AssayError('STORE_FAILED', 'disk full');
  };
  const commits = new GroupCommit({
    clock: systemClock,
    delayMs: 0,
    ...options,
    transact,
    onCommit: (entries) => groups.push(entries),
  });
  return { commits, disk, groups };
}

test('writes of one moment become durable together, in order, each with its own answer', async () => {
  const written: string[] = [];
  const { commits, groups } = onto(written);
  expect(await Promise.all(['a', 'b', 'c'].map((name) => commits.add(2, () => written.push(name))))).toEqual([1, 2, 3]);
  expect(written).toEqual(['a', 'b', 'c']);
  expect(groups).toEqual([6]);
});

test('a failed group fails each of its writes and leaves nothing; the next may work again', async () => {
  const written: string[] = [];
  const { commits, disk, groups } = onto(written);
  disk.broken = true;
  const answers = await Promise.allSettled(['a', 'b'].map((name) => commits.add(1, () => written.push(name))));
  expect(answers).toEqual([1, 2].map(() => ({ status: 'rejected', reason: code('STORE_FAILED') })));
  disk.broken = false;
  await commits.add(1, () => written.push('c'));
  expect(written).toEqual(['c']);
  expect(groups).toEqual([1]);
});

test('the queue is bounded: a full one is committed before any time has passed', async () => {
  const written: string[] = [];
  const { commits, groups } = onto(written, { delayMs: 20, clock: stillClock });
  const answers = Array.from({ length: 300 }, () => commits.add(1, () => written.push('x')));
  expect(groups).toEqual([256]);
  commits.close();
  await Promise.all(answers);
  expect(groups).toEqual([256, 44]);
});

test('a group waits for others as long as it was told, by its clock', async () => {
  let fire: (() => void) | undefined;
  const waits: number[] = [];
  const clock: Clock = {
    now: () => 0,
    after: (ms, run) => {
      waits.push(ms);
      fire = run;
      return () => (fire = undefined);
    },
  };
  const { commits, groups } = onto([], { delayMs: 20, clock });
  const answers = [commits.add(1, () => 'a'), commits.add(1, () => 'b')];
  expect([waits, groups]).toEqual([[20], []]);
  fire?.();
  expect(await Promise.all(answers)).toEqual(['a', 'b']);
  expect(groups).toEqual([2]);
});

test('a closed queue takes no more', async () => {
  const { commits } = onto([]);
  commits.close();
  await expect(commits.add(1, () => 'a')).rejects.toEqual(code('STORE_FAILED'));
});

test('what is urgent waits for no group, and takes with it what waits', async () => {
  const written: string[] = [];
  const { commits, groups } = onto(written, { delayMs: 20, clock: stillClock });
  const ordinary = commits.add(1, () => written.push('ordinary'));
  const urgent = [commits.add(1, () => written.push('urgent'), true), commits.add(1, () => written.push('next'), true)];
  await Promise.all([ordinary, ...urgent]);
  expect(written).toEqual(['ordinary', 'urgent', 'next']);
  expect(groups).toEqual([3]);
});
