import fc from 'fast-check';

import { CARD, hostileCard, hugeCard } from '../deliveries.fixtures.ts';
import { webAddress } from '../plain.ts';
import { sizeInTeams, teamsBody } from './encode.ts';

interface Element {
  readonly type: string;
  readonly text?: string;
  readonly items?: readonly Element[];
  readonly inlines?: readonly Element[];
}
interface Message {
  readonly attachments: readonly [
    { readonly content: { readonly body: readonly Element[]; readonly actions: readonly { url: string }[] } },
  ];
}

const contentOf = (body: string): Message['attachments'][0]['content'] => (JSON.parse(body) as Message).attachments[0].content;
const elementsIn = (elements: readonly Element[]): Element[] =>
  elements.flatMap((element) => [element, ...elementsIn(element.items ?? []), ...elementsIn(element.inlines ?? [])]);
const textsIn = (body: string): string[] => elementsIn(contentOf(body).body).flatMap(({ text }) => text ?? []);

test('an ordinary card', () => {
  expect(contentOf(teamsBody(CARD))).toEqual({
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      expect.objectContaining({ type: 'Container', style: 'attention' }),
      expect.objectContaining({
        inlines: [
          { type: 'TextRun', text: 'Value: ', weight: 'Bolder' },
          { type: 'TextRun', text: '97.2 % against at least 99.9 %' },
        ],
      }),
      expect.anything(),
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'The shop answers with errors.' }], spacing: 'Medium' },
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'The internal team was told at 11:45.' }], spacing: 'None' },
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Runbook', url: 'https://wiki.example.org/shop' }],
  });
});

test('no text of a stranger is markdown, a mention, a date or a link', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      const body = teamsBody(card);
      const kinds = new Set(elementsIn(contentOf(body).body).map(({ type }) => type));
      // What TextBlock and FactSet would read as markdown, a TextRun shows as it is.
      expect([...kinds].filter((kind) => !['Container', 'RichTextBlock', 'TextRun'].includes(kind))).toEqual([]);
      // A mention needs an entity beside its text.
      expect(body).not.toContain('"entities"');
      for (const text of textsIn(body)) expect(text).not.toMatch(/\{\{|:\/\/|\bwww\.|\bmailto:|[\p{Cc}\u202e\u200b]/iu);
      for (const { url } of contentOf(body).actions) expect(card.links.map((link) => webAddress(link.url))).toContain(url);
    }),
  );
});

test.each(['a', '"', '\\', 'ü', '漢', '😀', '\u0001"', 'a\n', '://'])(
  'the largest card of %j is small enough for Teams',
  (sign) => {
    const body = teamsBody(hugeCard(sign));
    expect(sizeInTeams(body)).toBeLessThanOrEqual(28_672);
    expect(body.isWellFormed()).toBe(true);
    expect(textsIn(body).length).toBeGreaterThan(10);
  },
);

test('what is cut says so', () => {
  expect(textsIn(teamsBody({ ...CARD, title: '😀'.repeat(100) }))[0]).toMatch(/^(😀)+…$/u);
});
