import type { Writer } from '../domain/writing.ts';
import type { Place } from '../notify/notifier.ts';

/** Who asks, and where. */
export interface Asker {
  /** Name of the NotificationChannel. */
  readonly channel: string;
  readonly audience: string;
  /** Where days begin and end: a name of the IANA data base; UTC where nobody knows it. */
  readonly timeZone: string;
  /** The services that the channel is for. */
  readonly places: readonly Place[];
  /** Absent for somebody of whom the channel does not say who they are to Kubernetes. */
  readonly person?: Writer;
}

/** The services that may be spoken of: of a room that belongs to one service, only this one. */
export function placesFor({ places }: Asker, room: Place | undefined): readonly Place[] {
  if (room === undefined) return places;
  return places.filter(({ namespace, service }) => namespace === room.namespace && service === room.service);
}
