import { Failures } from './failures.ts';
import { KubeError } from './kube-error.ts';

const BACKOFF = { minMs: 1000, maxMs: 8000 };
const newFailures = (): Failures => new Failures(BACKOFF, () => 1);
const refused = (status: number, retryAfterMs?: number): KubeError =>
  new KubeError('refused', { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
const idle = new KubeError('silent', { reason: 'Idle' });

test.each(
  Object.entries({
    'a refused connection waits, and watches on from the same version': { error: new Error('x'), waitMs: 1000, relist: false },
    'a version that is too old is listed anew at once': { error: refused(410), waitMs: 0, relist: true },
    'a silent watch is opened anew at once': { error: idle, waitMs: 0, relist: false },
    'an absent kind is looked for again': { error: refused(404), waitMs: 1000, relist: true },
    'missing rights leave all as it is': { error: refused(403), waitMs: 1000, relist: false },
    'a busy server is left alone as long as it asks': { error: refused(429, 5000), waitMs: 5000, relist: false },
    'but not for hours': { error: refused(429, 3_600_000), waitMs: 60_000, relist: false },
  }),
)('%s', (_sentence, { error, waitMs, relist }) => {
  expect(newFailures().next(error)).toMatchObject({ waitMs, relist, gone: false });
});

test('the wait doubles up to its bound, and starts over after a success', () => {
  const failures = newFailures();
  expect([1, 2, 3, 4, 5].map(() => failures.next(new Error('x')).waitMs)).toEqual([1000, 2000, 4000, 8000, 8000]);
  failures.ended();
  expect(failures.next(new Error('x')).waitMs).toBe(1000);
});

test('what is expected in good health waits too when it does not end', () => {
  const failures = newFailures();
  expect([1, 2, 3].map(() => failures.next(refused(410)).waitMs)).toEqual([0, 2000, 4000]);
});

test('a server that was away and is back says so by a version that is too old: it is listed anew at once, and once', () => {
  const failures = newFailures();
  const errors = [new Error('x'), new Error('x'), refused(410), refused(410)];
  expect(errors.map((error) => failures.next(error).waitMs)).toEqual([1000, 2000, 0, 8000]);
});

test('clients drift apart: the wait is between half and all of it', () => {
  expect(new Failures(BACKOFF, () => 0).next(new Error('x')).waitMs).toBe(500);
});

test('a kind is gone when it was absent three times in a row, and that is said once', () => {
  const failures = newFailures();
  const errors = [404, 404, 503, 404, 404, 404, 404].map(refused);
  expect(errors.map((error) => failures.next(error).gone)).toEqual([false, false, false, false, false, true, false]);
});

test('a row of failures is worth saying once, and so is its end', () => {
  const failures = newFailures();
  expect(failures.ended()).toBe(false);
  expect([1, 2, 3, 4].map(() => failures.next(new Error('x')).worthSaying)).toEqual([false, false, true, false]);
  expect([failures.ended(), failures.ended()]).toEqual([true, false]);
});
