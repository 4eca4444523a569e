/**
 * Tells people in a channel of Discord, by way of a webhook. Its messages can be edited and carry files. A webhook takes no nonce and
 * reads no history, so that a message whose answer was lost is sent again.
 */
import type { Delivery, DeliveryResult, Notifier, NotifierOptions, Platform, Probe } from '../notifier.ts';
import { secretAddress } from '../secret-address.ts';
import { newSender, type Sender, type Sent } from '../sending.ts';
import { discordMessage, filesFor } from './encode.ts';
import { bodyOf, closedUntil, failureOf, TOO_LARGE } from './failure.ts';
import { uploadOf } from './upload.ts';

export const discord: Platform<'discord'> = {
  // Threads of a webhook are those of forums, which a channel may not be.
  abilities: () => ({ edits: true, threads: false, files: true, once: false }),
  open: ({ webhookSecret }, options) => newDiscord(options.secret(webhookSecret), options),
};

// Wanted in this form, or the wall before Discord may refuse the request: developers/reference.mdx ("User Agent").
const USER_AGENT = 'DiscordBot (https://assay.dev, 1)';

function newDiscord(address: string, options: NotifierOptions): Notifier {
  const { url, query } = secretAddress(address);
  const sender = newSender({ ...options, url, headers: { 'user-agent': USER_AGENT } });
  const now = (): number => options.clock.now();
  const window = { closedUntil: 0 };
  const send = async (request: Parameters<Sender['send']>[0], signal: AbortSignal): Promise<Sent> => {
    const waitMs = window.closedUntil - now();
    if (waitMs > 0) return { kind: 'NotNow', message: 'Discord takes no more of them for now', retryAfterMs: waitMs };
    const sent = await sender.send(request, signal);
    if (sent.kind === 'Answer') window.closedUntil = closedUntil(sent, now());
    return sent;
  };
  return {
    deliver: async (delivery, signal) => {
      if (delivery.action.kind === 'Edit' && !SNOWFLAKE.test(delivery.action.message)) return NO_MESSAGE;
      const attempt = async (mostBytes?: number): Promise<DeliveryResult> =>
        resultOf(await send(requestFor(delivery, query, mostBytes), signal), delivery.action, now());
      const result = await attempt();
      return result === TOO_LARGE && delivery.attachments.length > 0 ? attempt(NO_FILES) : result;
    },
    probe: async (_place, signal) => probeOf(await sender.send({ method: 'GET', path: query, repeatable: true }, signal), now()),
    close: () => sender.close(),
  };
}

const NO_FILES = -1;
const SNOWFLAKE = /^\d{1,20}$/;
const NO_MESSAGE: DeliveryResult = { kind: 'Gone', message: 'Discord has no such message' };

function requestFor({ action, card, attachments }: Delivery, query: string, mostBytes?: number): Parameters<Sender['send']>[0] {
  const { kept, omitted } = filesFor(action.kind === 'Edit' ? [] : attachments, mostBytes);
  const { contentType, body } = uploadOf(discordMessage(card, omitted), kept);
  const headers = { 'content-type': contentType };
  if (action.kind === 'Edit') return { method: 'PATCH', path: `/messages/${action.message}${query}`, headers, body };
  // Without `wait` a message that is not kept is answered as one that is.
  return { method: 'POST', path: `${query === '' ? '?' : `${query}&`}wait=true`, headers, body };
}

function resultOf(sent: Sent, action: Delivery['action'], now: number): DeliveryResult {
  if (sent.kind !== 'Answer') return sent;
  if (sent.status >= 400) return failureOf(sent, action.kind, now);
  if (action.kind === 'Edit') return { kind: 'Delivered', message: action.message };
  const { id } = bodyOf(sent.text);
  return { kind: 'Delivered', ...(typeof id === 'string' && SNOWFLAKE.test(id) && { message: id }) };
}

function probeOf(sent: Sent, now: number): Probe {
  if (sent.kind === 'Unanswered') return { kind: 'NotNow', message: sent.message };
  if (sent.kind !== 'Answer') return sent;
  if (sent.status < 300) return { kind: 'Ready', drift: [] };
  const failure = failureOf(sent, 'Post', now);
  return failure.kind === 'Stopped' || failure.kind === 'NotNow' ? failure : { kind: 'NotNow', message: failure.message };
}
