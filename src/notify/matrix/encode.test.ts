import fc from 'fast-check';

import { CARD, hostileCard, hostileText, hugeCard } from '../deliveries.fixtures.ts';
import type { Card } from '../notifier.ts';
import { webAddress } from '../plain.ts';
import { DELIVERY_KEY, editContent, fileContent, fileName, messageContent, textOf } from './encode.ts';

const ID = 'a1'.repeat(32);
const MATRIX_PIECES = [
  '@room',
  '@ann:example.org',
  '#ops:example.org',
  '!abc:example.org',
  'matrix:u/ann:example.org',
  '@',
  '#',
  '!',
  '.',
];

/** Texts with what Matrix makes links and mentions of, beside what others do. */
const text = fc
  .array(
    fc.oneof(fc.constantFrom(...MATRIX_PIECES, 'evil.example', 'ann', '192.0.2.7', 'mailto:', '://', 'ssh:x'), hostileText),
    {
      maxLength: 8,
    },
  )
  .map((pieces) => pieces.join(''));
const noLinks: fc.Arbitrary<Card> = fc.record({
  tone: fc.constantFrom('Failing', 'Unclear', 'Ended', 'Notice'),
  title: text,
  facts: fc.array(fc.record({ name: text, value: text }), { maxLength: 5 }),
  paragraphs: fc.array(text, { maxLength: 4 }),
  links: fc.constant([]),
});

