import { Writable } from 'node:stream';

import { createLogger, transports } from 'winston';

import { type Clock, systemClock } from '../../platform/clock.ts';
import { CARD, NOW, optionsWith } from '../deliveries.fixtures.ts';
import type { Fault } from '../fake-http.ts';
import type { Listener, ListenOptions, Question, Reply } from '../notifier.ts';
import { newShared } from '../listening/shared.ts';
import { FAKE_ROOM, FAKE_TOKEN, type FakeEvent, type FakeMatrix, startFakeMatrix } from './fake-server.ts';
import { matrix } from './index.ts';

/*
 * What tests of listening share: channels that listen at a homeserver of one room, and time that they move.
 */

export const REPLY: Reply = { card: { ...CARD, tone: 'Notice', title: 'shop: 99.95 % today' }, attachments: [] };
export const MINUTE = 60_000;

/** A channel that listens, and what came of it. */
export interface Ear {
  readonly listener: Listener;
  readonly questions: Question[];
  /** How far it says that it has listened. */
  readonly marks: number[];
  readonly standings: (string | undefined)[];
  /** How long it has waited, in milliseconds. */
  readonly waits: number[];
  readonly logged: string[];
}

interface Changed extends Partial<ListenOptions> {
  readonly room?: string;
  readonly token?: string;
}

export interface World {
  readonly fake: FakeMatrix;
  now: number;
  /** Opens a channel that listens; it answers everything with REPLY. */
  listen(changed?: Changed): Ear;
  /** What the operator wrote. */
  ours(): readonly FakeEvent[];
  answers(): readonly FakeEvent[];
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const opened: Listener[] = [];
  const fake = await startFakeMatrix(() => world.now);
  const ours = (): FakeEvent[] => fake.events.filter(({ sender }) => sender === '@assay:test.local');
  const world: World = {
    ...{ fake, now: NOW, ours },
    answers: () => ours().filter(({ content }) => content['msgtype'] === 'm.notice'),
    listen: (changed) => {
      const ear = listenAt(fake.origin, () => world.now, changed);
      opened.push(ear.listener);
      return ear;
    },
    close: async () => {
      await Promise.all(opened.map((listener) => listener.close()));
      await fake.close();
    },
  };
  return world;
}

// Whoever thinks for too long is waited for in earnest.
const THINKING_MS = 60_000;

function listenAt(url: string, now: () => number, changed: Changed = {}): Ear {
  const { room = FAKE_ROOM, token = FAKE_TOKEN, ask, ...more } = changed;
  const heard: Omit<Ear, 'listener'> = { questions: [], marks: [], standings: [], waits: [], logged: [] };
  // What is waited for on purpose is over soon, and written down.
  const after: Clock['after'] = (ms, run) => {
    heard.waits.push(ms);
    return systemClock.after(ms === THINKING_MS ? ms : Math.min(ms, 5), run);
  };
  const write = (line: Buffer, _: string, done: () => void): void => {
    heard.logged.push(line.toString());
    done();
  };
  const listener = matrix.listen?.(
    { url, room, tokenSecret: { name: 'matrix', key: 'token' } },
    {
      ...optionsWith(token, { clock: { now, after } }),
      shared: newShared(),
      log: createLogger({ level: 'debug', transports: [new transports.Stream({ stream: new Writable({ write }) })] }),
      ask: (question) => {
        heard.questions.push(question);
        return ask === undefined ? Promise.resolve(REPLY) : ask(question);
      },
      ...{ places: () => [], since: 0 },
      heard: (until) => Promise.resolve(void heard.marks.push(until)),
      onStanding: (problem) => void heard.standings.push(problem),
      ...more,
    },
  );
  if (listener === undefined) throw new Error('it does not listen');
  return { listener, ...heard };
}

const WITHIN_MS = 20_000;

/** A test with time for a busy machine. */
export const patientTest = (sentence: string, run: () => Promise<void>): void => test(sentence, run, 2 * WITHIN_MS);

export async function until(check: () => boolean): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`not within ${WITHIN_MS} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const texts = ({ questions }: Ear): string[] => questions.map(({ text }) => text);

/** It has read everything once a later question is answered. */
export async function untilRead({ fake }: World, ear: Ear): Promise<void> {
  fake.say({ body: 'assay last' }, { sender: '@zoe:test.local' });
  await until(() => texts(ear).includes('last') && ear.marks.length > 0);
}

export const answer = (status: number, body: object | string): Fault => ({
  ...{ kind: 'Answer', status, body: typeof body === 'string' ? body : JSON.stringify(body) },
});
export const error = (status: number, errcode: string, more: object = {}): Fault =>
  answer(status, { errcode, error: FAKE_TOKEN, ...more });
