import { cut } from '../../domain/cut.ts';
import type { About, Card, Delivery } from '../notifier.ts';
import { linesOf, oneLine, webAddress } from '../plain.ts';

/*
 * A delivery as an event of CloudEvents 1.0 in structured JSON: github.com/cloudevents/spec, cloudevents/spec.md and
 * cloudevents/formats/json-format.md. For programs: texts are those of the card, plain and never escaped for any kind of markup.
 */

/** The whole event. `source` and `id` together are the same whenever the same delivery is sent again. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** When the state came to be that the event tells of. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: EventData;
}

export interface EventData {
  readonly about: Omit<About, 'since' | 'endedAt' | 'at'> & {
    readonly since?: string;
    readonly endedAt?: string;
    readonly at: string;
  };
  readonly card: Card;
}

const LONGEST = { title: 150, name: 150, value: 1_024, paragraph: 4_000, link: 150 } as const;
const MOST = { facts: 100, paragraphs: 10, links: 20 } as const;

/** `dev.assay.deviation.failing`: the kind and the tone tell what happened. */
export function cloudEvent({ id, about, card }: Pick<Delivery, 'id' | 'about' | 'card'>): CloudEvent {
  return {
    ...{ specversion: '1.0', id, source: `/apis/assay.dev/v1alpha1/namespaces/${encodeURIComponent(about.namespace)}` },
    type: `dev.assay.${about.kind}.${card.tone}`.toLowerCase(),
    subject: `${about.namespace}/${about.service}`,
    ...{ time: moment(about.at), datacontenttype: 'application/json' },
    data: { about: aboutOf(about), card: cardOf(card) },
  };
}

const moment = (ms: number): string => new Date(ms).toISOString();

function aboutOf({ since, endedAt, at, ...rest }: About): EventData['about'] {
  return {
    ...rest,
    ...(since !== undefined && { since: moment(since) }),
    ...(endedAt !== undefined && { endedAt: moment(endedAt) }),
    at: moment(at),
  };
}

const short = (text: string, most: number): string => cut(oneLine(text), most);

function cardOf({ tone, title, facts, paragraphs, links }: Card): Card {
  return {
    ...{ tone, title: short(title, LONGEST.title) },
    facts: facts
      .slice(0, MOST.facts)
      .map(({ name, value }) => ({ name: short(name, LONGEST.name), value: short(value, LONGEST.value) })),
    paragraphs: paragraphs.slice(0, MOST.paragraphs).map((text) => cut(linesOf(text).join('\n'), LONGEST.paragraph)),
    links: links
      .flatMap(({ text, url }) => {
        const address = webAddress(url);
        return address === undefined ? [] : [{ text: short(text, LONGEST.link), url: address }];
      })
      .slice(0, MOST.links),
  };
}
