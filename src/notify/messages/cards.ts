import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { Level } from '../../api/records.ts';
import { cut } from '../../domain/cut.ts';
import { demandText } from '../../domain/demand.ts';
import { durationText, spanText } from '../../domain/duration.ts';
import { secondText } from '../../domain/moment.ts';
import { changeFacts, changeMark, changeName, changeText } from './change-card.ts';
import { explanationText } from '../stories/change-words.ts';
import type { About, Card, Tone } from '../notifier.ts';
import {
  type Describe,
  type DigestText,
  entriesFor,
  type Holds,
  isMoment,
  levelOf,
  type Story,
  toldText,
} from '../stories/story.ts';

/** What a message shows: the stories in it, and who reads it. */
export interface Shown {
  /** One, or several that are told together; the first is the one that the message began with. */
  readonly stories: readonly [Story, ...Story[]];
  readonly audience: string;
  readonly describe: Describe;
  /** What channels hold; told to the team and the authority. */
  readonly holds?: Holds | undefined;
  /** Whether it says again what was said before. */
  readonly isReminder?: boolean;
}

/** Up to where the history of each story was told before, and up to where it is told now, by id; to its end where nothing is said. */
export interface Range {
  readonly from: (id: string) => number;
  readonly to: (id: string) => number | undefined;
}

const MOST_LISTED = 10;
export const TITLE_LENGTH = 150;
const TEXT_LENGTH = 1_000;
const PARAGRAPH_LENGTH = 4_000;

/** The message that shows how things stand. Only what the audience may see is in it. */
export function cardOf(shown: Shown): Card {
  const { audience, describe, holds } = shown;
  const level = levelOf(audience);
  const stories = latestOf(shown.stories);
  const [first] = stories;
  const isOne = stories.length === 1;
  if (first.digest) return digestCard(first.digest);
  return {
    ...headOf(shown, stories),
    facts: isOne ? factsOf(first, { level, describe, audience, holds }) : groupFacts(stories, level),
    paragraphs: isOne ? saidIn(first, audience) : listOf(stories, level, describe),
    links: level === 'internal' ? runbooks(stories, describe) : [],
  };
}

const digestCard = ({ title, facts, paragraphs }: DigestText): Card => ({ tone: 'Notice', title, facts, paragraphs, links: [] });

/** The message that says what happened since the last one, in the thread of the first. */
export function followUpCard(shown: Shown, { from, to }: Range): Card {
  const stories = latestOf(shown.stories);
  const level = levelOf(shown.audience);
  const isOne = stories.length === 1;
  const news = shown.stories.flatMap((story) =>
    entriesFor(story, shown.audience)
      .slice(from(story.id), to(story.id))
      .map(({ at, text }) => ({
        at,
        line: `${secondText(at)} ${isOne ? '' : `${nameOf(story, level, shown.describe)}: `}${text}`,
      })),
  );
  const lines = [...new Set(news.sort((a, b) => a.at - b.at).map(({ line }) => line))];
  return { ...headOf(shown, stories), facts: [], links: [], paragraphs: lines.length === 0 ? [] : [textOf(latest(lines))] };
}

/** What the message is about, for programs. */
export function aboutOf({ stories, audience, describe }: Shown, at: number): About {
  const [first] = stories;
  const { id, kind, namespace, service, criterion, since } = first;
  const spec = criterion === undefined ? undefined : describe(namespace, criterion);
  const inside = criterion === undefined ? {} : { criterion, controls: spec?.controls ?? [] };
  const ends = stories.flatMap(({ ended }) => ended?.at ?? []);
  return {
    ...{ id, namespace, service, audience, since, at },
    kind: kind === 'Channel' ? 'Notice' : kind,
    severity: worstSeverity(stories, describe),
    ...(ends.length > 0 && isOver(stories) && { endedAt: Math.max(...ends) }),
    ...(levelOf(audience) === 'customers' ? {} : inside),
  };
}

/** Whether nothing of it goes on. */
export const isOver = (stories: readonly Story[]): boolean =>
  stories.every((story) => story.ended !== undefined || isMoment(story));

type Stories = Shown['stories'];

/** Of a criterion that failed again only what is so now. */
function latestOf(stories: Stories): Stories {
  const latest = new Map(stories.map((story) => [`${story.namespace}/${story.criterion ?? story.id}`, story]));
  const [first = stories[0], ...others] = latest.values();
  return [first, ...others];
}

const MARKS: Readonly<Record<Tone, string>> = { Failing: 'Failing', Unclear: 'Unclear', Ended: 'Over', Notice: 'Notice' };

function headOf({ audience, describe, isReminder = false }: Shown, stories: Stories): Pick<Card, 'tone' | 'title'> {
  const level = levelOf(audience);
  const tone = toneOf(stories, level);
  const mark = markOf(stories, level);
  const what = stories.length === 1 ? nameOf(stories[0], level, describe) : groupName(stories, level);
  const span = tone === 'Ended' && stories[0].kind !== 'Change' ? ` after ${lengthOf(stories)}` : '';
  return {
    tone,
    title: cut(`${isReminder ? 'Still ' : ''}${isReminder ? mark.toLowerCase() : mark}${span}: ${what}`, TITLE_LENGTH),
  };
}

