import { HandClock } from '../../platform/hand-clock.ts';
import { newSeen } from './seen.ts';

test('each is here for the first time once, until it is forgotten: after its time, or for too many others', async () => {
  const clock = new HandClock();
  const seen = newSeen({ clock, ttlMs: 1_000, most: 3 });
  expect(['a', 'a', 'b'].map((id) => seen.isFirst(id))).toEqual([true, false, true]);
  await clock.advance(1_001);
  expect(['a', 'c', 'd'].map((id) => seen.isFirst(id))).toEqual([true, true, true]);
  expect(['e', 'c', 'd', 'a'].map((id) => seen.isFirst(id))).toEqual([true, false, false, true]);
});
