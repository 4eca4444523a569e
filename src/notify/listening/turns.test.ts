import { settled } from '../../platform/hand-clock.ts';
import { newTurns, type Turns, type TurnsOptions } from './turns.ts';

const LIMITS: TurnsOptions = { atOnce: 2, waitingOfOne: 2, waiting: 3 };

/** Work that ends when it is told to; says what began and what ended, in order. */
function newDesk(limits: TurnsOptions = LIMITS): {
  turns: Turns;
  ask: (name: string) => boolean;
  end: (name: string) => Promise<void>;
  said: string[];
} {
  const turns = newTurns(limits);
  const ends = new Map<string, () => void>();
  const said: string[] = [];
  const work = async (name: string): Promise<void> => {
    said.push(name);
    await new Promise<void>((resolve) => void ends.set(name, resolve));
    said.push(`${name} ended`);
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settled();
  };
  return { turns, ask: (name) => turns.add(name.charAt(0), () => work(name)), end, said };
}

test('several people are served at once, and each in order', async () => {
  const { ask, end, said } = newDesk();
  for (const name of ['a1', 'a2', 'b1']) ask(name);
  expect(said).toEqual(['a1', 'b1']);
  await end('b1');
  expect(said).toEqual(['a1', 'b1', 'b1 ended']);
  await end('a1');
  expect(said.slice(3)).toEqual(['a1 ended', 'a2']);
});

test('whoever asks much waits behind whoever asks once', async () => {
  const { ask, end, said } = newDesk({ ...LIMITS, atOnce: 1 });
  for (const name of ['a1', 'a2', 'a3', 'b1']) ask(name);
  await end('a1');
  await end('a2');
  await end('b1');
  expect(said.filter((what) => !what.includes('ended'))).toEqual(['a1', 'a2', 'b1', 'a3']);
});

test('so much waits, and no more: of one person, and of all', () => {
  const { ask } = newDesk();
  expect(['a1', 'a2', 'a3', 'a4'].map(ask)).toEqual([true, true, true, false]);
  expect(['b1', 'b2', 'b3', 'c1'].map(ask)).toEqual([true, true, false, false]);
});

test('it is idle when everything is done, what waited too', async () => {
  const { turns, ask, end, said } = newDesk();
  await turns.idle();
  for (const name of ['a1', 'a2']) ask(name);
  const idle = turns.idle().then(() => said.push('idle'));
  await end('a1');
  expect(said).not.toContain('idle');
  await end('a2');
  await idle;
  expect(said.at(-1)).toBe('idle');
});
