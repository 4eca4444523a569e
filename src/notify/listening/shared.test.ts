import { newShared } from './shared.ts';

test('what several have is opened once, and closed when the last lets go', async () => {
  const shared = newShared();
  const events: string[] = [];
  const open = (name: string) => (): { name: string; close(): Promise<void> } => {
    events.push(`open ${name}`);
    return { name, close: () => Promise.resolve(void events.push(`close ${name}`)) };
  };
  const [first, second, other] = [shared.take('a', open('a')), shared.take('a', open('a')), shared.take('b', open('b'))];
  expect(second.value).toBe(first.value);
  await first.release();
  await other.release();
  expect(events).toEqual(['open a', 'open b', 'close b']);
  await second.release();
  expect(shared.take('a', open('a')).value).not.toBe(first.value);
  expect(events.slice(3)).toEqual(['close a', 'open a']);
});
