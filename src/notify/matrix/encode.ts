import { cut } from '../../domain/cut.ts';
import { GROUP } from '../../api/common.ts';
import type { Card, Tone } from '../notifier.ts';
import { linesOf, oneLine, webAddress } from '../plain.ts';

/*
 * A card as an `m.room.message`: plain text for notifications and plain clients, HTML for the others (client-server API, "Instant
 * messaging", "User and room mentions", "Event replacements", "Threading").
 */

/** What a message holds that people read. */
export interface MessageText {
  readonly body: string;
  readonly formatted: string;
}

/** The content of an event, as it is sent. */
export type EventContent = Readonly<Record<string, unknown>>;

/** Where an event says of which delivery it is; by it one is found that was sent before. */
export const DELIVERY_KEY = `${GROUP.split('.').reverse().join('.')}.delivery`;

// Told apart by shape, not by colour alone.
const SIGNS: Readonly<Record<Tone, string>> = { Failing: '❌', Unclear: '❔', Ended: '✅', Notice: 'ℹ️' };

// An event may have 65,536 bytes with all that the homeserver adds: signatures, hashes, up to twenty earlier events.
const MAX_TEXT_BYTES = 56 * 1024;
// For what comes after them.
const KEPT_FROM_LINKS = 40 * 1024;
const KEPT_FROM_FACTS = 12 * 1024;
const MORE: Piece = { body: '…', formatted: '<p>…</p>' };

/** The card as text, cut to what one event can hold; links are kept before facts, facts before paragraphs. */
export function textOf(card: Card): MessageText {
  const budget = { left: MAX_TEXT_BYTES - costOf(MORE), whole: true };
  const fit = (text: string, make: (text: string) => Piece, keep = 0): Piece[] => {
    const piece = fitted(text, make, budget.left - keep);
    budget.whole &&= piece !== undefined;
    budget.left -= piece === undefined ? 0 : costOf(piece);
    return piece === undefined ? [] : [piece];
  };
  const title = fit(titleLine(card), (text) => ({ body: text, formatted: `<p><strong>${html(text)}</strong></p>` }));
  const links = card.links.flatMap(({ text, url }) => fit(text, (name) => linkOf(name, url), KEPT_FROM_LINKS));
  const facts = card.facts.flatMap(({ name, value }) => fit(value, (text) => factOf(name, text), KEPT_FROM_FACTS));
  const paragraphs = card.paragraphs.flatMap((text) => fit(linesOf(text).join('\n'), paragraphOf));
  const sections = [title, facts, ...paragraphs.map((piece) => [piece]), links, budget.whole ? [] : [MORE]].filter(
    (section) => section.length > 0,
  );
  return {
    body: sections.map((pieces) => pieces.map(({ body }) => body).join('\n')).join('\n\n'),
    formatted: sections.map((pieces) => (pieces === facts ? listOf(pieces) : join(pieces))).join(''),
  };
}

interface Piece {
  readonly body: string;
  readonly formatted: string;
}

const join = (pieces: readonly Piece[]): string => pieces.map(({ formatted }) => formatted).join('');
const listOf = (pieces: readonly Piece[]): string => `<ul>${join(pieces)}</ul>`;
const bytesOf = (text: string): number => Buffer.byteLength(JSON.stringify(text));
const costOf = ({ body, formatted }: Piece): number => bytesOf(body) + bytesOf(formatted);

/** The piece with as much of the text as there is room for; undefined where there is none for a word of it. */
function fitted(text: string, make: (text: string) => Piece, left: number): Piece | undefined {
  const whole = make(text);
  if (costOf(whole) <= left) return whole;
  let [fits, tooLong] = [0, text.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (costOf(make(cut(text, middle))) <= left) fits = middle;
    else tooLong = middle;
  }
  return fits < 2 ? undefined : make(cut(text, fits));
}

const LONGEST_TITLE = 150;
const titleLine = ({ tone, title }: Card): string => `${SIGNS[tone]} ${harmless(cut(oneLine(title), LONGEST_TITLE))}`;

function factOf(name: string, value: string): Piece {
  const [of, is] = [harmless(oneLine(name)), harmless(oneLine(value))];
  return { body: `${of}: ${is}`, formatted: `<li><strong>${html(of)}:</strong> ${html(is)}</li>` };
}

function paragraphOf(text: string): Piece {
  const lines = text.split('\n').map(harmless);
  return { body: lines.join('\n'), formatted: `<p>${lines.map(html).join('<br>')}</p>` };
}

