import canonicalize from 'canonicalize';

import { spanText } from '../domain/duration.ts';
import { timeText } from '../domain/moment.ts';
import type { DocumentFile } from './incident-document.ts';
import { type Paper, writePaper } from './paper.ts';

/** What the page says; times in milliseconds since 1970-01-01T00:00:00Z. It names criteria and channels: it is for the team alone. */
export interface NoiseFigures {
  readonly from: number;
  readonly to: number;
  readonly audiences: readonly AudienceFigures[];
  readonly criteria: readonly { readonly criterion: string; readonly messages: number; readonly stories: number }[];
}

export interface AudienceFigures {
  readonly audience: string;
  readonly channels: readonly ChannelFigures[];
  readonly stories: number;
  readonly actedOn: number;
  readonly neverActedOn: number;
  readonly flapping: number;
  readonly medianToldToEndSeconds?: number;
}

export type ChannelFigures = Readonly<
  Record<'messages' | 'posts' | 'replies' | 'edits' | 'refused' | 'withheld' | 'undelivered', number>
> & { readonly channel: string };

/** The page of an internal report on what messages were worth, alone: the same bytes for the same input. */
export async function noiseDocument(figures: NoiseFigures): Promise<{ readonly json: DocumentFile; readonly pdf: DocumentFile }> {
  const title = 'Messages: signal and noise';
  const pdf = await writePaper({ title, at: figures.to }, (paper) => {
    paper.title(title);
    printNoise(paper, figures);
    return Promise.resolve();
  });
  const account = { ...figures, from: timeText(figures.from), to: timeText(figures.to) };
  const json = Buffer.from(`${canonicalize(account) ?? ''}\n`);
  return {
    json: { name: 'noise.json', mediaType: 'application/json', bytes: json },
    pdf: { name: 'noise.pdf', mediaType: 'application/pdf', bytes: pdf },
  };
}

/** Writes the page below whatever heading a report has for it. */
export function printNoise(paper: Paper, { from, to, audiences, criteria }: NoiseFigures): void {
  paper.paragraph(`What was sent from ${timeText(from)} to ${timeText(to)}.`);
  if (audiences.length === 0) paper.paragraph('Nothing was sent.');
  for (const audience of audiences) {
    paper.heading(`To ${audience.audience}`);
    paper.facts(audienceFacts(audience));
    for (const channel of audience.channels) {
      paper.label(`Channel ${channel.channel}`);
      paper.paragraph(channelText(channel));
    }
  }
  if (criteria.length === 0) return;
  paper.heading('What most messages told of');
  paper.facts(criteria.map(({ criterion, messages, stories }) => [`${messages} messages`, `${criterion} (${stories} in all)`]));
}

/** What an audience was told, as facts. */
export function audienceFacts({
  stories,
  actedOn,
  neverActedOn,
  flapping,
  medianToldToEndSeconds,
}: AudienceFigures): [string, string][] {
  const share = stories === 0 ? '' : ` (${Math.round((100 * actedOn) / stories)} %)`;
  return [
    ['Told of', String(stories)],
    ['Acted on', `${actedOn}${share}`],
    ['Never acted on', String(neverActedOn)],
    ['Flapping', String(flapping)],
    ['Told to end', medianToldToEndSeconds === undefined ? '-' : `${spanText(medianToldToEndSeconds * 1000)} (median)`],
  ];
}

/** How messages fared in a channel, in a sentence. */
export function channelText({ messages, posts, replies, edits, refused, withheld, undelivered }: ChannelFigures): string {
  const wrong = [
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(withheld > 0 ? [`${withheld} withheld`] : []),
    ...(undelivered > 0 ? [`${undelivered} not known to have arrived`] : []),
  ];
  return [`${messages} messages arrived: ${posts} new, ${replies} answers, ${edits} edits`, ...wrong].join('; ');
}
