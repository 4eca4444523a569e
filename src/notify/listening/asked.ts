import { cut } from '../../domain/cut.ts';
import { isForAll, type Place, roomFor } from '../notifier.ts';
import { linesOf } from '../plain.ts';

const LONGEST_QUESTION = 4_000;

/** What somebody wrote, as a question holds it: plain lines, not too many of them. */
export const questionText = (text: string): string => cut(linesOf(text).join('\n'), LONGEST_QUESTION);

/** Whether a room is that of a channel, and whose it is where its name holds {service} or {namespace}. */
export type Ours = { readonly kind: 'Ours'; readonly places?: readonly Place[] } | { readonly kind: 'Elsewhere' };

/** `isRoom` says whether a name or id, as a channel of ours has it, stands for the room that is looked at. */
export function oursOf(template: string, places: readonly Place[], isRoom: (name: string) => boolean): Ours {
  if (isForAll(template)) return { kind: isRoom(template) ? 'Ours' : 'Elsewhere' };
  const own = places.filter((each) => isRoom(roomFor(template, each)));
  return own.length === 0 ? { kind: 'Elsewhere' } : { kind: 'Ours', places: own };
}
