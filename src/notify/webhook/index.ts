/**
 * Tells a program: every state is an event of CloudEvents 1.0, posted to one address and signed as Standard Webhooks say. A receiver
 * that keeps the ids that it has seen takes none twice.
 */
import type { PlatformSettings } from '../../api/channel.ts';
import { AssayError } from '../../platform/errors.ts';
import type { Delivery, DeliveryResult, Notifier, NotifierOptions, Platform, Probe } from '../notifier.ts';
import { newSender, resultOfStatus, type Sent } from '../sending.ts';
import { cloudEvent } from './encode.ts';
import { newSign } from './signature.ts';

export const webhook: Platform<'webhook'> = {
  abilities: () => ({ edits: false, threads: false, files: false, once: false, everyState: true }),
  open: newWebhook,
};

const CONTENT_TYPE = 'application/cloudevents+json; charset=utf-8';

function newWebhook({ url, signingSecret }: PlatformSettings['webhook'], options: NotifierOptions): Notifier {
  if (!URL.canParse(url)) throw new AssayError('SPEC_INVALID', 'webhook.url is not a URL');
  const sign = signingSecret && newSign(options.secret(signingSecret));
  const sender = newSender({ ...options, url });
  const post = (delivery: Delivery, signal: AbortSignal): Promise<Sent> => {
    const body = JSON.stringify(cloudEvent(delivery));
    const headers = {
      'content-type': CONTENT_TYPE,
      'webhook-id': delivery.id,
      ...sign?.(delivery.id, body, options.clock.now()),
    };
    return sender.send({ method: 'POST', path: '', headers, body }, signal);
  };
  return {
    // What it does, a receiver sees by the event: there is no message to edit or to answer.
    deliver: async (delivery, signal) => resultOf(await post(delivery, signal), options.clock.now()),
    probe: async (_place, signal) => probeOf(await sender.send({ method: 'GET', path: '', repeatable: true }, signal)),
    close: () => sender.close(),
  };
}

function resultOf(sent: Sent, now: number): DeliveryResult {
  if (sent.kind !== 'Answer') return sent;
  return sent.status < 300 ? { kind: 'Delivered' } : resultOfStatus(sent, now);
}

const NOT_IMPLEMENTED = 501;

/** An endpoint for events need not know GET, and may refuse what is not signed: that it answers by itself is all that is learnt. */
function probeOf(sent: Sent): Probe {
  if (sent.kind === 'Unanswered') return { kind: 'NotNow', message: sent.message };
  if (sent.kind !== 'Answer') return sent;
  if (sent.status < 500 || sent.status === NOT_IMPLEMENTED) return { kind: 'Ready', drift: [] };
  return { kind: 'NotNow', message: `the endpoint can not answer now (${sent.status})` };
}
