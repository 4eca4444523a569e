import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import express from 'express';

import type { NotificationChannel } from '../../api/channel.ts';

/** Those who are told, each in a room of its own. */
export const AUDIENCES = ['internal', 'authority', 'customers'] as const;
export type Audience = (typeof AUDIENCES)[number];

/** A message as its audience reads it. */
export interface Told {
  readonly audience: string;
  readonly title: string;
}

/** What stands in for the chat rooms of a real installation: it takes events, and shows all of them to whoever asks. */
export interface Rooms {
  readonly url: string;
  /** In the order in which they came. */
  readonly told: readonly Told[];
  stop(): Promise<void>;
}

/** Opens the rooms on 127.0.0.1. */
export async function openRooms(): Promise<Rooms> {
  const told: Told[] = [];
  const app = express();
  app.post('/:audience', express.json({ type: 'application/cloudevents+json' }), (request, response) => {
    const { data } = request.body as { readonly data: { readonly card: { readonly title: string } } };
    told.push({ audience: request.params.audience, title: data.card.title });
    response.status(204).end();
  });
  app.get('/', (_request, response) => void response.json(told));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, told, stop };
}

/** The channel that leads to the room of an audience. */
export function channelTo(audience: Audience, { url }: Rooms): NotificationChannel {
  const others = audience === 'internal' ? {} : { services: ['*'], topics: ['Alerts' as const] };
  return {
    ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'NotificationChannel', metadata: { name: audience } },
    spec: { audience, namespaces: { from: 'All' }, ...others, webhook: { url: `${url}/${audience}` } },
  };
}
