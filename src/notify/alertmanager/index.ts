/**
 * Tells an Alertmanager of what goes on and of its end, replica by replica, for they do not pass alerts on to each other. The sender
 * repeats what goes on, which else would time out, and for a while what has ended, which a replica may have missed.
 */
import type { PlatformSettings } from '../../api/channel.ts';
import { AssayError } from '../../platform/errors.ts';
import type { Notifier, NotifierOptions, Platform, Probe } from '../notifier.ts';
import { newSender, resultOfStatus, type Sender, type Sent } from '../sending.ts';
import { alertFor } from './encode.ts';
import { type Failed, together } from './replicas.ts';

export const alertmanager: Platform<'alertmanager'> = {
  // An alert with the labels of an earlier one takes its place: that is an edit, and no second one can be there.
  abilities: () => ({ edits: true, threads: false, files: false, once: true, resendEndedMs: 300_000, resendEveryMs: 60_000 }),
  open: newAlertmanager,
};

interface Replica {
  /** Host and port, by which a person knows it. */
  readonly host: string;
  readonly sender: Sender;
}

function newAlertmanager({ urls, tokenSecret }: PlatformSettings['alertmanager'], options: NotifierOptions): Notifier {
  if (!urls.every((url) => URL.canParse(url))) throw new AssayError('SPEC_INVALID', 'one of alertmanager.urls is not a URL');
  const headers = tokenSecret && { authorization: `Bearer ${options.secret(tokenSecret).trim()}` };
  const replicas: Replica[] = urls.map((url) => ({
    host: new URL(url).host,
    sender: newSender({ ...options, url, ...(headers && { headers }) }),
  }));
  const askEach = async (request: Request, signal: AbortSignal): Promise<Answered> => {
    const results = await Promise.all(replicas.map(async ({ sender }) => resultOf(await sender.send(request, signal), options)));
    const failed = results.flatMap((result, at) =>
      result.kind === 'Delivered' ? [] : [{ host: replicas[at]?.host ?? '', result }],
    );
    return { failed, anyTook: failed.length < replicas.length };
  };
  return {
    deliver: async ({ about, card }, signal) => {
      const { failed, anyTook } = await askEach(post(JSON.stringify([alertFor({ about, card })])), signal);
      return anyTook ? { kind: 'Delivered', message: about.id, ...noteOf(failed) } : together(failed);
    },
    probe: async (_place, signal) => probeOf(await askEach({ method: 'GET', path: '/api/v2/status', repeatable: true }, signal)),
    close: async () => {
      await Promise.all(replicas.map(({ sender }) => sender.close()));
    },
  };
}

interface Answered {
  readonly failed: readonly Failed[];
  readonly anyTook: boolean;
}

type Request = Parameters<Sender['send']>[0];

/** The same alert twice is the same alert, so that it may be repeated. */
const post = (body: string): Request => ({
  ...{ method: 'POST', path: '/api/v2/alerts', headers: { 'content-type': 'application/json' } },
  ...{ body, repeatable: true },
});

function resultOf(sent: Sent, { clock }: NotifierOptions): Failed['result'] | { readonly kind: 'Delivered' } {
  if (sent.kind !== 'Answer') return sent;
  return sent.status < 300 ? { kind: 'Delivered' } : (resultOfStatus(sent, clock.now()) as Failed['result']);
}

const sentenceOf = ({ host, result }: Failed): string => `${host}: ${result.message}`;

/** What is missing where, in a sentence; the next time that it is sent again it may be there. */
function noteOf(failed: readonly Failed[]): { readonly note?: string } {
  return failed.length === 0 ? {} : { note: `not every replica took it: ${failed.map(sentenceOf).join('; ')}` };
}

function probeOf({ failed, anyTook }: Answered): Probe {
  if (anyTook) return { kind: 'Ready', drift: failed.map((one) => `the replica ${sentenceOf(one)}`) };
  const { kind, message } = together(failed);
  return { kind: kind === 'Stopped' ? 'Stopped' : 'NotNow', message };
}
