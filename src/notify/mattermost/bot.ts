import { type Failed, withoutSending } from '../attempt.ts';
import type { Attachment, Delivery, DeliveryResult, Notifier, NotifierOptions } from '../notifier.ts';
import { listOf, objectOf, textOf } from '../json.ts';
import { fileName } from '../plain.ts';
import { type MattermostApi, newMattermostApi } from './api.ts';
import { CHANNEL_ID, type ChannelFinder, newChannelFinder } from './channel.ts';
import { encode } from './encode.ts';
import { DELIVERY_PROPERTY, findDelivered, pendingIdOf } from './history.ts';
import { newProbe } from './probe.ts';
import { type MattermostRef, readRef, writeRef } from './ref.ts';

interface Bot {
  readonly api: MattermostApi;
  readonly channels: ChannelFinder;
}

/** A notifier with the token of a bot. Throws AssayError SPEC_INVALID. */
export function newBot(settings: { url: string; channel: string; token: string }, options: NotifierOptions): Notifier {
  const api = newMattermostApi(settings.url, settings.token, options);
  const channels = newChannelFinder(api, settings.channel);
  return {
    deliver: async (delivery, signal) => {
      const result = await deliver({ api, channels }, delivery, signal);
      // The name may stand for another channel by now.
      if (result.kind === 'Stopped') channels.forget();
      return result;
    },
    probe: newProbe(api, channels),
    close: () => api.close(),
  };
}

async function deliver({ api, channels }: Bot, delivery: Delivery, signal: AbortSignal): Promise<DeliveryResult> {
  const channel = await channels.find(delivery.about, signal);
  if (channel.kind !== 'Found') return withoutSending(channel, delivery);
  const { action } = delivery;
  if (action.kind === 'Post') return send(api, delivery, { channel: channel.id }, signal);
  const ref = readRef(action.kind === 'Edit' ? action.message : action.root);
  // What was told in another channel may have another audience: it is told anew where it belongs.
  if (ref?.channel !== channel.id) return { kind: 'Gone', message: 'the message lies in another channel' };
  if (action.kind === 'Edit') return edit(api, delivery, ref, signal);
  return send(api, delivery, { channel: ref.channel, root: ref.root ?? ref.post }, signal);
}

/** https://api.mattermost.com/#tag/posts/operation/PatchPost: `props` replaces all of them, files stay. */
async function edit(api: MattermostApi, { card }: Delivery, ref: MattermostRef, signal: AbortSignal): Promise<DeliveryResult> {
  const { message, attachments } = encode(card);
  const props = { attachments, [DELIVERY_PROPERTY]: ref.delivery, ...(ref.ofBot && { from_bot: 'true' }) };
  const answer = await api.json('PUT', `/posts/${ref.post}/patch`, { message, props }, signal);
  if (answer.kind === 'Ok') return { kind: 'Delivered', message: writeRef(ref) };
  // The server says "no permission" of a message that it does not find, and of one of another account.
  const hidden = answer.kind === 'Stopped' && answer.message.includes('api.context.permissions.app_error');
  return hidden ? { kind: 'Gone', message: 'the message is gone, or can not be edited by this account' } : answer;
}

interface Target {
  readonly channel: string;
  readonly root?: string;
}

async function send(api: MattermostApi, delivery: Delivery, target: Target, signal: AbortSignal): Promise<DeliveryResult> {
  if (delivery.attachments.length > MOST_FILES)
    return { kind: 'Rejected', message: `a message of Mattermost takes at most ${MOST_FILES} files` };
  if (delivery.repeated) {
    const found = await findDelivered(api, delivery, target.channel, signal);
    if (found.kind === 'Found') return placed(found.post, delivery, target);
    if (found.kind !== 'Missing') return withoutSending(found, delivery);
  }
  const uploaded = await uploadAll(api, delivery.attachments, target.channel, signal);
  if (uploaded.kind !== 'Uploaded') return withoutSending(uploaded, delivery);
  const answer = await api.json('POST', '/posts', postOf(delivery, target, uploaded.ids), signal);
  return answer.kind === 'Ok' ? placed(answer.body, delivery, target) : answer;
}

/** https://api.mattermost.com/#tag/posts/operation/CreatePost */
function postOf({ id, card }: Delivery, { channel, root }: Target, files: readonly string[]): object {
  const { message, attachments } = encode(card);
  return {
    channel_id: channel,
    ...(root !== undefined && { root_id: root }),
    message,
    file_ids: files,
    props: { attachments, [DELIVERY_PROPERTY]: id },
    pending_post_id: pendingIdOf(channel, id),
  };
}

function placed(post: Readonly<Record<string, unknown>>, { id }: Delivery, { channel, root }: Target): DeliveryResult {
  const at = textOf(post['id']);
  if (!CHANNEL_ID.test(at) || post['channel_id'] !== channel)
    return { kind: 'Unanswered', message: 'Mattermost does not say where the message lies' };
  const ofBot = objectOf(post['props'])['from_bot'] === 'true';
  return {
    kind: 'Delivered',
    message: writeRef({ channel, post: at, ...(root !== undefined && { root }), delivery: id, ofBot }),
  };
}

// PostFileidsMaxRunes of the server: 300 characters for the ids as JSON.
const MOST_FILES = 10;

/** https://api.mattermost.com/#tag/files/operation/UploadFile: nobody sees a file before a message names it. */
async function uploadAll(
  api: MattermostApi,
  attachments: readonly Attachment[],
  channel: string,
  signal: AbortSignal,
): Promise<{ readonly kind: 'Uploaded'; readonly ids: readonly string[] } | Failed> {
  const ids: string[] = [];
  for (const { name, mediaType, bytes } of attachments) {
    const form = new FormData();
    form.append('channel_id', channel);
    form.append('files', new Blob([new Uint8Array(bytes)], { type: mediaType }), fileName(name));
    const answer = await api.multipart('/files', form, signal);
    if (answer.kind !== 'Ok') return answer;
    const [info] = listOf(answer.body['file_infos']).map(objectOf);
    const id = textOf(info?.['id']);
    if (id === '') return { kind: 'NotNow', message: 'Mattermost does not say where the file lies' };
    ids.push(id);
  }
  return { kind: 'Uploaded', ids };
}
