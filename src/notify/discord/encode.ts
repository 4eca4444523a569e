import { cut } from '../../domain/cut.ts';
import type { Attachment, Card, Tone } from '../notifier.ts';
import { linesOf, oneLine, webAddress } from '../plain.ts';

/*
 * The card as one embed of a webhook message. Fields and limits: github.com/discord/discord-api-docs, developers/resources/webhook.mdx
 * and developers/resources/message.mdx ("Embed Limits"). All of an embed is read as markdown, in which a backslash takes its meaning
 * from any sign that is neither letter, digit nor blank; between the brackets of a link with another text it does not
 * (discord-api-docs issue 6185), so that a link stands as its address.
 */

const COLOURS = { Failing: 0xd1_34_38, Unclear: 0xff_b9_00, Ended: 0x10_7c_10, Notice: 0x60_5e_5c } as const satisfies Record<
  Tone,
  number
>;

const LIMITS = { title: 256, description: 4_096, fields: 25, name: 256, value: 1_024, total: 6_000, files: 10 } as const;
// The facts leave room for what people wrote, and the links for both.
const MOST = { facts: 3_500, links: 1_200 } as const;
// 10 MiB a file without boosts, developers/reference.mdx ("Uploading Files"); the whole request may be a little larger.
export const MOST_FILE_BYTES = 10 * 1024 * 1024;

export interface DiscordMessage {
  /** Nobody is mentioned, whatever the texts say. */
  readonly allowed_mentions: { readonly parse: readonly [] };
  readonly embeds: readonly [DiscordEmbed];
}

export interface DiscordEmbed {
  readonly title: string;
  readonly color: number;
  readonly fields: readonly { readonly name: string; readonly value: string; readonly inline: boolean }[];
  readonly description?: string;
}

/** The message for a card; `omitted` are files that Discord does not take, which is said. */
export function discordMessage(card: Card, omitted: readonly string[] = []): DiscordMessage {
  const title = escaped(card.title, LIMITS.title);
  const fields = fieldsOf(card.facts);
  const links = linksOf(card.links);
  const used = title.length + links.length + fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  const room = Math.min(LIMITS.description, LIMITS.total - used) - '\n\n'.length;
  const description = [proseOf(card.paragraphs, omitted, room), links].filter((text) => text !== '').join('\n\n');
  const embed = { title, color: COLOURS[card.tone], fields, ...(description !== '' && { description }) };
  return { allowed_mentions: { parse: [] }, embeds: [embed] };
}

function fieldsOf(facts: Card['facts']): DiscordEmbed['fields'] {
  const shown = facts.slice(0, LIMITS.fields);
  const share = Math.floor(MOST.facts / Math.max(shown.length, 1));
  return shown.map(({ name, value }) => {
    const label = escaped(name, Math.min(LIMITS.name, 60));
    const text = escaped(value, Math.min(LIMITS.value, share - label.length));
    return { name: label, value: text, inline: text.length <= 40 };
  });
}

function linksOf(links: Card['links']): string {
  const all = links.flatMap(({ text, url }) => {
    const address = webAddress(url);
    return address === undefined ? [] : [`${escaped(text, 80)}: <${address}>`];
  });
  const fitting: string[] = [];
  for (const link of all) if ([...fitting, link].join('\n').length <= MOST.links) fitting.push(link);
  return fitting.join('\n');
}

function proseOf(paragraphs: Card['paragraphs'], omitted: readonly string[], room: number): string {
  const notes = omitted.map((name) => `The file ${name} is too large for Discord, or one too many, and is not here.`);
  const lines = [...notes, ...paragraphs].map((paragraph) => linesOf(paragraph).map(escapedLine).join('\n'));
  return cut(lines.filter((text) => text !== '').join('\n\n'), room);
}

/**
 * Emphasis, code, spoilers, links, mentions and emoji wherever they stand; quotes, headings and lists where they begin a line. Nothing
 * else: lists of messages and lock screens show backslashes as they are.
 */
const escapedLine = (line: string): string =>
  line.replace(/[\\*_~`|<[\]@]|:(?=\S|$)|^[>#+-]/g, String.raw`\$&`).replace(/^(\d+)(?=[.)](\s|$))/, '$1\\');

/** A field without a text is refused. That a backslash may stay before the ellipsis takes nothing from it. */
const escaped = (text: string, most: number): string => cut(escapedLine(oneLine(text)), most) || '–';

/** Which files go along, and the names of those that Discord would not take. */
export function filesFor(
  attachments: readonly Attachment[],
  mostBytes: number = MOST_FILE_BYTES,
): { kept: readonly Attachment[]; omitted: readonly string[] } {
  const fits = ({ bytes }: Attachment): boolean => bytes.byteLength <= mostBytes;
  const kept = attachments.filter(fits).slice(0, LIMITS.files);
  return { kept, omitted: attachments.filter((file) => !kept.includes(file)).map(({ name }) => name) };
}
