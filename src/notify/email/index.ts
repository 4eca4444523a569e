/**
 * Tells people by e-mail. Mails of one deviation form a thread by their Message-IDs. Nothing that was sent can be changed; a mail whose
 * answer was lost is sent again with the same Message-ID, by which some mail servers show it once, and not all.
 */
import type { PlatformSettings } from '../../api/channel.ts';
import { AssayError } from '../../platform/errors.ts';
import type { DeliveryResult, Notifier, NotifierOptions, Platform, Probe } from '../notifier.ts';
import { meaningOf } from './meaning.ts';
import { isMessageId, messageIdOf, mimeOf } from './mime.ts';
import { newServed } from './served.ts';
import { type Mail, type MailServer, visit, type Visit } from './smtp.ts';

export const email: Platform<'email'> = {
  abilities: () => ({ edits: false, threads: true, files: true, once: false }),
  open: newEmail,
};

const ADDRESS = /^[^\s<>@,;]+@[^\s<>@,;]+$/;

function newEmail(settings: PlatformSettings['email'], options: NotifierOptions): Notifier {
  const { from, to, passwordSecret } = settings;
  if (![from, ...to].every((address) => ADDRESS.test(address)))
    throw new AssayError('SPEC_INVALID', 'email.from or one of email.to is no address');
  const server: MailServer = {
    ...settings,
    timeoutMs: options.timeoutMs,
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(passwordSecret && { password: options.secret(passwordSecret).replace(/\r?\n$/, '') }),
  };
  const closing = new AbortController();
  const go = async (mail: Mail | undefined, signal: AbortSignal): Promise<Visit> => {
    const result = await visit(server, mail, AbortSignal.any([signal, closing.signal]));
    options.onRequest?.(outcomeOf(result));
    return result;
  };
  const served = newServed();
  return {
    deliver: async (delivery, signal) => {
      const { id, action } = delivery;
      if (action.kind === 'Edit') return CANNOT_EDIT;
      if (action.kind === 'Reply' && !isMessageId(action.root)) return NO_ROOT;
      const bytes = await mimeOf(delivery, { from, to, at: options.clock.now() }).catch(() => undefined);
      if (bytes === undefined) return NOT_WRITTEN;
      const rest = served.restOf(id, to);
      const result = await go({ from, to: rest, bytes }, signal);
      return served.resultOf({ id, to: rest, messageId: messageIdOf(id, from), at: options.clock.now() }, result);
    },
    probe: async (_place, signal) => probeOf(await go(undefined, signal)),
    close: () => {
      closing.abort();
      return Promise.resolve();
    },
  };
}

const CANNOT_EDIT: DeliveryResult = { kind: 'Gone', message: 'a mail that was sent can not be edited' };
const NOT_WRITTEN: DeliveryResult = { kind: 'Rejected', message: 'no mail can be made of the message' };
const NO_ROOT: DeliveryResult = { kind: 'Gone', message: 'there is no such mail to answer' };

function outcomeOf(result: Visit): string {
  if (result.kind === 'Done') return '2xx';
  const { code, cause, type } = result.error;
  return code === undefined ? (cause ?? type) : `${Math.floor(code / 100)}xx`;
}

function probeOf(result: Visit): Probe {
  if (result.kind === 'Done') return { kind: 'Ready', drift: [] };
  const { kind, message } = meaningOf(result);
  return { kind: kind === 'Stopped' ? 'Stopped' : 'NotNow', message };
}
