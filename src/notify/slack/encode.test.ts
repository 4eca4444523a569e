import fc from 'fast-check';

import { CARD, hostileCard, hostileText, hugeCard } from '../deliveries.fixtures.ts';
import type { Card } from '../notifier.ts';
import { encode, sizeOf } from './encode.ts';
import { fieldsOf, messageError, readable } from './fake-rules.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Every object in a message, with all that lies in it. */
function objectsIn(value: unknown): readonly Fields[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== 'object' || value === null) return [];
  return [fieldsOf(value), ...Object.values(value).flatMap(objectsIn)];
}

test('an ordinary card', () => {
  expect(encode(CARD)).toEqual({
    text: '🔴 shop: availability is below 99.9 %',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: '🔴 shop: availability is below 99.9 %', emoji: false } },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'Value: ', style: { bold: true } },
              { type: 'text', text: '97.2 % against at least 99.9 %\n' },
              { type: 'text', text: 'Since: ', style: { bold: true } },
              { type: 'text', text: '2026-11-28 11:45 UTC\n' },
            ],
          },
        ],
      },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [{ type: 'text', text: 'The shop answers with errors.\nThe internal team was told at 11:45.' }],
          },
        ],
      },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'link', url: 'https://wiki.example.org/shop', text: 'Runbook' },
              { type: 'text', text: '   ' },
            ],
          },
        ],
      },
    ],
  });
});

test('a card with nothing but a title is a header', () => {
  const { blocks } = encode({ tone: 'Ended', title: 'over', facts: [], paragraphs: ['\n'], links: [] });
  expect(blocks.map(({ type }) => type)).toEqual(['header']);
});

test('what a stranger writes is only ever literal text, and Slack takes it', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      const message = encode(card);
      expect(messageError({ ...message }, 'post')).toBeUndefined();
      const types = new Set(objectsIn(message.blocks).map(({ type }) => type));
      for (const type of types)
        if (type !== undefined)
          expect(['header', 'plain_text', 'rich_text', 'rich_text_section', 'text', 'link']).toContain(type);
      expect(objectsIn(message.blocks).some((each) => each['type'] === 'mrkdwn')).toBe(false);
    }),
  );
});

test('the only links are those of the card', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      const allowed = card.links.map(({ url }) => URL.parse(url)?.href);
      const urls = objectsIn(encode(card).blocks).flatMap(({ url }) => (url === undefined ? [] : [url]));
      for (const url of urls) expect(allowed).toContain(url);
    }),
  );
});

test('only names of facts are bold, and every other text is unstyled', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      const styled = objectsIn(encode(card).blocks).filter(({ style }) => style !== undefined);
      for (const each of styled)
        expect(each).toMatchObject({ style: { bold: true }, text: expect.stringMatching(/: $/) as unknown });
    }),
  );
});

test('the text for notifications holds no name, no link and no markup of mrkdwn', () => {
  fc.assert(
    fc.property(hostileText, (title) => {
      const { text } = encode({ ...CARD, title });
      expect(text).not.toMatch(/<|>|&(?!(amp|lt|gt);)/);
      expect(text).not.toMatch(/[@#*_~`](?!\u200b)|:\/|www\.(?!\u200b)/i);
    }),
  );
});

test('no text keeps a control character or an address that could become a link', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      const texts = objectsIn(encode(card).blocks).flatMap(({ type, text }) => (type === 'text' ? [String(text)] : []));
      for (const text of texts) {
        expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e|\u200b/u);
        expect(text).not.toMatch(/:\/\//);
        expect(text.isWellFormed()).toBe(true);
      }
    }),
  );
});

test.each(['a', 'ä', '😀', '"', '\\', '<', 'a b\n'])('the largest card of %j fits into a message', (sign) => {
  const message = encode(hugeCard(sign));
  expect(messageError({ ...message }, 'post')).toBeUndefined();
  expect(sizeOf(message.blocks)).toBeLessThanOrEqual(12_100);
  const shown = readable(message.blocks);
  expect(shown).toContain('…');
  expect(shown.isWellFormed()).toBe(true);
});

test('of what does not fit, facts and links go before, and what is left out is counted', () => {
  const facts = Array.from({ length: 30 }, (_, index) => ({ name: `Fact ${index}`, value: 'v'.repeat(1_024) }));
  const card: Card = { ...CARD, facts, paragraphs: ['w'.repeat(40_000)] };
  const shown = readable(encode(card).blocks);
  expect(shown).toMatch(/… and 2\d more/);
  expect(shown).toContain('Runbook <https://wiki.example.org/shop>');
  expect(shown).toMatch(/w{1000}…/);
});
