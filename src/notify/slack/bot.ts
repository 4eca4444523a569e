import { type Failed, withoutSending } from '../attempt.ts';
import type { About, Delivery, DeliveryResult, Notifier, NotifierOptions } from '../notifier.ts';
import { textOf } from '../json.ts';
import { fileName } from '../plain.ts';
import { newSlackApi, type SlackApi } from './api.ts';
import { type ChannelFinder, newChannelFinder } from './channel.ts';
import { encode } from './encode.ts';
import { showAll, type Upload, uploadAll } from './files.ts';
import { findDelivered, metadataOf, missingFiles } from './history.ts';
import { newProbe } from './probe.ts';
import { readRef, type SlackRef, writeRef } from './ref.ts';

/** As much of a delivery as it takes to say something. */
export interface Saying extends Omit<Delivery, 'about'> {
  readonly about: Pick<About, 'namespace' | 'service' | 'at'>;
}

/** A notifier that also says what tells of nothing: answers. */
export interface Speaker extends Notifier {
  deliver(saying: Saying, signal: AbortSignal): Promise<DeliveryResult>;
}

/** What one channel of Slack is spoken to with. */
interface Bot {
  readonly api: SlackApi;
  readonly apiUrl: string;
  readonly channels: ChannelFinder;
  readonly options: NotifierOptions;
}

/** A notifier with the token of a bot. */
export function newBot(settings: { apiUrl: string; channel: string; token: string }, options: NotifierOptions): Speaker {
  const { apiUrl } = settings;
  const api = newSlackApi(apiUrl, settings.token, options);
  const channels = newChannelFinder(api, settings.channel);
  const bot: Bot = { api, apiUrl, channels, options };
  return {
    deliver: async (delivery, signal) => {
      const result = await deliver(bot, delivery, signal);
      // The name may stand for another channel by now.
      if (result.kind === 'Stopped') channels.forget();
      return result;
    },
    probe: newProbe(api, channels),
    close: () => api.close(),
  };
}

async function deliver(bot: Bot, delivery: Saying, signal: AbortSignal): Promise<DeliveryResult> {
  const channel = await bot.channels.find(delivery.about, signal);
  if (channel.kind !== 'Found') return withoutSending(channel, delivery);
  const { action } = delivery;
  if (action.kind === 'Post') return send(bot, delivery, { channel: channel.value }, signal);
  const ref = readRef(action.kind === 'Edit' ? action.message : action.root);
  // What was told in another channel may have another audience: it is told anew where it belongs.
  if (ref?.channel !== channel.value) return { kind: 'Gone', message: 'the message lies in another channel' };
  if (action.kind === 'Edit') return edit(bot, delivery, ref, signal);
  return send(bot, delivery, { channel: ref.channel, thread: ref.root ?? ref.ts }, signal);
}

/** https://docs.slack.dev/reference/methods/chat.update: `parse` is `client` unless said otherwise; the metadata stay as they are. */
async function edit(bot: Bot, { card }: Saying, ref: SlackRef, signal: AbortSignal): Promise<DeliveryResult> {
  const body = { channel: ref.channel, ts: ref.ts, ...encode(card), parse: 'none', link_names: false };
  const answer = await bot.api.json('chat.update', body, signal);
  return answer.kind === 'Ok' ? { kind: 'Delivered', message: writeRef(ref) } : answer;
}

interface Target {
  readonly channel: string;
  readonly thread?: string;
}

async function send(bot: Bot, delivery: Saying, target: Target, signal: AbortSignal): Promise<DeliveryResult> {
  const attachments = delivery.attachments.map((each) => ({ ...each, name: fileName(each.name) }));
  if (delivery.repeated) {
    const found = await findDelivered(bot.api, delivery, target, signal);
    if (found.kind === 'Found') return complete(bot, refOf(target, found.value), attachments, signal);
    if (found.kind !== 'Missing') return withoutSending(found, delivery);
  }
  const uploaded = await uploadAll(bot.api, attachments, bot, signal);
  if (uploaded.kind !== 'Uploaded') return withoutSending(uploaded, delivery);
  const posted = await post(bot.api, delivery, target, signal);
  if (posted.kind !== 'Posted') return posted;
  return show(bot, posted.ref, uploaded.uploads, signal);
}

/** https://docs.slack.dev/reference/methods/chat.postMessage: nothing in the text is parsed, and links are not unfolded. */
async function post(
  api: SlackApi,
  { id, card }: Saying,
  { channel, thread }: Target,
  signal: AbortSignal,
): Promise<{ readonly kind: 'Posted'; readonly ref: SlackRef } | Failed> {
  const quiet = { parse: 'none', link_names: false, mrkdwn: false, unfurl_links: false, unfurl_media: false };
  const body = {
    channel,
    ...(thread !== undefined && { thread_ts: thread }),
    ...encode(card),
    ...quiet,
    metadata: metadataOf(id),
  };
  const answer = await api.json('chat.postMessage', body, signal);
  if (answer.kind !== 'Ok') return answer;
  const ts = textOf(answer.body['ts']);
  if (ts === '') return { kind: 'Unanswered', message: 'Slack does not say where the message lies' };
  return { kind: 'Posted', ref: refOf({ channel, ...(thread !== undefined && { thread }) }, ts) };
}

/** An earlier attempt left the message there; its files may be missing. */
async function complete(
  bot: Bot,
  ref: SlackRef,
  attachments: Delivery['attachments'],
  signal: AbortSignal,
): Promise<DeliveryResult> {
  if (attachments.length === 0) return { kind: 'Delivered', message: writeRef(ref) };
  const files = await missingFiles(bot.api, ref, attachments, signal);
  if (files.kind !== 'Files') return partly(files);
  const uploaded = await uploadAll(bot.api, files.missing, bot, signal);
  return uploaded.kind === 'Uploaded' ? show(bot, ref, uploaded.uploads, signal) : partly(uploaded);
}

async function show(bot: Bot, ref: SlackRef, uploads: readonly Upload[], signal: AbortSignal): Promise<DeliveryResult> {
  const failed = await showAll(bot.api, uploads, ref, signal);
  return failed === undefined ? { kind: 'Delivered', message: writeRef(ref) } : partly(failed);
}

const refOf = ({ channel, thread }: Target, ts: string): SlackRef => ({
  channel,
  ts,
  ...(thread !== undefined && { root: thread }),
});

/** The message is there, a file of it is not: what can be tried again is to be tried with a look at what is there. */
function partly(failed: Failed): Failed {
  const message = `the message is there without its files: ${failed.message}`;
  return failed.kind === 'NotNow' ? { ...failed, kind: 'Unanswered', message } : { ...failed, message };
}
