import type { Delivery, DeliveryResult, Notifier, NotifierOptions } from '../notifier.ts';
import type { SecretAddress } from '../secret-address.ts';
import { newSender, resultOfStatus, type Sent } from '../sending.ts';
import { encode } from './encode.ts';
import { DOCUMENTED, failureOf } from './failure.ts';

/**
 * A notifier with an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/): it answers `ok` and
 * never says where the message lies, so that nothing can be edited, answered or looked for.
 */
export function newWebhook({ url, query }: SecretAddress, options: NotifierOptions): Notifier {
  const sender = newSender({ ...options, url });
  return {
    deliver: async (delivery, signal) => {
      const refused = refusedAtOnce(delivery);
      if (refused !== undefined) return refused;
      const body = JSON.stringify({ ...encode(delivery.card), mrkdwn: false, unfurl_links: false, unfurl_media: false });
      const headers = { 'content-type': 'application/json' };
      return resultOf(await sender.send({ method: 'POST', path: query, headers, body }, signal), options.clock.now());
    },
    // Looking without saying anything is not possible.
    probe: () => Promise.resolve({ kind: 'Ready', drift: [] }),
    close: () => sender.close(),
  };
}

function refusedAtOnce({ action, attachments }: Delivery): DeliveryResult | undefined {
  if (action.kind !== 'Post') return { kind: 'Gone', message: 'a webhook of Slack can not edit or answer a message' };
  return attachments.length > 0 ? { kind: 'Rejected', message: 'a webhook of Slack takes no files' } : undefined;
}

const CODES = new Set(Object.values(DOCUMENTED).flat());

function resultOf(answer: Sent, now: number): DeliveryResult {
  if (answer.kind !== 'Answer') return answer;
  const said = answer.text.trim();
  if (answer.status === 200)
    return said === 'ok' ? { kind: 'Delivered' } : { kind: 'Unanswered', message: 'what answers does not speak as Slack does' };
  // Errors are words in plain text; a gateway in between says something else.
  return CODES.has(said) && answer.status !== 429 ? failureOf(said, answer, now) : resultOfStatus(answer, now);
}