function linkOf(name: string, url: string): Piece {
  const text = harmless(oneLine(name)) || 'link';
  const address = linkable(url);
  if (address === undefined) return { body: text, formatted: `<p>${html(text)}</p>` };
  return { body: `${text}: ${address}`, formatted: `<p><a href="${html(address)}">${html(text)}</a></p>` };
}

/** An address that stays a link: those of people and rooms are shown as mentions. */
function linkable(url: string): string | undefined {
  const address = webAddress(url);
  if (address === undefined) return undefined;
  const { hostname, hash } = new URL(address);
  const mentions = hostname.endsWith('matrix.to') || /^#\/(user\/|room\/|@|!|#|\+|%)/i.test(hash);
  return mentions ? undefined : address;
}

// Invisible, and no client reads an address or a name across it.
const BREAK = '\u200b';
const SCHEMES = 'bitcoin|geo|im|irc|ircs|magnet|mailto|matrix|mms|news|nntp|sip|sips|sms|smsto|ssh|tel|urn|wtai|xmpp|openpgp4fpr';
const LINK_STARTS = [
  // @room, @somebody:example.org, somebody@example.org, #room:example.org, !id:example.org
  /@/gu,
  /[#!+](?=[\p{L}\p{N}_])/gu,
  /:(?=\/\/)/gu,
  new RegExp(`(?<=(?<![\\p{L}\\p{N}])(?:${SCHEMES})):`, 'giu'),
  // example.org and 192.0.2.7, which clients make a link even without http.
  /(?<=\S)\.(?=\p{L}[\p{L}\p{M}])/gu,
  /(?<=\d)\.(?=\d{1,3}\.\d{1,3}\.\d)/gu,
];

/** The same to the eye, with nothing in it of which a client would make a link or a mention by itself. */
function harmless(text: string): string {
  return LINK_STARTS.reduce((line, start) => line.replace(start, (sign) => `${sign}${BREAK}`), text);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const html = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');

/** An `m.thread` relation; `is_falling_back`: it answers nothing in the thread, and clients without threads show it as an answer. */
export function threadOf(root: string, answers = root): EventContent {
  return { rel_type: 'm.thread', event_id: root, is_falling_back: answers === root, 'm.in_reply_to': { event_id: answers } };
}

/** A new message; in the thread of `root` if there is one. */
export function messageContent(card: Card, delivery: string, root?: string): EventContent {
  return { ...shown(card), [DELIVERY_KEY]: delivery, ...(root !== undefined && { 'm.relates_to': threadOf(root) }) };
}

/** An answer to somebody, in the thread of the question: a notice, which no other program answers. */
export function answerContent(
  card: Card,
  delivery: string,
  to: { readonly root: string; readonly question: string },
): EventContent {
  return { ...messageContent(card, delivery), msgtype: 'm.notice', 'm.relates_to': threadOf(to.root, to.question) };
}

/** A new text for a message; clients that know no edits show its title. */
export function editContent(card: Card, delivery: string, message: string): EventContent {
  return {
    ...{ msgtype: 'm.text', body: `* ${titleLine(card)}`, 'm.mentions': {}, [DELIVERY_KEY]: delivery },
    'm.new_content': shown(card),
    'm.relates_to': { rel_type: 'm.replace', event_id: message },
  };
}

/** An empty `m.mentions`: nobody is notified because a name or @room stands in the text. */
function shown(card: Card): EventContent {
  const { body, formatted } = textOf(card);
  return {
    ...{ msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body: formatted },
    'm.mentions': {},
  };
}

const MAX_FILE_NAME = 150;

/** The name under which a file is shown and saved: no path, no mention. */
export function fileName(name: string): string {
  return cut(oneLine(name).replace(/[/\\@:]/g, '_') || 'file', MAX_FILE_NAME);
}

/** A file that was uploaded, in the thread of the message that it belongs to. */
export interface UploadedFile {
  readonly uri: string;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
}

export function fileContent({ uri, name, mediaType, size }: UploadedFile, delivery: string, root: string): EventContent {
  return {
    ...{ msgtype: 'm.file', body: name, filename: name, url: uri, info: { mimetype: mediaType, size } },
    ...{ 'm.mentions': {}, [DELIVERY_KEY]: delivery, 'm.relates_to': threadOf(root) },
  };
}
