import { readFile } from 'node:fs/promises';

import { openSession, type Session } from '../../parts/index.ts';
import { AssayError, messageOf } from '../../platform/errors.ts';
import type { DemoIo, DemoOptions } from './options.ts';
import { Screen } from './screen.ts';
import { operatorLogPath } from './stage.ts';
import { tellStory } from './story.ts';

const FAILED = 1;
const INTERRUPTED = 130;
const LOG_LINES_TOLD = 15;

/**
 * The command: tells the story and answers the exit code. 0: every step was seen; 1: one was not, or something could not be
 * had or started; 130: interrupted. What was started is stopped, however it ends.
 */
export async function runDemo(options: DemoOptions, io: DemoIo): Promise<number> {
  if (!(options.withinMs > 0)) throw new AssayError('USAGE', '--deadline takes a number of seconds');
  const screen = new Screen(io.terminal, io.clock);
  const session = await openSession();
  const told = await endingWith(io.signal, session, async () => {
    try {
      await tellStory({ options, io, session, screen });
      return 0;
    } catch (error) {
      return io.signal.aborted ? INTERRUPTED : await failed(screen, session, error);
    }
  });
  if (told === INTERRUPTED) screen.paragraph('Interrupted.');
  try {
    await screen.waiting('stopping everything', session.close());
  } catch (error) {
    screen.failed(messageOf(error));
    return FAILED;
  }
  screen.paragraph('Everything is stopped; nothing is left running.');
  return told;
}

/** Closes the session as soon as the signal aborts, so that nothing goes on waiting. */
async function endingWith<T>(signal: AbortSignal, session: Session, run: () => Promise<T>): Promise<T> {
  const end = (): void => void session.close().catch(() => undefined);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await run();
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function failed(screen: Screen, { dir }: Session, error: unknown): Promise<number> {
  const [sentence = '', ...rest] = messageOf(error).split('\n');
  screen.failed(sentence);
  for (const line of rest) screen.aside(line);
  // What could not be started tells the end of its own log.
  if (rest.length === 0) await tellLog(screen, operatorLogPath(dir));
  return FAILED;
}

async function tellLog(screen: Screen, path: string): Promise<void> {
  const log = await readFile(path, 'utf8').catch(() => undefined);
  if (log === undefined) return;
  screen.paragraph("The end of the operator's log:");
  for (const line of log.trimEnd().split('\n').slice(-LOG_LINES_TOLD)) screen.aside(line);
}
