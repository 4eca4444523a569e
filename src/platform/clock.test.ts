import { sleep, systemClock } from './clock.ts';

const DAYS_30_MS = 30 * 86_400_000;

test('the clock of the machine tells milliseconds since 1970', () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test('it runs once, and not before the time', async () => {
  const startedAt = performance.now();
  let runs = 0;
  await new Promise<void>((resolve) => {
    systemClock.after(20, () => {
      runs += 1;
      resolve();
    });
  });
  // Timers round to whole milliseconds, so one may fire up to one early.
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19);
  await sleep(systemClock, 30);
  expect(runs).toBe(1);
});

test.each(
  Object.entries({
    'what is cancelled never runs': { ms: 5, cancel: true, want: false },
    'a time in the past runs at once': { ms: -1000, cancel: false, want: true },
    'a time beyond what a timer of Node holds does not run at once': { ms: DAYS_30_MS, cancel: false, want: false },
  }),
)('%s', async (_sentence, { ms, cancel, want }) => {
  let ran = false;
  const stop = systemClock.after(ms, () => {
    ran = true;
  });
  if (cancel) stop();
  await sleep(systemClock, 40);
  stop();
  expect(ran).toBe(want);
});

describe('sleep', () => {
  const HOUR_MS = 3_600_000;

  test('it ends at once when its signal aborts', async () => {
    const stopped = new AbortController();
    const slept = sleep(systemClock, HOUR_MS, stopped.signal);
    stopped.abort();
    await expect(slept).resolves.toBeUndefined();
  });

  test('it does not begin when its signal has aborted', async () => {
    await expect(sleep(systemClock, HOUR_MS, AbortSignal.abort())).resolves.toBeUndefined();
  });

  test('an abort leaves no timer behind', async () => {
    let cancelled = 0;
    const clock = { now: () => 0, after: () => () => void (cancelled += 1) };
    const stopped = new AbortController();
    const slept = sleep(clock, HOUR_MS, stopped.signal);
    stopped.abort();
    await slept;
    expect(cancelled).toBe(1);
  });
});
