import { withoutSending } from '../attempt.ts';
import { objectOf } from '../json.ts';
import type { About, Attachment, Delivery, DeliveryResult, MessageRef } from '../notifier.ts';
import {
  answerContent,
  editContent,
  type EventContent,
  fileContent,
  fileName,
  messageContent,
  type UploadedFile,
} from './encode.ts';
import { sentBefore } from './history.ts';
import { type Asked, failed, type Homeserver, type Json, textIn } from './homeserver.ts';
import { get, put, roomPath, type Rooms } from './room.ts';

/** What is sent: a delivery, or an answer to somebody. */
export interface Outgoing extends Omit<Delivery, 'about'> {
  /** It was not sent before then. */
  readonly about: Pick<About, 'at'>;
  /** The event that asks, for an answer. */
  readonly answers?: string;
}

/** What one delivery needs. */
interface Sending {
  readonly homeserver: Homeserver;
  readonly rooms: Rooms;
  readonly room: string;
  readonly delivery: Outgoing;
  readonly signal: AbortSignal;
}

type Before = ReadonlyMap<string, string>;

/** Sends to one room. What is uploaded is seen by nobody, so files go first: a message is not shown without its files. */
export async function deliverTo(sending: Sending): Promise<DeliveryResult> {
  const target = await targetOf(sending);
  if (target.kind === 'Failed') return withoutSending(target.result, sending.delivery);
  const before = await lookBefore(sending);
  if (before.kind === 'Failed') return withoutSending(before.result, sending.delivery);
  const files = await upload(sending, before.value);
  if (files.kind === 'Failed') return withoutSending(files.result, sending.delivery);
  const shown = await show(sending, target.value, before.value);
  if (shown.kind === 'Failed') return shown.result;
  const root = target.value ?? shown.value;
  for (const [key, file] of files.value) {
    const sent = await sendEvent(sending, key, fileContent(file, key, root));
    // Its message is there already.
    if (sent.kind === 'Failed') return withoutSending(sent.result, { repeated: true });
  }
  return { kind: 'Delivered', message: refOf(sending, shown.value) };
}

const SEPARATOR = ' ';

/** Room and event: an alias, and so a channel, may lead elsewhere later. */
export const messageRef = (room: string, event: string): MessageRef => `${room}${SEPARATOR}${event}`;

/** An edited message stays what it was. */
const refOf = ({ room, delivery: { action } }: Sending, event: string): MessageRef =>
  action.kind === 'Edit' ? action.message : messageRef(room, event);

/** The event to edit, or the root of the thread to answer in; undefined for a message of its own. */
async function targetOf(sending: Sending): Promise<Asked<string | undefined>> {
  const { action } = sending.delivery;
  if (action.kind === 'Post') return { kind: 'Got', value: undefined };
  const [room, event = ''] = (action.kind === 'Edit' ? action.message : action.root).split(SEPARATOR);
  // The channel names another room now, in which nobody has seen the message.
  if (room !== sending.room || event === '') return failed('Gone', 'the message lies in another room');
  const { homeserver, rooms, signal } = sending;
  const asked = await rooms.within(room, () => homeserver.ask(get(roomPath(room, 'event', event)), signal), signal);
  if (asked.kind === 'Failed') return asked.code === 'M_NOT_FOUND' ? failed('Gone', 'the message is gone') : asked;
  if (isRedacted(asked.value)) return failed('Gone', 'somebody has removed the message');
  return action.kind === 'Edit' ? ownEvent(sending, event, asked.value) : { kind: 'Got', value: rootOf(event, asked.value) };
}

function isRedacted({ unsigned, content }: Json): boolean {
  return objectOf(unsigned)['redacted_because'] !== undefined || objectOf(content)['msgtype'] === undefined;
}

/** Edits of somebody else's messages are taken and shown to nobody. */
async function ownEvent({ rooms, signal }: Sending, event: string, { sender }: Json): Promise<Asked<string>> {
  const me = await rooms.me(signal);
  if (me.kind === 'Failed') return me;
  return sender === me.value ? { kind: 'Got', value: event } : failed('Gone', 'the message was sent by another user');
}

/** No thread begins at an answer in a thread. */
function rootOf(event: string, { content }: Json): string {
  const { rel_type: type, event_id: root } = objectOf(objectOf(content)['m.relates_to']);
  return type === 'm.thread' && typeof root === 'string' ? root : event;
}

