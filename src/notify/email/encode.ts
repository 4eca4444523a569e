import { cut } from '../../domain/cut.ts';
import type { Card, Tone } from '../notifier.ts';
import { linesOf, oneLine, webAddress } from '../plain.ts';
import { unlinked } from '../unlinked.ts';

/** What people see of a mail: its subject, and the same text twice. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const COLOURS = { Failing: '#a4262c', Unclear: '#8a5a00', Ended: '#0b6a0b', Notice: '#323130' } as const satisfies Record<
  Tone,
  string
>;
const LONGEST = { subject: 150, name: 150, value: 1_024, paragraph: 4_000, link: 150 } as const;
const MOST = { facts: 100, paragraphs: 10, links: 20 } as const;

interface Parts {
  readonly title: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly paragraphs: readonly (readonly string[])[];
  readonly links: Card['links'];
}

/** The card as a mail. A subject is one line: nothing in it begins another header. */
export function letterFor(card: Card): Letter {
  const parts = partsOf(card);
  return { subject: parts.title, text: textOf(parts), html: htmlOf(parts, COLOURS[card.tone]) };
}

const short = (text: string, most: number): string => cut(unlinked(oneLine(text)), most);

function partsOf({ title, facts, paragraphs, links }: Card): Parts {
  return {
    title: short(title, LONGEST.subject) || 'Message of Assay',
    facts: facts
      .slice(0, MOST.facts)
      .map(({ name, value }) => ({ name: short(name, LONGEST.name), value: short(value, LONGEST.value) })),
    paragraphs: paragraphs
      .slice(0, MOST.paragraphs)
      .map((text) => linesOf(cut(text, LONGEST.paragraph)).map(unlinked))
      .filter((lines) => lines.length > 0),
    links: links
      .flatMap(({ text, url }) => {
        const address = webAddress(url);
        return address === undefined ? [] : [{ text: short(text, LONGEST.link) || 'Link', url: address }];
      })
      .slice(0, MOST.links),
  };
}

function textOf({ title, facts, paragraphs, links }: Parts): string {
  const blocks = [
    title,
    facts.map(({ name, value }) => `${name}: ${value}`).join('\n'),
    ...paragraphs.map((lines) => lines.join('\n')),
    links.map(({ text, url }) => `${text}: ${url}`).join('\n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function htmlOf({ title, facts, paragraphs, links }: Parts, colour: string): string {
  const rows = facts.map(
    ({ name, value }) => `<tr><th align="left" valign="top">${inert(name)}</th><td>${inert(value)}</td></tr>`,
  );
  const blocks = [
    `<h2 style="color:${colour};font-size:1.2em">${inert(title)}</h2>`,
    rows.length === 0 ? '' : `<table cellpadding="4">\n${rows.join('\n')}\n</table>`,
    ...paragraphs.map((lines) => `<p>${lines.map(inert).join('<br>\n')}</p>`),
    ...links.map(({ text, url }) => `<p><a href="${escaped(url)}">${inert(text)}</a></p>`),
  ];
  const body = blocks.filter((block) => block !== '').join('\n');
  return `<!doctype html>\n<html><body style="font-family:sans-serif">\n${body}\n</body></html>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');

/** No markup, and in pieces where a mail reader would see an address: they make links of names like `shop.example` by themselves. */
const inert = (text: string): string => escaped(text).replace(/[.@](?=\S)/g, '<span>$&</span>');
