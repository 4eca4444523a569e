import { type Asked, type Homeserver, type Json, textIn } from './homeserver.ts';
import { type Message, threadOfEvent } from './message.ts';
import type { MessageRef } from '../notifier.ts';
import { get, roomPath } from './room.ts';

/** What is known of a message that others answer. */
interface Target {
  readonly sender: string;
  /** The event with which its thread begins. */
  readonly thread?: string;
}

/** What a message is an answer to. */
export interface Answered {
  /** Whether it answers us, or stands in a thread that we began. */
  readonly us: boolean;
  /** In the words of `deliver`; undefined for a message that answers nothing. */
  readonly thread?: MessageRef;
}

/** Knows what is answered: asks the homeserver for each message once. */
export interface Targets {
  /** Remembers what was seen anyway. */
  note(event: Json): void;
  answeredBy(message: Message, room: string, signal: AbortSignal): Promise<Asked<Answered>>;
}

const MAX_KNOWN = 1_000;

/** `refOf` says how `deliver` writes where a message lies. */
export function newTargets(homeserver: Homeserver, me: string, refOf: (room: string, event: string) => MessageRef): Targets {
  const known = new Map<string, Target>();

  const note = (event: Json): void => {
    const [id, sender] = [event['event_id'], event['sender']];
    if (typeof id !== 'string' || typeof sender !== 'string') return;
    if (known.size >= MAX_KNOWN) known.clear();
    const thread = threadOfEvent(event);
    known.set(id, { sender, ...(thread !== undefined && { thread }) });
  };

  /** Nothing of a message that nobody knows, or that we may not see. */
  const find = async (room: string, id: string, signal: AbortSignal): Promise<Asked<Target | undefined>> => {
    if (!known.has(id)) {
      const asked = await homeserver.ask(get(roomPath(room, 'event', id)), signal);
      const missing = asked.kind === 'Failed' && ['M_NOT_FOUND', 'M_FORBIDDEN'].includes(asked.code);
      if (asked.kind === 'Failed') return missing ? { kind: 'Got', value: undefined } : asked;
      const sender = textIn(asked, 'sender', '@');
      if (sender.kind === 'Failed') return sender;
      note({ ...asked.value, event_id: id });
    }
    return { kind: 'Got', value: known.get(id) };
  };

  const answeredBy = async ({ thread, repliesTo }: Message, room: string, signal: AbortSignal): Promise<Asked<Answered>> => {
    let us = false;
    let begins = thread;
    for (const id of new Set([thread, repliesTo])) {
      if (id === undefined || us) continue;
      const found = await find(room, id, signal);
      if (found.kind === 'Failed') return found;
      us = found.value?.sender === me;
      begins ??= found.value?.thread ?? id;
    }
    return { kind: 'Got', value: { us, ...(begins !== undefined && { thread: refOf(room, begins) }) } };
  };

  return { note, answeredBy };
}
