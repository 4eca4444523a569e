import type { Asker, Place } from '../notify/notifier.ts';

/** The services that may be spoken of: of a room that belongs to one service, only this one. */
export function placesFor({ places }: Asker, room: Place | undefined): readonly Place[] {
  if (room === undefined) return places;
  return places.filter(({ namespace, service }) => namespace === room.namespace && service === room.service);
}
