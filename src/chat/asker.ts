import type { Asker, Place } from '../notify/notifier.ts';

/** The services that may be spoken of: in a room that belongs to some, only these. */
export function placesFor({ places }: Asker, room: readonly Place[] | undefined): readonly Place[] {
  if (room === undefined) return places;
  return places.filter(({ namespace, service }) => room.some((own) => namespace === own.namespace && service === own.service));
}
