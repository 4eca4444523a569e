import type { MessageRef } from '../notifier.ts';

/** Where a message lies, and what an edit has to say again because it replaces all properties of a message. */
export interface MattermostRef {
  readonly channel: string;
  readonly post: string;
  /** The message whose thread it is in, since an answer to an answer is refused. */
  readonly root?: string;
  readonly delivery: string;
  /** Whether the server marked it as that of a bot. */
  readonly ofBot: boolean;
}

const REF = /^([a-z0-9]{26})\/([a-z0-9]{26})\/([a-z0-9]{26}|-)\/([0-9a-f]{64})\/(bot|user)$/;

export const writeRef = ({ channel, post, root, delivery, ofBot }: MattermostRef): MessageRef =>
  [channel, post, root ?? '-', delivery, ofBot ? 'bot' : 'user'].join('/');

/** Undefined for what this adapter did not write. */
export function readRef(text: MessageRef): MattermostRef | undefined {
  const [, channel, post, root, delivery, author] = REF.exec(text) ?? [];
  if (channel === undefined || post === undefined || delivery === undefined) return undefined;
  return { channel, post, ...(root !== undefined && root !== '-' && { root }), delivery, ofBot: author === 'bot' };
}