async function lookBefore({ homeserver, rooms, room, delivery, signal }: Sending): Promise<Asked<Before>> {
  if (!delivery.repeated) return { kind: 'Got', value: new Map() };
  const me = await rooms.me(signal);
  if (me.kind === 'Failed') return me;
  const search = { room, me: me.value, sinceMs: delivery.about.at, delivery: delivery.id };
  const found = await sentBefore(homeserver, search, signal);
  // Whoever is not in the room yet has sent nothing there.
  return found.kind === 'Failed' && found.code === 'M_FORBIDDEN' ? { kind: 'Got', value: new Map() } : found;
}

type Files = readonly (readonly [key: string, file: UploadedFile])[];

/** Uploads what is not in the room yet; the keys tell the files of one delivery apart. */
async function upload(sending: Sending, before: Before): Promise<Asked<Files>> {
  const { action, attachments, id } = sending.delivery;
  const missing = [...attachments.entries()]
    .map(([index, file]) => [`${id}.${index + 1}`, file] as const)
    .filter(([key]) => !before.has(key));
  if (action.kind === 'Edit' || missing.length === 0) return { kind: 'Got', value: [] };
  const limit = await uploadLimit(sending);
  const large = missing.find(([, { bytes }]) => bytes.length > limit);
  if (large !== undefined)
    return failed('Rejected', `the file ${fileName(large[1].name)} is larger than the ${limit} bytes that the homeserver takes`);
  const files: (readonly [string, UploadedFile])[] = [];
  for (const [key, attachment] of missing) {
    const file = await uploadOne(sending, attachment);
    if (file.kind === 'Failed') return file;
    files.push([key, file.value]);
  }
  return { kind: 'Got', value: files };
}

/** Asked for before, since a homeserver may hang up on what is too large, and that looks like a failure that passes. */
async function uploadLimit({ homeserver, signal }: Sending): Promise<number> {
  const asked = await homeserver.ask(get('/_matrix/client/v1/media/config'), signal);
  const limit = asked.kind === 'Got' ? asked.value['m.upload.size'] : undefined;
  return typeof limit === 'number' ? limit : Infinity;
}

async function uploadOne({ homeserver, signal }: Sending, { name, mediaType, bytes }: Attachment): Promise<Asked<UploadedFile>> {
  const file = { name: fileName(name), mediaType: typeOf(mediaType), size: bytes.length };
  const path = `/_matrix/media/v3/upload?${new URLSearchParams({ filename: file.name }).toString()}`;
  const request = { method: 'POST', path, headers: { 'content-type': file.mediaType }, body: bytes } as const;
  const asked = textIn(await homeserver.ask(request, signal), 'content_uri', 'mxc://');
  return asked.kind === 'Failed' ? refusedFile(asked) : { kind: 'Got', value: { ...file, uri: asked.value } };
}

/** That the operator may upload nothing stops no message without files. */
function refusedFile(asked: Extract<Asked<string>, { kind: 'Failed' }>): Asked<never> {
  return asked.code === 'M_FORBIDDEN'
    ? failed('Rejected', 'the homeserver takes no files from the operator (M_FORBIDDEN)')
    : asked;
}

const typeOf = (mediaType: string): string =>
  /^[\w.+-]{1,100}\/[\w.+-]{1,100}(; ?charset=[\w-]{1,40})?$/.test(mediaType) ? mediaType : 'application/octet-stream';

function show(sending: Sending, target: string | undefined, before: Before): Promise<Asked<string>> {
  const known = before.get(sending.delivery.id);
  if (known !== undefined) return Promise.resolve({ kind: 'Got', value: known });
  return sendEvent(sending, sending.delivery.id, contentOf(sending.delivery, target));
}

function contentOf({ id, action, card, answers }: Outgoing, target: string | undefined): EventContent {
  if (target === undefined || action.kind === 'Post') return messageContent(card, id);
  if (action.kind === 'Edit') return editContent(card, id, target);
  return answers === undefined ? messageContent(card, id, target) : answerContent(card, id, { root: target, question: answers });
}

/** Sends one event. The key is its transaction id: within a day and by the same token it is there once, however often it is sent. */
async function sendEvent(
  { homeserver, rooms, room, signal }: Sending,
  key: string,
  content: EventContent,
): Promise<Asked<string>> {
  const request = put(roomPath(room, 'send', 'm.room.message', key), content);
  return textIn(await rooms.within(room, () => homeserver.ask(request, signal), signal), 'event_id', '$');
}
