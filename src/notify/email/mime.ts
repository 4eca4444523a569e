import MailComposer from 'nodemailer/lib/mail-composer';

import type { Attachment, Delivery } from '../notifier.ts';
import { oneLine } from '../plain.ts';
import { letterFor } from './encode.ts';

export interface MailParties {
  readonly from: string;
  readonly to: readonly string[];
  /** When it is written, in milliseconds. */
  readonly at: number;
}

/** Where a mail lies: its Message-ID, the same whenever the same delivery is sent, by which a mail server may drop the second one. */
export function messageIdOf(id: string, from: string): string {
  return `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

const MESSAGE_ID = /^<[0-9a-f]{64}@[^\s<>@]{1,253}>$/;

/** Whether a mail can be answered: it was sent by an adapter as this one. */
export const isMessageId = (ref: string): boolean => MESSAGE_ID.test(ref);

/** The bytes of the mail for a delivery, as RFC 5322 and MIME want them. */
export async function mimeOf({ id, action, card, attachments }: Delivery, { from, to, at }: MailParties): Promise<Buffer> {
  const { subject, text, html } = letterFor(card);
  const root = action.kind === 'Reply' && isMessageId(action.root) ? action.root : undefined;
  const composer = new MailComposer({
    // As objects, which are not read for commas, groups and comments.
    from: { name: '', address: from },
    to: to.map((address) => ({ name: '', address })),
    ...{ subject, text, html, messageId: messageIdOf(id, from), date: new Date(at) },
    ...(root !== undefined && { inReplyTo: root, references: root }),
    headers: {
      // RFC 3834: no out-of-office note and no other robot answers; the second header says so to Exchange.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    },
    attachments: attachments.map(attachmentOf),
    ...{ disableFileAccess: true, disableUrlAccess: true, xMailer: false, newline: 'windows' },
  });
  return composer.compile().build();
}

const attachmentOf = ({ name, mediaType, bytes }: Attachment): object => ({
  filename:
    oneLine(name)
      .replace(/["\\/:]/g, '_')
      .slice(0, 150) || 'file',
  contentType: /^[\w.+-]+\/[\w.+-]+$/.test(mediaType) ? mediaType : 'application/octet-stream',
  contentDisposition: 'attachment',
  content: Buffer.from(bytes),
});
