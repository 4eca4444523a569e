import type { LogRecord } from '../../api/records.ts';
import { cut } from '../../domain/cut.ts';
import { secondText } from '../../domain/moment.ts';
import type { Period } from '../../domain/timeline.ts';
import { bareDeviation, type DigestLine, recordLines, SECTIONS, storyLine } from './digest-lines.ts';
import type { Card, Place } from '../notifier.ts';
import { type Describe, type DigestText, entriesFor, levelOf, type Story } from '../stories/story.ts';

/** What the log of a service has: its stories as they are now, and the records of the period, in order. */
export interface DigestService extends Place {
  readonly stories: ReadonlyMap<string, Story>;
  readonly records: readonly LogRecord[];
}

/** How a channel tells of a story: in digests alone, by itself, by another channel or not at all; `Never` where nobody meant its audience. */
export type Telling = 'InDigest' | 'ByItself' | 'Elsewhere' | 'Never';

/** Who reads the digest. */
export interface DigestReader {
  readonly audience: string;
  readonly describe: Describe;
  readonly tellingOf: (story: Story) => Telling;
}

const MOST_LINES = 10;
const LINE_LENGTH = 300;
const TITLE_LENGTH = 150;

/**
 * What a channel is told together of a period, most important first; undefined where nothing is new. The authority reads everything else on
 * record that no step told it; everybody else only what was addressed to him.
 * @param period times in milliseconds since 1970-01-01T00:00:00Z
 */
export function digestText(services: readonly DigestService[], period: Period, reader: DigestReader): DigestText | undefined {
  const lines = services.flatMap((service) => linesOf(service, period, reader));
  return lines.length === 0 ? undefined : textOf(services, period, lines);
}

function textOf(services: readonly DigestService[], { from, to }: Period, lines: readonly DigestLine[]): DigestText {
  const told = services.map(({ service }) => service).filter((service) => lines.some((line) => line.service === service));
  const names = [...new Set(told)];
  const what = names.length === 1 ? (names[0] ?? '') : `${names.length} services`;
  return {
    title: cut(`Digest: ${what}, until ${secondText(to)}`, TITLE_LENGTH),
    facts: [
      { name: names.length === 1 ? 'Service' : 'Services', value: cut(namesText(names), 1_000) },
      { name: 'From', value: secondText(from) },
      { name: 'Until', value: secondText(to) },
    ],
    paragraphs: paragraphsOf(lines),
  };
}

function namesText(names: readonly string[]): string {
  return [...names.slice(0, MOST_LINES), ...moreThan(names.length)].join(', ');
}

const moreThan = (all: number): string[] => (all > MOST_LINES ? [`and ${all - MOST_LINES} more`] : []);

/** Of each section the most important lines, then those that came first. */
function paragraphsOf(lines: readonly DigestLine[]): Card['paragraphs'] {
  return Object.entries(SECTIONS).flatMap(([section, heading]) => {
    const mine = lines.filter((line) => line.section === section).sort((a, b) => b.weight - a.weight || a.at - b.at);
    if (mine.length === 0) return [];
    const shown = mine.slice(0, MOST_LINES).map(({ text }) => `- ${cut(text.replaceAll(/\s+/g, ' '), LINE_LENGTH)}`);
    return [[`${heading}:`, ...shown, ...moreThan(mine.length)].join('\n')];
  });
}

function linesOf(service: DigestService, { to }: Period, reader: DigestReader): DigestLine[] {
  const { describe, audience, tellingOf } = reader;
  const level = levelOf(audience);
  const told = touchedBy(service, audience).flatMap(({ story, isNotMet }) => {
    const telling = tellingOf(story);
    const isForTeam = telling === 'Never' && level === 'authority' && story.kind === 'Deviation';
    const section = telling === 'InDigest' ? 'Here' : 'Team';
    return telling === 'InDigest' || isForTeam ? [storyLine(story, { to, audience, describe, section, isNotMet })] : [];
  });
  return level === 'authority' ? [...told, ...bareLines(service, describe), ...recordLines(service, reader)] : told;
}

interface Touched {
  readonly story: Story;
  /** Whether a deviation of it is on record, not only that nobody could say. */
  readonly isNotMet: boolean;
}

/** The stories of which a record of the period says something; of an incident, something to that audience. */
function touchedBy({ stories, records, namespace }: DigestService, audience: string): Touched[] {
  const touched = new Map<string, Touched>();
  const touch = (story: Story | undefined, isNotMet: boolean): void => {
    if (story) touched.set(story.id, { story, isNotMet: isNotMet || touched.get(story.id)?.isNotMet === true });
  };
  for (const record of records) {
    if (record.kind === 'DeviationOpened' || record.kind === 'DeviationClosed') touch(storyOf(stories, record.body), true);
    if (record.kind === 'Notified' || record.kind === 'ObjectiveChanged')
      for (const story of noticesOf(stories, record.body)) touch(story, false);
    if (record.kind === 'IncidentChanged')
      touch(saidOf(stories.get(`${namespace}/${record.body.incident}`), record, audience), false);
  }
  return [...touched.values()];
}

/** An incident of which the audience is told from a record on, or to which the record says something. */
function saidOf(
  story: Story | undefined,
  { body: { at } }: Extract<LogRecord, { kind: 'IncidentChanged' }>,
  audience: string,
): Story | undefined {
  const isSaid = story?.addressed[audience]?.at === at || (story && entriesFor(story, audience).some((entry) => entry.at === at));
  return isSaid === true ? story : undefined;
}

interface Spoken {
  readonly criterion: string;
  readonly at: number;
  readonly deviation?: string;
}

/** The story of a deviation, or what was told of a criterion at that moment. */
function noticesOf(stories: DigestService['stories'], { criterion, at, deviation }: Spoken): Story[] {
  const known = deviation === undefined ? undefined : stories.get(deviation);
  if (known) return [known];
  return [...stories.values()].filter((story) => story.kind === 'Notice' && story.criterion === criterion && story.since === at);
}

/** A story that began with an evidence gap has the id of the gap. */
function storyOf(
  stories: DigestService['stories'],
  { id, criterion, from }: { readonly id: string; readonly criterion: string; readonly from: number },
): Story | undefined {
  const isSame = ({ since, ended }: Story): boolean => since <= from && (ended === undefined || from < ended.at);
  return (
    stories.get(id) ??
    [...stories.values()].find((story) => story.kind === 'Deviation' && story.criterion === criterion && isSame(story))
  );
}

/** Deviations of which nobody was told at all. */
function bareLines({ records, stories, service, namespace }: DigestService, describe: Describe): DigestLine[] {
  const bare = new Map<string, DigestLine>();
  for (const record of records) {
    if (record.kind !== 'DeviationOpened' && record.kind !== 'DeviationClosed') continue;
    const spec = describe(namespace, record.body.criterion);
    // Nobody is told of a dry run.
    if (spec?.mode === 'DryRun' || storyOf(stories, record.body)) continue;
    bare.set(record.body.id, bareDeviation(record, service, spec));
  }
  return [...bare.values()];
}
