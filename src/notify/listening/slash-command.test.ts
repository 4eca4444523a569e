import { HandClock } from '../../platform/hand-clock.ts';
import { CARD, NOW } from '../deliveries.fixtures.ts';
import { hearing, REPLY, until } from './listening.fixtures.ts';
import type { Ask, Question } from '../notifier.ts';
import { type Commands, newCommands } from './slash-command.ts';

/* What the platforms' own tests do not come across: failures of ours. */

const QUESTION: Question = { id: 'command/1', person: 'U0ALICE', text: 'status', at: NOW };
const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
let clock: HandClock;

beforeEach(() => {
  clock = new HandClock(NOW);
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => void process.off('unhandledRejection', note));

function commands(ask: Ask, shown: (title: string) => object = (title) => ({ title })): Commands {
  const style = { shown: ({ title }: typeof CARD) => shown(title), whispered: (text: string) => ({ text }) };
  return newCommands({ ...hearing({}).options, clock, ask, style });
}

/** What nobody caught is told once the turn is over. */
const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));

test.each<[string, Ask]>([
  ['fails', () => Promise.reject(new Error('no store'))],
  [
    'throws',
    () => {
      throw new Error('not begun');
    },
  ],
])('a command whose answer %s is told so', async (_how, ask) => {
  expect(await commands(ask).answer(QUESTION, undefined)).toEqual({
    text: 'That can not be answered at the moment. Please ask again.',
  });
});

test('an answer that fails late ends no operator', async () => {
  const later = Promise.withResolvers<typeof REPLY>();
  let asked = false;
  const answer = commands(() => {
    asked = true;
    return later.promise;
  }).answer(QUESTION, 'http://127.0.0.1:9/later');
  await until(() => asked);
  await clock.advance(2_000);
  expect(await answer).toEqual({ text: 'Working on it …' });
  later.reject(new Error('no store'));
  await turn();
  expect(unhandled).toEqual([]);
});
