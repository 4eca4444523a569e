import { createHash } from 'node:crypto';

import { type Clock, sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Ask, Place, Question, Reply } from '../notifier.ts';
import { deliverTo, messageRef, type Outgoing } from './deliver.ts';
import type { Asked, Homeserver } from './homeserver.ts';
import type { Message } from './message.ts';
import { patiently } from './patience.ts';
import type { Rooms } from './room.ts';
import type { Targets } from './targets.ts';

/** What answering needs. */
export interface Answering {
  readonly homeserver: Homeserver;
  readonly rooms: Rooms;
  readonly targets: Targets;
  readonly ask: Ask;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A message, and where it was written. */
export interface Heard extends Message {
  readonly room: string;
  readonly places: readonly Place[] | undefined;
  /** An earlier run of the operator may have answered it. */
  readonly earlier: boolean;
}

/** Older questions are not answered: by then whoever asked looks elsewhere. */
export const MAX_AGE_MS = 10 * 60_000;
const ASK_MS = 60_000;

/**
 * Answers a message if it is a question to us. False if the listening ended before that was done, so that the next run does it. The
 * answer has the same delivery id in every run: it is there once.
 */
export async function answer(answering: Answering, heard: Heard): Promise<boolean> {
  const question = await questionOf(answering, heard);
  if (question.kind === 'Failed') return gaveUp(answering, heard, question.result.message);
  if (question.value === undefined) return true;
  if (answering.signal.aborted) return false;
  const reply = await replyTo(answering, question.value);
  if (reply === 'Late') return gaveUp(answering, heard, `no answer was found within ${ASK_MS / 1_000} s`);
  if (reply === undefined) return !answering.signal.aborted;
  const sent = await send(answering, heard, reply);
  return sent.kind === 'Got' || gaveUp(answering, heard, sent.result.message);
}

function gaveUp({ log, signal }: Answering, { room, id }: Heard, reason: string): boolean {
  if (!signal.aborted) log.warn('a question was not answered', { room, question: id, reason });
  return !signal.aborted;
}

/** Undefined for a message that is not meant for us. */
async function questionOf(answering: Answering, heard: Heard): Promise<Asked<Question | undefined>> {
  const { id, person, text, at, places, room, addressed } = heard;
  const found = await patiently(patienceWith(answering, heard), () =>
    answering.targets.answeredBy(heard, room, answering.signal),
  );
  if (found.kind === 'Failed') return found;
  const { us, thread } = found.value;
  if (!addressed && !us) return { kind: 'Got', value: undefined };
  const where = {
    answeredIn: messageRef(room, heard.thread ?? id),
    ...(thread !== undefined && { thread }),
    ...(places !== undefined && { places }),
  };
  const value = { id, person, text, at, ...where, ...(!addressed && { isOverheard: true }) };
  return { kind: 'Got', value };
}

const patienceWith = ({ clock, signal }: Answering, { at }: Heard): Parameters<typeof patiently>[0] => ({
  ...{ clock, signal, until: at + MAX_AGE_MS },
});

/** Whoever thinks too long stands in nobody's way. */
async function replyTo({ ask, clock, log, signal }: Answering, question: Question): Promise<Reply | 'Late' | undefined> {
  const thought = new AbortController();
  const late = sleep(clock, ASK_MS, AbortSignal.any([signal, thought.signal])).then(() =>
    signal.aborted ? undefined : ('Late' as const),
  );
  const asked = ask(question).catch((error: unknown) => {
    log.error('a question could not be answered', { question: question.id, error });
    return undefined;
  });
  const reply = await Promise.race([asked, late]);
  thought.abort();
  return reply;
}

async function send(answering: Answering, heard: Heard, reply: Reply): Promise<Asked<void>> {
  const sent = await sendOnce(answering, heard, reply);
  if (sent.kind === 'Got' || sent.result.kind !== 'Rejected' || reply.attachments.length === 0) return sent;
  answering.log.warn('an answer goes without its files', { room: heard.room, question: heard.id, reason: sent.result.message });
  return sendOnce(answering, heard, { ...reply, attachments: [] });
}

function sendOnce(answering: Answering, heard: Heard, { card, attachments }: Reply): Promise<Asked<void>> {
  const { room, id, at, earlier } = heard;
  const outgoing: Omit<Outgoing, 'repeated'> = {
    ...{ id: deliveryOf(room, id), action: { kind: 'Reply', root: messageRef(room, id) }, about: { at } },
    ...{ card, attachments, answers: id },
  };
  return patiently(patienceWith(answering, heard), async (failures) => {
    const delivery = { ...outgoing, repeated: earlier || failures > 0 };
    const result = await deliverTo({ ...answering, room, delivery });
    return result.kind === 'Delivered' ? { kind: 'Got', value: undefined } : { kind: 'Failed', code: '', result };
  });
}

/** In the form of every delivery id. */
const deliveryOf = (room: string, event: string): string => createHash('sha256').update(`answer ${room} ${event}`).digest('hex');
