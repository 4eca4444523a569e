import { cut } from '../../domain/cut.ts';
import type { Card, Tone } from '../notifier.ts';
import { linesOf, oneLine, webAddress } from '../plain.ts';
import { unlinked } from '../unlinked.ts';

/*
 * The card as an Adaptive Card 1.4 in the message that the trigger "When a Teams webhook request is received" takes:
 * learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using, and for the elements
 * learn.microsoft.com/adaptive-cards/schema-explorer. Texts stand in TextRuns, which know no markdown; TextBlock and FactSet do.
 */

const STYLES = { Failing: 'attention', Unclear: 'warning', Ended: 'good', Notice: 'accent' } as const satisfies Record<
  Tone,
  string
>;

// 28 KB a message, counted by Teams after it has written the card once more as a string within JSON: a body of 24,453 bytes was
// refused with 28,897 (github.com/MicrosoftDocs/msteams-docs/issues/11274). What it adds of its own has 2 KB.
const MOST_BYTES = 26 * 1024;
const MOST_ACTIONS = 6;
const LONGEST = { title: 150, name: 60, button: 40 };

/** How much of a card is kept; tried one after the other until it fits. */
const SIZES = [
  { text: 4_000, value: 1_024, lines: 80, facts: 30, actions: MOST_ACTIONS },
  { text: 1_500, value: 400, lines: 40, facts: 20, actions: 4 },
  { text: 500, value: 200, lines: 20, facts: 15, actions: 3 },
  { text: 150, value: 100, lines: 10, facts: 12, actions: 2 },
  { text: 80, value: 60, lines: 6, facts: 10, actions: 1 },
] as const;
type Size = (typeof SIZES)[number];

/** The body of the request, in JSON, at most as long as Teams takes. */
export function teamsBody(card: Card): string {
  const bodies = SIZES.map((size) => () => bodyOf(card, size));
  for (const body of bodies) {
    const text = body();
    if (sizeInTeams(text) <= MOST_BYTES) return text;
  }
  return bodyOf({ ...card, facts: [], links: [], paragraphs: [] }, SIZES[0]);
}

/** Bytes of a body as Teams keeps it, where every character that is not ASCII may take six. */
export function sizeInTeams(body: string): number {
  return JSON.stringify(body).replace(/[^\x20-\x7e]/g, '\\uffff').length;
}

function bodyOf(card: Card, size: Size): string {
  const content = {
    ...{ $schema: 'http://adaptivecards.io/schemas/adaptive-card.json', type: 'AdaptiveCard', version: '1.4' },
    msteams: { width: 'Full' },
    body: [
      { type: 'Container', style: STYLES[card.tone], bleed: true, items: [titleOf(card)] },
      ...card.facts.slice(0, size.facts).map((fact) => factOf(fact, size)),
      ...linesIn(card, size).map(lineOf),
    ],
    actions: actionsOf(card, size),
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return JSON.stringify({ type: 'message', attachments: [attachment] });
}

const titleOf = ({ title }: Card): object => richText({ ...run(short(title, LONGEST.title)), weight: 'Bolder', size: 'Medium' });

const factOf = ({ name, value }: Card['facts'][number], size: Size): object => ({
  ...richText({ ...run(`${short(name, LONGEST.name)}: `), weight: 'Bolder' }, run(short(value, size.value))),
  spacing: 'Small',
});

interface Line {
  readonly text: string;
  readonly first: boolean;
}

function linesIn({ paragraphs }: Card, size: Size): Line[] {
  return paragraphs
    .flatMap((paragraph) =>
      linesOf(cut(paragraph, size.text))
        .filter((line) => line !== '')
        .map((line, at) => ({ text: safe(line), first: at === 0 })),
    )
    .slice(0, size.lines);
}

const lineOf = ({ text, first }: Line): object => ({
  ...richText(run(text)),
  spacing: first ? 'Medium' : 'None',
});

function actionsOf({ links }: Card, size: Size): object[] {
  return links
    .map(({ text, url }) => ({ type: 'Action.OpenUrl', title: short(text, LONGEST.button), url: webAddress(url) }))
    .filter(({ url }) => url !== undefined)
    .slice(0, size.actions);
}

const richText = (...inlines: readonly object[]): object => ({ type: 'RichTextBlock', inlines });
const run = (text: string): object => ({ type: 'TextRun', text });
// A run without a text is none.
const short = (text: string, most: number): string => cut(safe(text), most) || '–';

/** `{{DATE(...)}}` would be shown as a date; an address may become a link in one app or another. */
const safe = (text: string): string => unlinked(oneLine(text)).replace(/\{(?=\{)/g, '{ ');