/** What clients turn into links or mentions by themselves: addresses, mail, ids and aliases of Matrix, @room. */
const BY_THEMSELVES = [
  /[a-z]:\/\//iu,
  /\S\.\p{L}{2}/u,
  /@[^\s\u200b]/u,
  /[#!+][\p{L}\p{N}_]\S*:\S/u,
  /(^|[^\p{L}\p{N}])(mailto|matrix|tel|ssh|xmpp|magnet):\S(?<!\u200b)/iu,
  /\d\.\d{1,3}\.\d{1,3}\.\d/u,
];

interface Html {
  readonly tags: readonly string[];
  readonly text: string;
}

/** Reads HTML as a client would: tags, and the text between them. */
function htmlOf(formatted: string): Html {
  const tags = [...formatted.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
  const between = formatted.replace(/<[^>]*>/g, '\n');
  expect(between).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/);
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return { tags, text: between.replace(/&([^;]+);/g, (_, name: string) => entities[name] ?? '?') };
}

test('an ordinary card', () => {
  const { body, formatted } = textOf(CARD);
  const seen = body.replaceAll('\u200b', '');
  expect(seen).toBe(`❌ shop: availability is below 99.9 %

Value: 97.2 % against at least 99.9 %
Since: 2026-11-28 11:45 UTC

The shop answers with errors.
The internal team was told at 11:45.

Runbook: https://wiki.example.org/shop`);
  expect(formatted.replaceAll('\u200b', '')).toBe(
    '<p><strong>❌ shop: availability is below 99.9 %</strong></p>' +
      '<ul><li><strong>Value:</strong> 97.2 % against at least 99.9 %</li><li><strong>Since:</strong> 2026-11-28 11:45 UTC</li></ul>' +
      '<p>The shop answers with errors.<br>The internal team was told at 11:45.</p>' +
      '<p><a href="https://wiki.example.org/shop">Runbook</a></p>',
  );
});

test('figures, times and names that nobody makes a link of stay as they are', () => {
  const value = 'rate(x[5m]) != 3.14, a:b:rate5m, v1.36.3, 12:30, 5 > 3, job="shop"';
  expect(textOf({ ...CARD, facts: [{ name: 'Query', value }] }).body).toContain(`Query: ${value}\n`);
});

test('no text becomes a link, a mention, markup, or more than text', () => {
  fc.assert(
    fc.property(noLinks, (card) => {
      const { body, formatted } = textOf(card);
      const html = htmlOf(formatted);
      for (const tag of html.tags) expect(tag).toMatch(/^<(\/?(p|strong|ul|li)|br)>$/);
      for (const shown of [body, html.text]) {
        for (const pattern of BY_THEMSELVES) expect(shown).not.toMatch(pattern);
        expect(shown.replaceAll('\u200b', '')).not.toMatch(/(?![\u200c\u200d])\p{Cf}|(?!\n)\p{Cc}|\p{Zl}|\p{Zp}/u);
        expect(shown.isWellFormed()).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('the only links are those of the card, and lead where it says', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      const { tags } = htmlOf(textOf(card).formatted);
      const hrefs = tags.filter((tag) => tag.startsWith('<a')).map((tag) => /^<a href="([^"<>]*)">$/.exec(tag)?.[1]);
      const wanted = card.links.flatMap(({ url }) => webAddress(url) ?? []);
      expect(hrefs.map((href) => href?.replaceAll('&amp;', '&').replaceAll('&#39;', "'"))).toEqual(
        wanted.filter((url) => !/^#\/(user\/|room\/|@|!|#|\+|%)/i.test(new URL(url).hash)),
      );
    }),
  );
});

test.each([
  'https://matrix.to/#/@ann:example.org',
  'https://app.element.io/#/user/@ann:example.org',
  'https://element.example.org/#/room/!abc:example.org',
  'javascript:alert(1)',
  'https://user:secret@example.org/',
])('%s is no link: it would be a mention, or worse', (url) => {
  const { body, formatted } = textOf({ ...CARD, links: [{ text: 'Runbook', url }] });
  expect(formatted).not.toContain('<a');
  expect(body).not.toContain('ann');
  expect(body).toContain('Runbook');
});

const LARGEST_EVENT = 65_536;
// Signatures, hashes, room, sender, times, and up to 20 and 10 ids of other events.
const ADDED_BY_THE_HOMESERVER = 4_096;

test.each(['a', '"', '<', '\\', '@', '.x', 'é', '字', '😀', '@a.b '])('the largest card of "%s" fits into an event', (sign) => {
  const card = hugeCard(sign);
  for (const content of [messageContent(card, ID, '$root'), editContent(card, ID, `$${'e'.repeat(254)}`)]) {
    expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThan(LARGEST_EVENT - ADDED_BY_THE_HOMESERVER);
    expect(JSON.stringify(content)).not.toMatch(/\\ud[89a-f]/i);
  }
  const { body } = textOf(card);
  expect(body.startsWith('❌')).toBe(true);
  expect(body.includes('https://example.org/aaa')).toBe(true);
  expect(body.includes('…')).toBe(true);
  expect(body.split('\n').length).toBeGreaterThan(10);
});

test('nobody is mentioned, whatever the message', () => {
  for (const content of [messageContent(CARD, ID), messageContent(CARD, ID, '$root'), editContent(CARD, ID, '$message')]) {
    expect(content).toMatchObject({ msgtype: 'm.text', 'm.mentions': {}, [DELIVERY_KEY]: ID });
  }
  expect(editContent(CARD, ID, '$message')).toMatchObject({
    'm.new_content': { 'm.mentions': {}, body: textOf(CARD).body },
    'm.relates_to': { rel_type: 'm.replace', event_id: '$message' },
  });
});

test('an answer stands in the thread, also for clients without threads', () => {
  expect(messageContent(CARD, ID, '$root')['m.relates_to']).toEqual({
    ...{ rel_type: 'm.thread', event_id: '$root', is_falling_back: true },
    'm.in_reply_to': { event_id: '$root' },
  });
});

test.each(
  Object.entries({
    'incident 7.pdf': 'incident 7.pdf',
    '../../etc/passwd': '.._.._etc_passwd',
    '@room\u202e.pdf': '_room.pdf',
    '': 'file',
  }),
)('the file "%s"', (given, want) => {
  const file = { uri: 'mxc://test.local/abc', name: fileName(given), mediaType: 'application/pdf', size: 3 };
  expect(fileContent(file, `${ID}.1`, '$root')).toMatchObject({
    ...{ msgtype: 'm.file', body: want, filename: want, url: 'mxc://test.local/abc', 'm.mentions': {} },
    ...{ info: { mimetype: 'application/pdf', size: 3 }, 'm.relates_to': { rel_type: 'm.thread', event_id: '$root' } },
  });
});
