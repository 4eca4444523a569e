import fc from 'fast-check';

import { systemClock } from '../platform/clock.ts';
import type { Card, Delivery, NotifierOptions } from './notifier.ts';

/*
 * What tests of adapters send: an ordinary delivery, and cards of strangers.
 */

export const NOW = Date.parse('2026-11-28T12:00:00Z');

export const CARD: Card = {
  tone: 'Failing',
  title: 'shop: availability is below 99.9 %',
  facts: [
    { name: 'Value', value: '97.2 % against at least 99.9 %' },
    { name: 'Since', value: '2026-11-28 11:45 UTC' },
  ],
  paragraphs: ['The shop answers with errors.\nThe internal team was told at 11:45.'],
  links: [{ text: 'Runbook', url: 'https://wiki.example.org/shop' }],
};

/** A delivery about the service shop in the namespace web. */
export function aDelivery(changed: Partial<Delivery> = {}): Delivery {
  return {
    id: 'a1'.repeat(32),
    action: { kind: 'Post' },
    about: {
      ...{ id: 'd'.repeat(64), kind: 'Deviation', namespace: 'web', service: 'shop', audience: 'internal', severity: 'high' },
      ...{ criterion: 'availability', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
      ...{ since: NOW - 900_000, at: NOW },
    },
    card: CARD,
    attachments: [],
    repeated: false,
    ...changed,
  };
}

/** Options of an adapter whose only Secret holds this text. */
export function optionsWith(secret: string, changed: Partial<NotifierOptions> = {}): NotifierOptions {
  return { secret: () => secret, clock: { ...systemClock, now: () => NOW }, timeoutMs: 1_500, ...changed };
}

export const never = new AbortController().signal;

const SMUGGLED = [
  ...['@everyone', '<@123>', '<!channel>', '<at>Ann</at>', '@here', '[a](https://evil.example)', '<https://evil.example|a>'],
  ...['https://evil.example', 'www.evil.example', '**bold**', '__u__', '~~s~~', '`code`', '```\nblock\n```', '# head', '> quote'],
  ...[
    '- item',
    '1. item',
    '||spoiler||',
    '<script>alert(1)</script>',
    '&amp;',
    '{{DATE(2017-02-14T06:00:00Z)}}',
    '\u202e',
    '\u200b',
  ],
  ...[
    '\r\nBcc: evil@evil.example',
    '\u0000',
    '\ud83d',
    '\\',
    '"',
    '*',
    '_',
    '|',
    '[',
    ']',
    '(',
    ')',
    '<',
    '>',
    '{{',
    '\n',
    ' ',
    ':',
  ],
] as const;

/** Texts that try to be more than text. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...SMUGGLED), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 10 })
  .map((pieces) => pieces.join(''));

/** Cards of strangers, as long as the port allows and longer. */
export const hostileCard: fc.Arbitrary<Card> = fc.record({
  tone: fc.constantFrom('Failing', 'Unclear', 'Ended', 'Notice'),
  title: hostileText,
  facts: fc.array(fc.record({ name: hostileText, value: hostileText }), { maxLength: 30 }),
  paragraphs: fc.array(hostileText, { maxLength: 12 }),
  links: fc.array(fc.record({ text: hostileText, url: fc.oneof(fc.webUrl(), hostileText) }), { maxLength: 8 }),
});

/** The largest card there can be, of one character. */
export function hugeCard(sign: string): Card {
  const of = (length: number): string => sign.repeat(Math.ceil(length / sign.length));
  return {
    ...{ tone: 'Failing', title: of(150), paragraphs: Array.from({ length: 10 }, () => of(4_000)) },
    facts: Array.from({ length: 40 }, () => ({ name: of(60), value: of(1_024) })),
    links: Array.from({ length: 10 }, () => ({ text: of(200), url: `https://example.org/${'a'.repeat(1_900)}` })),
  };
}
