import { demandText } from '../../domain/demand.ts';
import { spanText } from '../../domain/duration.ts';
import { explaining, explanationsOf } from '../../domain/explained.ts';
import { type CriterionStanding, openDeviation } from '../../domain/standing.ts';
import { controlsOf } from '../../notify/messages/cards.ts';
import type { Place, Reply, Tone } from '../../notify/notifier.ts';
import type { KnownCriterion } from '../knowledge.ts';
import { type Answering, asked, MORE, TIMES } from './answering.ts';
import { listed, MOST_LISTED, replyOf } from './card.ts';
import { serviceState, type ServiceState, stateTone } from './service-state.ts';
import { STANDING, type StandingTexts } from './standing-words.ts';

/** How the services stand. */
export async function answerStatus(answering: Answering, service: string | undefined): Promise<Reply> {
  const { language, knowledge } = answering;
  const words = STANDING[language];
  const places = asked(answering, service);
  if (places.length === 0) return replyOf({ title: words.noService });
  if (knowledge.level === 'customers') return statusOutside(answering, places);
  const criteria = criteriaOf(answering, places);
  const bad = criteria.filter(({ standing }) => standing.verdict !== 'Pass');
  const lines = [...bad, ...criteria.filter((each) => !bad.includes(each))].map((each) => lineOf(each, answering));
  return replyOf({
    tone: toneOf(criteria),
    title: `${service === undefined ? '' : `${service}: `}${words.count(criteria.length - bad.length, criteria.length)}`,
    paragraphs: [listed(lines, MORE[language])],
    facts: [[TIMES[language], answering.times.zone]],
  });
}

/** What does not hold, and why. */
export async function answerFailing(answering: Answering, service: string | undefined): Promise<Reply> {
  const { language, knowledge } = answering;
  const words = STANDING[language];
  const places = asked(answering, service);
  if (places.length === 0) return replyOf({ title: words.noService });
  if (knowledge.level === 'customers') return failingOutside(answering, places);
  const bad = criteriaOf(answering, places).filter(({ standing }) => standing.verdict !== 'Pass');
  if (bad.length === 0) return replyOf({ title: words.nothing });
  // One paragraph is for what does not fit.
  const shown = bad.slice(0, MOST_LISTED - 1);
  const paragraphs = await Promise.all(shown.map((each) => whyOf(each, answering)));
  const left = bad.length - shown.length;
  const failing = bad.filter(({ standing }) => standing.verdict === 'Fail').length;
  return replyOf({
    tone: toneOf(bad),
    title: words.failing(failing, bad.length - failing),
    paragraphs: [...paragraphs, left > 0 ? MORE[language](left) : ''],
    links: knowledge.level === 'internal' ? runbooksOf(shown) : [],
    facts: [[TIMES[language], answering.times.zone]],
  });
}

const isOf = (place: Place, places: readonly (readonly [string, Place])[]): boolean => places.some(([, each]) => each === place);

function criteriaOf({ knowledge }: Answering, places: readonly (readonly [string, Place])[]): KnownCriterion[] {
  const all = [...knowledge.criteria.values()].filter(({ place }) => isOf(place, places));
  const rank = ({ standing }: KnownCriterion): number => WORST.indexOf(standing.verdict);
  return all.sort((a, b) => rank(a) - rank(b) || a.standing.since - b.standing.since);
}

const WORST: readonly CriterionStanding['verdict'][] = ['Fail', 'Inconclusive', 'Suspended', 'Pass'];

function toneOf(criteria: readonly KnownCriterion[]): Tone {
  if (criteria.some(({ standing }) => standing.verdict === 'Fail')) return 'Failing';
  return criteria.some(({ standing }) => standing.verdict === 'Inconclusive') ? 'Unclear' : 'Notice';
}

function lineOf({ place, standing }: KnownCriterion, { language, times }: Answering): string {
  const { name, spec, verdict, reason, since } = standing;
  return `${place.service}: ${spec.title} (${name}): ${STANDING[language].verdict(verdict, reason)} ${STANDING[language].since(times.at(since))}`;
}

async function whyOf(criterion: KnownCriterion, answering: Answering): Promise<string> {
  const { language, now } = answering;
  const { spec, message, since } = criterion.standing;
  const words = STANDING[language];
  const explained = await explainedBy(criterion, answering);
  const seen = message === undefined ? '' : `: ${message}`;
  return [
    `${lineOf(criterion, answering)} (${spanText(Math.max(0, now - since))})${seen}`,
    `${words.demand}: ${demandText(spec.rule)}; ${words.controls}: ${controlsOf(spec)}; ${words.severity}: ${spec.severity ?? 'medium'}`,
    ...(explained.length > 0 ? [`${words.explained}: ${explained.join(', ')}`] : []),
  ].join('\n');
}

/** The approved changes in whose windows it does not hold. */
async function explainedBy({ place, standing }: KnownCriterion, { facts, now }: Answering): Promise<string[]> {
  const open = openDeviation(standing);
  if (!open) return [];
  const changes = explaining(explanationsOf(await facts.changes(place)), { from: open.from, to: now }).map(
    ({ change }) => change,
  );
  return [...new Set(changes)];
}

function runbooksOf(criteria: readonly KnownCriterion[]): { text: string; url: string }[] {
  const urls = criteria.flatMap(({ standing }) => standing.spec.runbook ?? []);
  return [...new Set(urls)].map((url) => ({ text: 'Runbook', url }));
}

type Outside = readonly (readonly [service: string, state: ServiceState])[];

/** Of the inside nothing but whether the service is there. */
async function statesOf({ facts }: Answering, places: readonly (readonly [string, Place])[]): Promise<Outside> {
  return Promise.all(places.map(async ([name, place]) => [name, serviceState(await facts.criteria(place))] as const));
}

async function statusOutside(answering: Answering, places: readonly (readonly [string, Place])[]): Promise<Reply> {
  const words = STANDING[answering.language];
  const states = await statesOf(answering, places);
  const [only] = states;
  const lines = states.map((state) => outsideLine(state, answering));
  const title = states.length === 1 && only ? (lines[0] ?? '') : titleOf(states, words);
  return outsideReply(answering, { title, lines: states.length === 1 ? [] : lines, states });
}

function titleOf(states: Outside, words: StandingTexts): string {
  const down = states.filter(([, { kind }]) => kind === 'Down').length;
  return words.services(down, states.length);
}

async function failingOutside(answering: Answering, places: readonly (readonly [string, Place])[]): Promise<Reply> {
  const words = STANDING[answering.language];
  const all = await statesOf(answering, places);
  const states = all.filter(([, { kind }]) => kind !== 'Up');
  const lines = states.map((state) => outsideLine(state, answering));
  if (lines.length === 0) return replyOf({ title: words.nothingOutside });
  const isOne = lines.length === 1;
  return outsideReply(answering, { title: isOne ? (lines[0] ?? '') : titleOf(all, words), lines: isOne ? [] : lines, states });
}

function outsideLine([name, state]: Outside[number], { language, times }: Answering): string {
  const words = STANDING[language];
  return `${name}: ${words.outside[state.kind]}${state.since === undefined ? '' : ` ${words.since(times.at(state.since))}`}`;
}

interface OutsideSaid {
  readonly title: string;
  readonly lines: readonly string[];
  readonly states: Outside;
}

function outsideReply({ language, times }: Answering, { title, lines, states }: OutsideSaid): Reply {
  return replyOf({
    ...{ tone: stateTone(states.map(([, state]) => state)), title, paragraphs: [listed(lines, MORE[language])] },
    facts: [[TIMES[language], times.zone]],
  });
}