/** How it stands, in a word or two. */
export const stateOf = ({ stories, audience }: Shown): string => markOf(latestOf(stories), levelOf(audience));

function markOf(stories: Stories, level: Level): string {
  const tone = toneOf(stories, level);
  return changeMark(stories[0], level) ?? (level === 'customers' ? CUSTOMERS_MARKS[tone] : marksOf(stories)[tone]);
}

/** How a finding stands. */
const FINDING_MARKS: Readonly<Record<Tone, string>> = {
  Failing: 'Overdue',
  Unclear: 'Open',
  Ended: 'Closed',
  Notice: 'Answered',
};

const marksOf = (stories: Stories): typeof MARKS => (stories.every(({ kind }) => kind === 'Finding') ? FINDING_MARKS : MARKS);

/** Customers are told of what is disrupted, until that is over. */
const CUSTOMERS_MARKS: Readonly<Record<Tone, string>> = { ...MARKS, Failing: 'Disrupted', Unclear: 'Disrupted' };

function toneOf(stories: Stories, level: Level): Tone {
  const worst = stories.find(({ standing }) => standing === 'Failing') ?? stories.find(({ ended }) => !ended) ?? stories[0];
  return level === 'customers' && worst.standing === 'Unclear' ? 'Failing' : worst.standing;
}

const sinceOf = (stories: Stories): number => Math.min(...stories.map(({ since }) => since));
const endOf = (stories: Stories): number => Math.max(...stories.map(({ ended, since }) => ended?.at ?? since));
const lengthOf = (stories: Stories): string => spanText(endOf(stories) - sinceOf(stories));

/** What customers read names the service and nothing else of the inside. */
function nameOf(story: Story, level: Level, describe: Describe): string {
  const { kind, service, criterion = '', namespace, title = '' } = story;
  if (kind === 'Change') return changeName(story, level);
  if (level === 'customers') return kind === 'Incident' ? `${service}, incident` : service;
  return TITLED[kind]?.(service, title) ?? `${service}: ${describe(namespace, criterion)?.title ?? criterion}`;
}

/** What has a title of its own. */
const TITLED: Partial<Record<Story['kind'], (service: string, title: string) => string>> = {
  Channel: (_service, title) => title,
  Incident: (service, title) => `${service}, incident: ${title}`,
  Finding: (service, title) => `${service}, ${title}`,
};

function groupName(stories: Stories, level: Level): string {
  const open = stories.filter(({ ended }) => !ended).length;
  const services = [...new Set(stories.map(({ service }) => service))];
  const where = services.length === 1 ? (services[0] ?? '') : `${services.length} services`;
  if (level === 'customers') return where;
  return `${where}, ${open === 0 || open === stories.length ? '' : `${open} of `}${stories.length} criteria`;
}

function listOf(stories: Stories, level: Level, describe: Describe): string[] {
  // The service, where it is one, is among the facts.
  if (level === 'customers') return [];
  const openFirst = [...stories.filter(({ ended }) => !ended), ...stories.filter(({ ended }) => ended)];
  const lines = openFirst.slice(0, MOST_LISTED).map((story) => {
    const what = `${marksOf([story])[story.standing]}: ${nameOf(story, level, describe)}`;
    return cut(
      story.ended ? `${what}, after ${lengthOf([story])}` : `${what}: ${story.seen}`,
      PARAGRAPH_LENGTH / MOST_LISTED - 10,
    );
  });
  return [textOf([...lines, ...moreThan(MOST_LISTED, stories.length)])];
}

const moreThan = (listed: number, all: number): string[] => (all > listed ? [`and ${all - listed} more`] : []);

/** The latest lines, for they say how it stands. */
function latest(lines: readonly string[]): string[] {
  const left = lines.length - MOST_LISTED;
  return [...(left > 0 ? [`${left} earlier`] : []), ...lines.slice(-MOST_LISTED)];
}

const textOf = (lines: readonly string[]): string => cut(lines.join('\n'), PARAGRAPH_LENGTH);

type Fact = Card['facts'][number];
type Reader = Pick<Shown, 'audience' | 'describe' | 'holds'> & { readonly level: Level };

function factsOf(story: Story, reader: Reader): Fact[] {
  const { level, audience, holds } = reader;
  const { addressed, times } = story;
  const told = addressed[audience];
  const isInside = level !== 'customers';
  if (story.kind === 'Change') return changeFacts(story, level).map(({ name, value }) => fact(name, value));
  return [
    fact('Service', story.service),
    ...(isInside ? ofCriterion(story, reader) : []),
    ...(story.kind === 'Notice' ? [fact('At', secondText(story.since))] : timesOf([story])),
    ...(level === 'internal' ? handlingOf(story) : []),
    ...(times === undefined ? [] : [fact('Again', `${times} times in the last hour`)]),
    ...(isInside ? explanationFacts([story]) : []),
    ...(isInside ? [fact('Told', toldText(story)), ...heldFacts(story, holds)] : []),
    ...(told?.late === true ? [fact('Late', `this was due at ${secondText(told.at)}`)] : []),
  ];
}

