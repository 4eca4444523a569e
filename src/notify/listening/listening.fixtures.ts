import { silentLogger } from '../../platform/log.ts';
import { CARD, optionsWith } from '../deliveries.fixtures.ts';
import type { ListenOptions, Question, Reply } from '../notifier.ts';
import { newShared } from './shared.ts';

/*
 * What tests of listeners share: somebody who answers, and notes what was asked and how it stands.
 */

export const REPLY: Reply = { card: CARD, attachments: [] };
export const PLACE = { namespace: 'web', service: 'shop' };

export interface Heard {
  readonly questions: Question[];
  /** What was said of whether anything is heard; the newest last. */
  readonly standings: (string | undefined)[];
  readonly options: ListenOptions;
}

/** `secrets` by key. What is not changed is answered with REPLY. */
export function hearing(secrets: Readonly<Record<string, string>>, changed: Partial<ListenOptions> = {}): Heard {
  const questions: Question[] = [];
  const standings: (string | undefined)[] = [];
  const { ask = () => Promise.resolve(REPLY), ...rest } = changed;
  const options: ListenOptions = {
    ...optionsWith(''),
    secret: ({ key }) => secrets[key] ?? '',
    timeoutMs: 20_000,
    log: silentLogger(),
    shared: newShared(),
    places: () => [{ namespace: 'web', service: 'cart' }, PLACE],
    since: 0,
    heard: () => Promise.resolve(),
    onStanding: (problem) => void standings.push(problem),
    ...rest,
    ask: (question) => {
      questions.push(question);
      return ask(question);
    },
  };
  return { questions, standings, options };
}

/** Waits for a condition. */
export async function until(holds: () => boolean, what = 'it'): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`in vain waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Text of a form, as platforms post it. */
export const form = (fields: Readonly<Record<string, string>>): Buffer => Buffer.from(new URLSearchParams(fields).toString());
