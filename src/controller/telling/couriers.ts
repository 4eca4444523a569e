import type { Courier } from '../../notify/delivering/courier.ts';

/** The courier that a channel had before it was edited, and for whom. */
export interface Previous {
  readonly audience: string;
  readonly courier: Courier;
}

export interface Couriers {
  readonly courier: Courier;
  readonly previous: Previous | undefined;
}

/** Whether a channel is on its way to tell of a story, or was before it was edited: what waited then still waits. */
export function knows({ courier, previous }: Couriers, audience: string, story: string): boolean {
  return courier.knows(story) || (previous?.audience === audience && previous.courier.knows(story));
}
