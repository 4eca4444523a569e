import { type Clock, sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Place, Reply } from '../notifier.ts';
import type { Speaker } from './bot.ts';
import { answerId, type Mention } from './mention.ts';
import { writeRef } from './ref.ts';

export interface AnswerOptions {
  readonly speaker: Speaker;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const MOST_ATTEMPTS = 6;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 120_000;

/**
 * Says the answer in the thread of the question, once: what may be there already is looked for. `place`: that of the channel. `retried`:
 * Slack handed the question over before.
 */
export async function answer(
  { channel, root, question }: Mention,
  { reply, place, retried }: { readonly reply: Reply; readonly place: Place; readonly retried: boolean },
  { speaker, clock, log, signal }: AnswerOptions,
): Promise<void> {
  const action = { kind: 'Reply', root: writeRef({ channel, ts: root }) } as const;
  const saying = { ...reply, id: answerId(question.id), action, about: { ...place, at: question.at } };
  let repeated = retried;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const result = await speaker.deliver({ ...saying, repeated }, signal);
    if (result.kind === 'Delivered') return;
    const again = result.kind === 'NotNow' || result.kind === 'Unanswered';
    if (!again || attempt === MOST_ATTEMPTS) {
      log.warn('an answer did not arrive', { platform: 'slack', problem: result.message });
      return;
    }
    repeated ||= result.kind === 'Unanswered';
    await sleep(clock, Math.min(result.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS), signal);
  }
}
