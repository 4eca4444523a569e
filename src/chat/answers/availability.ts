import { spanText } from '../../domain/duration.ts';
import { type Figures, percentText } from '../../domain/figures.ts';
import { availabilityText } from '../../domain/period.ts';
import type { CriterionPeriod, ServicePeriod } from '../../domain/service-period.ts';
import type { Reply } from '../../notify/notifier.ts';
import type { Intent, Language } from '../intent.ts';
import { type Answering, asked, MORE, TIMES } from './answering.ts';
import { listed, MOST_LISTED, replyOf } from './card.ts';

interface Texts {
  readonly title: (service: string, figure: string) => string;
  readonly titleOfAll: string;
  readonly none: string;
  readonly availability: string;
  readonly bounds: string;
  readonly coverage: string;
  readonly ofTheTime: (percent: string) => string;
  readonly watched: string;
  readonly down: string;
  readonly downText: (span: string, count: number, longest: string) => string;
  readonly unknown: string;
  readonly adjusted: string;
  readonly without: (figure: string, changes: string) => string;
  readonly agreed: string;
  readonly period: string;
  readonly span: (from: string, to: string) => string;
  readonly criteria: string;
  readonly deviations: string;
  readonly since: (from: string) => string;
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    title: (service, figure) => `${service}: ${figure} available`,
    titleOfAll: 'Availability',
    none: 'nothing was observed',
    availability: 'Availability',
    bounds: 'At least and at most',
    coverage: 'Observed',
    ofTheTime: (percent) => `${percent} of the time`,
    watched: 'Watched',
    down: 'Not available',
    downText: (span, count, longest) => (count < 2 ? span : `${span}, ${count} times, the longest ${longest}`),
    unknown: 'Unknown',
    adjusted: 'Adjusted',
    without: (figure, changes) => `${figure} without ${changes}`,
    agreed: 'agreed maintenance',
    period: 'Period',
    span: (from, to) => `${from} to ${to}`,
    criteria: 'By criterion',
    deviations: 'Deviations',
    since: (from) => `since ${from}`,
  },
  de: {
    title: (service, figure) => `${service}: ${figure} verfügbar`,
    titleOfAll: 'Verfügbarkeit',
    none: 'nichts wurde beobachtet',
    availability: 'Verfügbarkeit',
    bounds: 'Mindestens und höchstens',
    coverage: 'Beobachtet',
    ofTheTime: (percent) => `${percent} der Zeit`,
    watched: 'Überwacht',
    down: 'Nicht verfügbar',
    downText: (span, count, longest) => (count < 2 ? span : `${span}, ${count}-mal, am längsten ${longest}`),
    unknown: 'Unbekannt',
    adjusted: 'Bereinigt',
    without: (figure, changes) => `${figure} ohne ${changes}`,
    agreed: 'vereinbarte Wartung',
    period: 'Zeitraum',
    span: (from, to) => `${from} bis ${to}`,
    criteria: 'Nach Kriterium',
    deviations: 'Abweichungen',
    since: (from) => `seit ${from}`,
  },
};

/** The figures of a period: never one alone, and both ways where an agreed change adjusts them. */
export async function answerAvailability(
  answering: Answering,
  { service, period }: Extract<Intent, { kind: 'Availability' }>,
): Promise<Reply> {
  const { facts, language, times } = answering;
  const places = asked(answering, service);
  const periods = await Promise.all(
    places.slice(0, MOST_LISTED).map(async ([name, place]) => [name, await facts.period(place, period)] as const),
  );
  const texts = TEXTS[language];
  const span = texts.span(times.at(period.from), times.at(period.to));
  const when = [[texts.period, span] as const, [TIMES[language], times.zone] as const];
  const [only] = periods;
  const asking = { ...answering, from: period.from };
  if (periods.length === 1 && only) return answerOne(asking, only, when);
  const lines = periods.map(([name, of]) => `${name}: ${lineOf(of, asking)}`);
  const left = places.length - periods.length;
  return replyOf({
    title: texts.titleOfAll,
    facts: when,
    paragraphs: [[...lines, ...(left > 0 ? [MORE[language](left)] : [])].join('\n')],
  });
}

type FactRows = readonly (readonly [string, string])[];

/** A question, and where the period begins that it asks for. */
interface Asking extends Answering {
  readonly from: number;
}

