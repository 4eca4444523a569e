import type { MessageRef } from '../notifier.ts';

/** Where a message lies. `root`: the message whose thread it is in, since an answer to an answer belongs to the same thread. */
export interface SlackRef {
  readonly channel: string;
  readonly ts: string;
  readonly root?: string;
}

const REF = /^([CGD][A-Z0-9]{5,30})\/(\d{1,12}\.\d{1,6})(?:\/(\d{1,12}\.\d{1,6}))?$/;

export const writeRef = ({ channel, ts, root }: SlackRef): MessageRef =>
  [channel, ts, ...(root === undefined ? [] : [root])].join('/');

/** Undefined for what this adapter did not write. */
export function readRef(text: MessageRef): SlackRef | undefined {
  const [, channel, ts, root] = REF.exec(text) ?? [];
  if (channel === undefined || ts === undefined) return undefined;
  return { channel, ts, ...(root !== undefined && { root }) };
}
