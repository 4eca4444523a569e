/** What the stand-in for Discord checks of a message. Limits as developers/resources/message.mdx words them. */
export interface FakePayload {
  readonly content?: string;
  readonly embeds: readonly FakeEmbed[];
  readonly allowed_mentions?: { readonly parse: readonly string[] };
  readonly attachments?: readonly { readonly id: number; readonly filename: string }[];
  /** Names of what came along. */
  readonly files: readonly string[];
}

export interface FakeEmbed {
  readonly title: string;
  readonly description?: string;
  readonly color: number;
  readonly fields?: readonly { readonly name: string; readonly value: string; readonly inline?: boolean }[];
}

const KEYS = {
  message: ['embeds', 'allowed_mentions', 'attachments', 'files'],
  embed: ['title', 'description', 'color', 'fields'],
};
const fits = (text: string, most: number): boolean => text.trim().length > 0 && text.length <= most;

/** The rule that a message breaks; undefined for a good one. */
export function faultOf(payload: FakePayload): string | undefined {
  const { embeds, attachments = [], files } = payload;
  if (Object.keys(payload).some((key) => !KEYS.message.includes(key))) return 'a field that a webhook message has not';
  if (embeds.length < 1 || embeds.length > 10) return 'between 1 and 10 embeds';
  if (files.length > 10 || attachments.length !== files.length) return 'at most 10 files, each with what is said of it';
  if (embeds.reduce((sum, embed) => sum + lengthOf(embed), 0) > 6_000) return 'at most 6,000 characters in all embeds';
  return embeds.map(faultOfEmbed).find((fault) => fault !== undefined);
}

function faultOfEmbed(embed: FakeEmbed): string | undefined {
  const { title, description = 'none', color, fields = [] } = embed;
  const rules = {
    'a field that an embed has not': Object.keys(embed).every((key) => KEYS.embed.includes(key)),
    'title or description': fits(title, 256) && fits(description, 4_096),
    color: Number.isInteger(color) && color >= 0 && color <= 0xff_ff_ff,
    fields: fields.length <= 25 && fields.every(({ name, value }) => fits(name, 256) && fits(value, 1_024)),
  };
  return Object.entries(rules).find(([, holds]) => !holds)?.[0];
}

const lengthOf = ({ title, description = '', fields = [] }: FakeEmbed): number =>
  [title, description, ...fields.flatMap(({ name, value }) => [name, value])].reduce((sum, text) => sum + text.length, 0);