function timesOf(stories: Stories): Fact[] {
  const over = isOver(stories) ? [fact('Until', secondText(endOf(stories))), fact('Lasted', lengthOf(stories))] : [];
  return [fact('Since', secondText(sinceOf(stories))), ...over];
}

/** What is expected of the team, while it goes on. */
function handlingOf({ handling, ended }: Story): Fact[] {
  if (!handling || ended) return [];
  const { level, reactBy, recoverBy } = handling;
  return [
    fact('Level', String(level)),
    ...(reactBy === undefined ? [] : [fact('React by', secondText(reactBy))]),
    ...(recoverBy === undefined ? [] : [fact('Recover by', secondText(recoverBy))]),
  ];
}

function groupFacts(stories: Stories, level: Level): Fact[] {
  const services = [...new Set(stories.map(({ service }) => service))];
  const names = [...services.slice(0, MOST_LISTED), ...moreThan(MOST_LISTED, services.length)].join(', ');
  const reasons = [...new Set(stories.flatMap(({ unknownReason }) => unknownReason ?? []))].join(', ');
  return [
    fact(services.length === 1 ? 'Service' : 'Services', names),
    ...timesOf(stories),
    ...(level === 'customers' || reasons === '' ? [] : [fact('Nobody can say', reasons)]),
    ...(level === 'customers' ? [] : explanationFacts(stories)),
  ];
}

function explanationFacts(stories: Stories): Fact[] {
  const changes = new Set(stories.flatMap(({ explainedBy = [] }) => explainedBy.map(explanationText)));
  return changes.size === 0 ? [] : [fact('Explained by', [...changes].join('; '))];
}

function ofCriterion({ kind, namespace, criterion, seen, severity }: Story, { describe }: Reader): Fact[] {
  const spec = criterion === undefined ? undefined : describe(namespace, criterion);
  return [
    ...(criterion === undefined ? [] : [fact('Criterion', `${namespace}/${criterion}`)]),
    ...(spec ? [fact('Controls', controlsOf(spec)), fact('Demand', demandText(spec.rule))] : []),
    ...(seen === '' || kind === 'Notice' ? [] : [fact('Seen', seen)]),
    ...(kind === 'Finding' ? [] : [fact('Severity', severity ?? spec?.severity ?? DEFAULT_SEVERITY)]),
  ];
}

const fact = (name: string, value: string): Fact => ({ name, value: cut(value, TEXT_LENGTH) });

/** Controls on one line, each with its catalog. */
export function controlsOf({ controls }: Pick<CertificationCriterionSpec, 'controls'>): string {
  return controls.map(({ catalog, version, id }) => `${catalog}:${version} ${id}`).join(', ');
}

/** What is held can be withheld until it goes out. */
function heldFacts(story: Story, holds: Holds = () => []): Fact[] {
  const held = holds(story).map(
    ({ audience, untilMs, holdMs }) =>
      `${audience} to be told at ${secondText(untilMs)} (held ${durationText(holdMs)}) unless somebody withholds it`,
  );
  return held.length === 0 ? [] : [fact('Held', held.join(', '))];
}

/** Of an incident or a finding what was said last, of a notice what it says; the history of a deviation stands in the thread. */
function saidIn(story: Story, audience: string): string[] {
  if (story.kind === 'Deviation' || story.kind === 'Channel') return [];
  if (story.change) return changeText(story, audience).map((text) => cut(text, PARAGRAPH_LENGTH));
  const said = entriesFor(story, audience);
  const entry = story.kind === 'Notice' ? said[0] : said.findLast(({ turn }) => turn);
  return entry ? [cut(entry.text, PARAGRAPH_LENGTH)] : [];
}

function runbooks(stories: Stories, describe: Describe): Card['links'] {
  const urls = stories.flatMap(({ namespace, criterion }) =>
    criterion === undefined ? [] : (describe(namespace, criterion)?.runbook ?? []),
  );
  return [...new Set(urls)].slice(0, MOST_LISTED).map((url) => ({ text: 'Runbook: what to do', url }));
}

const DEFAULT_SEVERITY = 'medium';
const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

function worstSeverity(stories: Stories, describe: Describe): About['severity'] {
  const found = stories.map(({ kind, severity, namespace, criterion = '' }) =>
    kind === 'Change' ? 'low' : (severity ?? describe(namespace, criterion)?.severity ?? DEFAULT_SEVERITY),
  );
  return SEVERITIES.findLast((severity) => found.includes(severity)) ?? DEFAULT_SEVERITY;
}
