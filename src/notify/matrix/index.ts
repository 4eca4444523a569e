/**
 * Matrix: messages in rooms of a homeserver, by the client-server API (https://spec.matrix.org/latest/client-server-api/). Each is there
 * once, however often it is sent; a room that is not as the channel says is told. What people ask in a room is answered there.
 */
import type { PlatformSettings } from '../../api/channel.ts';
import { probed, withoutSending } from '../attempt.ts';
import type { Abilities, Delivery, DeliveryResult, Notifier, NotifierOptions, Place, Platform, Probe } from '../notifier.ts';
import { connect } from './connection.ts';
import { deliverTo } from './deliver.ts';
import { listen } from './listen.ts';
import { lookAt } from './probe.ts';

type Settings = PlatformSettings['matrix'];

const ABILITIES: Abilities = { edits: true, threads: true, files: true, once: true };

/** Rooms of a homeserver. */
export const matrix: Platform<'matrix'> = { abilities: () => ABILITIES, open, listen };

function open(settings: Settings, options: NotifierOptions): Notifier {
  const { homeserver, rooms, close } = connect(settings, options);

  const deliver = async (delivery: Delivery, signal: AbortSignal): Promise<DeliveryResult> => {
    const found = await rooms.find(delivery.about, signal);
    if (found.kind === 'Failed') return withoutSending(found.result, delivery);
    const result = await deliverTo({ homeserver, rooms, room: found.value, delivery, signal });
    if (!['Stopped', 'Gone'].includes(result.kind)) return result;
    // An alias may lead to another room since it was asked for.
    const current = await rooms.find(delivery.about, signal, true);
    if (current.kind === 'Failed' || current.value === found.value) return result;
    return deliverTo({ homeserver, rooms, room: current.value, delivery, signal });
  };

  const probe = async (place: Place, signal: AbortSignal): Promise<Probe> => {
    const me = await rooms.me(signal, true);
    if (me.kind === 'Failed') return probed(me.result);
    const found = await rooms.find(place, signal, true);
    if (found.kind === 'Failed') return probed(found.result);
    return lookAt({ homeserver, rooms, room: found.value, me: me.value, members: settings.members, signal });
  };

  return { deliver, probe, close };
}
