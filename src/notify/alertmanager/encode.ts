import { cut } from '../../domain/cut.ts';
import type { About, Card } from '../notifier.ts';
import { linesOf, oneLine, webAddress } from '../plain.ts';
import { unlinked } from '../unlinked.ts';

/*
 * A delivery as an alert of Alertmanager's API v2: github.com/prometheus/alertmanager, api/v2/openapi.yaml (`postableAlert`).
 */

/** One alert; `endsAt` only when it is over. While it goes on, Alertmanager's own `resolve_timeout` ends what is not sent again. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

const LONGEST = { label: 253, title: 150, name: 100, value: 1_024, description: 4_000 } as const;
const MOST_LINKS = 10;

/**
 * The alert for a delivery. Its labels are those that stay for as long as what it is about goes on, for two alerts whose labels
 * differ are two: what changes stands in annotations.
 */
export function alertFor({ about, card }: { readonly about: About; readonly card: Card }): Alert {
  const startsAt = about.since ?? about.at;
  // An end before the beginning is refused.
  const endsAt = Math.max(about.endedAt ?? about.at, startsAt);
  const isOver = card.tone === 'Ended' || about.endedAt !== undefined;
  const [runbook] = addressesIn(card);
  return {
    labels: labelsOf(about),
    annotations: annotationsOf(about, card),
    startsAt: moment(startsAt),
    ...(isOver && { endsAt: moment(endsAt) }),
    ...(runbook !== undefined && { generatorURL: runbook }),
  };
}

const moment = (ms: number): string => new Date(ms).toISOString();
const short = (text: string, most: number): string => cut(safe(text), most);

/** What is empty Alertmanager leaves out, so that it would be another alert with it than without. */
const filled = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));

function labelsOf({ id, kind, namespace, service, audience, severity, criterion = '' }: About): Record<string, string> {
  const labels = { alertname: `Assay${kind}`, assay_id: id, namespace, service, audience, severity, criterion };
  return filled(Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, short(text, LONGEST.label)])));
}

function annotationsOf({ controls = [] }: About, card: Card): Record<string, string> {
  const facts = card.facts.map(({ name, value }) => `${short(name, LONGEST.name)}: ${short(value, LONGEST.value)}`);
  const prose = card.paragraphs.map((paragraph) => linesOf(paragraph).map(safe).join('\n'));
  const description = [facts.join('\n'), ...prose].filter((text) => text !== '').join('\n\n');
  const [runbook = '', ...others] = addressesIn(card);
  return filled({
    summary: short(card.title, LONGEST.title),
    description: cut(description, LONGEST.description),
    controls: short(controls.map(({ catalog, version, id }) => `${catalog} ${version} ${id}`).join(', '), LONGEST.value),
    runbook_url: runbook,
    links: others.join('\n'),
  });
}

const addressesIn = ({ links }: Card): string[] => links.flatMap(({ url }) => webAddress(url) ?? []).slice(0, MOST_LINKS);

/**
 * Where an alert goes from here, and which markup is read there, nobody knows: an Alertmanager's templates put annotations into Slack,
 * mails and pages as they are. So nothing that mentions, links or begins a tag in any of them stays.
 */
function safe(text: string): string {
  return unlinked(oneLine(text))
    .replace(/<(?=[!@#/?a-z])/gi, '‹')
    .replace(/@(?=[\w<!&])/g, '＠');
}