function answerOne(asking: Asking, [name, of]: readonly [string, ServicePeriod], when: FactRows): Reply {
  const { knowledge, language } = asking;
  const texts = TEXTS[language];
  const isInside = knowledge.level !== 'customers';
  const { plain, disruptions, longestMs } = of;
  return replyOf({
    title: plain.coverage.of === 0 ? `${name}: ${texts.none}` : texts.title(name, figureText(plain, language)),
    facts: [
      [texts.availability, figureText(plain, language)],
      [texts.bounds, boundsText(plain, language)],
      [texts.coverage, plain.coverage.of === 0 ? texts.none : texts.ofTheTime(`${percentText(plain.coverage)} %`)],
      [texts.watched, watchedText(of, asking)],
      [texts.down, texts.downText(spanText(of.times.notMet), disruptions, spanText(longestMs))],
      [texts.unknown, of.times.unknown === 0 ? undefined : spanText(of.times.unknown)],
      [texts.adjusted, adjustedText(of, asking)],
      ...when,
    ],
    paragraphs: isInside ? inside(of.criteria, asking) : [],
  });
}

/** Since when it was watched, where that is not all of the period. */
function watchedText({ watchedFrom }: Pick<ServicePeriod, 'watchedFrom'>, { from, language, times }: Asking): string | undefined {
  return watchedFrom !== undefined && watchedFrom > from ? TEXTS[language].since(times.at(watchedFrom)) : undefined;
}

/** `99.931 %`, `97.100 to 97.300 %` where little was observed, `-` where nothing was. */
function figureText(figures: Figures, language: Language): string {
  const text = availabilityText(figures).replace(' to ', language === 'de' ? ' bis ' : ' to ');
  return text === '-' ? text : `${text} %`;
}

function boundsText({ lower, upper }: Figures, language: Language): string {
  return lower.of === 0 ? '-' : `${TEXTS[language].span(percentText(lower), percentText(upper))} %`;
}

/** All figures on one line. */
function fullText(figures: Figures, language: Language): string {
  const texts = TEXTS[language];
  if (figures.coverage.of === 0) return `- (${texts.none})`;
  const observed = `${texts.coverage.toLowerCase()} ${percentText(figures.coverage)} %`;
  return `${figureText(figures, language)} (${boundsText(figures, language)}, ${observed})`;
}

/** All figures on one line, and since when it was watched. */
function watchedLine(of: Pick<ServicePeriod, 'plain' | 'watchedFrom'>, asking: Asking): string {
  const watched = watchedText(of, asking);
  const texts = TEXTS[asking.language];
  return `${fullText(of.plain, asking.language)}${watched === undefined ? '' : `; ${texts.watched.toLowerCase()} ${watched}`}`;
}

function lineOf(of: ServicePeriod, asking: Asking): string {
  const texts = TEXTS[asking.language];
  const down = texts.downText(spanText(of.times.notMet), of.disruptions, spanText(of.longestMs));
  const adjusted = adjustedText(of, asking);
  const both = adjusted === undefined ? '' : `; ${texts.adjusted.toLowerCase()} ${adjusted}`;
  return `${watchedLine(of, asking)}; ${texts.down.toLowerCase()} ${down}${both}`;
}

/** The names of changes are of the inside. */
function adjustedText({ adjusted, changes }: ServicePeriod, { knowledge, language }: Answering): string | undefined {
  const texts = TEXTS[language];
  const without = knowledge.level === 'customers' ? texts.agreed : changes.join(', ');
  return adjusted && texts.without(fullText(adjusted, language), without);
}

function inside(criteria: readonly CriterionPeriod[], asking: Asking): string[] {
  const { language } = asking;
  const texts = TEXTS[language];
  const at = (ms: number): string => asking.times.at(ms);
  const lines = criteria.map((of) => `${of.name}: ${watchedLine(of, asking)}`);
  const deviations = criteria
    .flatMap(({ name, deviations: of }) => of.map((deviation) => ({ name, ...deviation })))
    .sort((a, b) => b.from - a.from)
    .map(({ name, from, to }) => `${name}: ${to === undefined ? texts.since(at(from)) : texts.span(at(from), at(to))}`);
  return [
    ...(criteria.length > 1 ? [`${texts.criteria}\n${listed(lines, MORE[language])}`] : []),
    ...(deviations.length > 0 ? [`${texts.deviations}\n${listed(deviations, MORE[language])}`] : []),
  ];
}
