import { cut } from '../domain/cut.ts';
import { type Place, roomFor } from './notifier.ts';
import { linesOf } from './plain.ts';

const LONGEST_QUESTION = 4_000;

/** What somebody wrote, as a question holds it: plain lines, not too many of them. */
export const questionText = (text: string): string => cut(linesOf(text).join('\n'), LONGEST_QUESTION);

/** Whether a room is that of a channel, and whose it is where its name holds {service}. */
export type Ours = { readonly kind: 'Ours'; readonly place?: Place } | { readonly kind: 'Elsewhere' };

/** `isRoom` says whether a name or id, as a channel of ours has it, stands for the room that is looked at. */
export function oursOf(template: string, places: readonly Place[], isRoom: (name: string) => boolean): Ours {
  if (!/\{(service|namespace)\}/.test(template)) return { kind: isRoom(template) ? 'Ours' : 'Elsewhere' };
  const place = places.find((each) => isRoom(roomFor(template, each)));
  if (place === undefined) return { kind: 'Elsewhere' };
  return { kind: 'Ours', ...(template.includes('{service}') && { place }) };
}
