import fc from 'fast-check';

import { CARD, hostileCard, hostileText, hugeCard } from '../deliveries.fixtures.ts';
import { webAddress } from '../plain.ts';
import { type DiscordEmbed, discordMessage, filesFor, MOST_FILE_BYTES } from './encode.ts';
import { faultOf } from './fake-rules.ts';
import { uploadOf } from './upload.ts';

// As the app reads: a sign behind a backslash is just that, and an address in angle brackets is a link.
const READING = /\\[^0-9A-Za-z\s]|<(https?:\/\/[^ >]+)>/g;
const MEANING = /[\\*_~`|<[\]@]|:(?=[^\s…])|^[>#+-]|^\d+[.)](\s|$)|\p{Cc}(?<!\n)/mu;
const textsIn = ({ title, description = '', fields }: DiscordEmbed): string[] => [
  ...[title, description],
  ...fields.flatMap(({ name, value }) => [name, value]),
];

test('an ordinary card', () => {
  expect(discordMessage(CARD)).toEqual({
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: 'shop: availability is below 99.9 %',
        color: 0xd1_34_38,
        fields: [
          { name: 'Value', value: '97.2 % against at least 99.9 %', inline: true },
          { name: 'Since', value: String.raw`2026-11-28 11\:45 UTC`, inline: true },
        ],
        description: String.raw`The shop answers with errors.
The internal team was told at 11\:45.

Runbook: <https://wiki.example.org/shop>`,
      },
    ],
  });
});

test('no text of a stranger has a sign that means something', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      const message = discordMessage(card, card.paragraphs);
      expect(message.allowed_mentions).toEqual({ parse: [] });
      const addresses = card.links.map(({ url }) => webAddress(url));
      for (const text of textsIn(message.embeds[0])) {
        const rest = text.replace(READING, (_piece, url?: string) => {
          if (url !== undefined) expect(addresses).toContain(url);
          return 'x';
        });
        expect(rest).not.toMatch(MEANING);
      }
    }),
  );
});

test.each(
  Object.entries({
    '1. item, (500), a - b': String.raw`1\. item, (500), a - b`,
    '# head': String.raw`\# head`,
    '- item': String.raw`\- item`,
    '> quote, 2 > 1': String.raw`\> quote, 2 > 1`,
    '<@1> @here': String.raw`\<\@1> \@here`,
    '[a](https://evil.example)': String.raw`\[a\](https\://evil.example)`,
    ':smile: **b**': String.raw`\:smile: \*\*b\*\*`,
  }),
)('%s', (given, want) => expect(discordMessage({ ...CARD, title: given }).embeds[0].title).toBe(want));

test('a text reads as it was written', () => {
  fc.assert(
    fc.property(hostileText, (given) => {
      const { title } = discordMessage({ ...CARD, title: given }).embeds[0];
      const { title: again } = discordMessage({ ...CARD, title: title.replace(/\\([^0-9A-Za-z\s])/g, '$1') }).embeds[0];
      expect(again).toBe(title);
    }),
  );
});

test('Discord takes every card, with every limit', () => {
  const rules = (card: typeof CARD) => faultOf({ ...discordMessage(card, ['a', 'b']), files: [] });
  fc.assert(fc.property(hostileCard, (card) => expect(rules(card)).toBeUndefined()));
  for (const sign of ['a', '.', '\\', '😀', '漢', 'a\n', '_\n', ' ']) expect(rules(hugeCard(sign))).toBeUndefined();
});

test.each(['.', '\\', '😀', '*', '<', 'a@'])('what is cut of %j says so', (sign) => {
  const { title } = discordMessage({ ...CARD, title: sign.repeat(300) }).embeds[0];
  expect(title.endsWith('…')).toBe(true);
  expect(title.isWellFormed()).toBe(true);
  expect(title.replace(READING, 'x')).not.toMatch(MEANING);
});

test('files that are too large, or too many, are named', () => {
  const file = (name: string, size: number) => ({ name, mediaType: 'text/plain', bytes: new Uint8Array(size) });
  const many = Array.from({ length: 11 }, (_, at) => file(`small-${at}`, 1));
  expect(filesFor([file('big', MOST_FILE_BYTES + 1), ...many])).toMatchObject({ omitted: ['big', 'small-10'] });
  expect(discordMessage(CARD, ['big.pdf']).embeds[0].description).toContain('The file big.pdf is too large');
});

test('a name of a file or its type begins no header', () => {
  const { body } = uploadOf({}, [
    { name: 'a"\r\nX-Evil: 1\r\n\r\n/../ü.pdf', mediaType: 'text/plain\r\nX-Evil: 2', bytes: new Uint8Array() },
  ]);
  const text = Buffer.from(body).toString();
  expect(text).not.toMatch(/^X-Evil/m);
  expect(text).toContain('filename="a_X-Evil_1_.._.pdf"');
  expect(text).toContain('Content-Type: application/octet-stream');
});
