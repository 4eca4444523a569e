import fc from 'fast-check';
import { simpleParser } from 'mailparser';

import { aDelivery, CARD, hostileCard, hostileText, hugeCard, NOW } from '../deliveries.fixtures.ts';
import { webAddress } from '../plain.ts';
import { letterFor } from './encode.ts';
import { faultsOf } from './fake-server.ts';
import { isMessageId, messageIdOf, mimeOf } from './mime.ts';

const PARTIES = { from: 'assay@example.org', to: ['ann@example.org', 'bob@example.org'], at: NOW };
const arrived = async (delivery: ReturnType<typeof aDelivery>) => {
  const bytes = await mimeOf(delivery, PARTIES);
  return { parsed: await simpleParser(bytes), raw: bytes.toString('latin1'), receivers: PARTIES.to };
};

test('an ordinary mail', () => {
  expect(letterFor(CARD)).toEqual({
    subject: 'shop: availability is below 99.9 %',
    text: `shop: availability is below 99.9 %

Value: 97.2 % against at least 99.9 %
Since: 2026-11-28 11:45 UTC

The shop answers with errors.
The internal team was told at 11:45.

Runbook: https://wiki.example.org/shop
`,
    html: expect.stringContaining('<p><a href="https://wiki.example.org/shop">Runbook</a></p>') as string,
  });
});

// The only tags that we write; whatever else is in angle brackets would be somebody else's.
const OURS =
  /<!doctype html>|<\/?(html|body|table|tr|td|p|br|h2|span)>|<(body|h2) style="[\w:;#.\- ]+">|<table cellpadding="4">|<th align="left" valign="top">|<\/th>|<a href="([^"<>]*)">|<\/a>/g;

test('no text of a stranger is markup or a link', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      const { subject, text, html } = letterFor(card);
      const addresses = card.links.flatMap(({ url }) => webAddress(url) ?? []);
      const hrefs = [...html.matchAll(OURS)].flatMap((match) => match[3] ?? []);
      for (const href of hrefs) expect(addresses).toContain(href.replaceAll('&amp;', '&').replaceAll('&#39;', "'"));
      const shownHtml = html.replace(/<span>([.@])<\/span>/g, ' ').replace(OURS, '');
      expect(shownHtml).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)|:\/\/|\bwww\.|\bmailto:|\S@\S/i);
      const plain = addresses.reduce((left, address) => left.replace(`: ${address}\n`, '\n'), text);
      expect(plain).not.toMatch(/:\/\/|\bwww\.|\bmailto:/i);
      expect(subject).not.toMatch(/\p{Cc}|:\/\//u);
    }),
  );
});

test('no text of a stranger begins a header', async () => {
  await fc.assert(
    fc.asyncProperty(hostileCard, hostileText, hostileText, async (card, name, mediaType) => {
      const attachments = [{ name, mediaType, bytes: new TextEncoder().encode(name) }];
      const root = messageIdOf('c'.repeat(64), PARTIES.from);
      const mail = await arrived(aDelivery({ card, attachments, action: { kind: 'Reply', root } }));
      expect(faultsOf(mail)).toEqual([]);
      expect(mail.parsed.to).toMatchObject({ text: 'ann@example.org, bob@example.org' });
      expect(mail.parsed.bcc).toBeUndefined();
      expect(mail.parsed.subject).toBe(letterFor(card).subject);
      expect(mail.parsed.attachments).toHaveLength(1);
      expect(Buffer.compare(mail.parsed.attachments[0]!.content, Buffer.from(attachments[0]!.bytes))).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('a mail has the same id whenever it is sent, and answers what it answers', async () => {
  const root = messageIdOf('c'.repeat(64), PARTIES.from);
  const [first, second] = await Promise.all([0, 1].map(() => arrived(aDelivery({ action: { kind: 'Reply', root } }))));
  expect(first!.parsed.messageId).toBe(`<${'a1'.repeat(32)}@example.org>`);
  expect(second!.parsed.messageId).toBe(first!.parsed.messageId);
  expect(first!.parsed).toMatchObject({ inReplyTo: root, references: root });
});

test('what would break out of a header is no mail to answer', () => {
  for (const ref of ['', 'x', `<${'a'.repeat(64)}@x>\r\nBcc: y`, `<${'a'.repeat(64)}@x y>`]) expect(isMessageId(ref)).toBe(false);
});

test.each(['a', '😀', '<', '.', '\n.'])('the largest mail of %j is bounded and keeps the rules', async (sign) => {
  const mail = await arrived(aDelivery({ card: hugeCard(sign) }));
  expect(faultsOf(mail)).toEqual([]);
  expect(mail.raw.length).toBeLessThan(4_000_000);
});
