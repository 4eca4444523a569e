import { spanText } from '../../domain/duration.ts';
import { isOver } from '../../domain/incident.ts';
import type { Reply } from '../../notify/notifier.ts';
import { entriesFor } from '../../notify/stories/story.ts';
import type { Language } from '../intent.ts';
import type { KnownIncident } from '../knowledge.ts';
import { type Answering, asked, MORE, TIMES } from './answering.ts';
import { listed, MOST_LISTED, replyOf, type Said } from './card.ts';

type State = KnownIncident['known']['latest']['state'];

interface Texts {
  readonly none: string;
  readonly open: (count: number) => string;
  readonly incident: string;
  readonly states: Readonly<Record<State, string>>;
  readonly goesOn: string;
  readonly over: string;
  readonly isDeleted: string;
  readonly since: string;
  readonly until: string;
  readonly lasted: string;
  readonly service: string;
  readonly state: string;
  readonly severity: string;
  readonly name: string;
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    none: 'No incident is open',
    open: (count) => (count === 1 ? 'One incident is open' : `${count} incidents are open`),
    incident: 'incident',
    states: { Suspected: 'suspected', Open: 'open', Resolved: 'resolved', Dismissed: 'dismissed' },
    ...{ goesOn: 'goes on', over: 'over', isDeleted: 'its object was deleted' },
    ...{ since: 'Since', until: 'Until', lasted: 'Lasted' },
    ...{ service: 'Service', state: 'State', severity: 'Severity', name: 'Name' },
  },
  de: {
    none: 'Kein Vorfall ist offen',
    open: (count) => (count === 1 ? 'Ein Vorfall ist offen' : `${count} Vorfälle sind offen`),
    incident: 'Vorfall',
    states: { Suspected: 'Verdacht', Open: 'offen', Resolved: 'gelöst', Dismissed: 'verworfen' },
    ...{ goesOn: 'dauert an', over: 'vorbei', isDeleted: 'sein Objekt wurde gelöscht' },
    ...{ since: 'Seit', until: 'Bis', lasted: 'Dauerte' },
    ...{ service: 'Dienst', state: 'Zustand', severity: 'Schwere', name: 'Name' },
  },
};

/** One whose object was deleted goes on: to delete it resolves nothing. */
const isOpen = ({ known }: KnownIncident): boolean => !isOver(known.latest.state);

/** The incidents that are open, the latest first. */
export function answerIncidents(answering: Answering, service: string | undefined): Reply {
  const { knowledge, language, times } = answering;
  const texts = TEXTS[language];
  const places = asked(answering, service).map(([, place]) => place);
  const open = [...knowledge.incidents]
    .filter(([, incident]) => places.includes(incident.place) && isOpen(incident))
    .sort(([, a], [, b]) => b.known.openedAt - a.known.openedAt);
  if (open.length === 0) return replyOf({ title: texts.none });
  return replyOf({
    tone: 'Failing',
    title: texts.open(open.length),
    paragraphs: [
      listed(
        open.map((each) => lineOf(each, answering)),
        MORE[language],
      ),
    ],
    facts: [[TIMES[language], times.zone]],
  });
}

type Entry = readonly [name: string, incident: KnownIncident];

function lineOf([name, incident]: Entry, answering: Answering): string {
  const { language, times, knowledge } = answering;
  const { known, place } = incident;
  const since = `${TEXTS[language].since.toLowerCase()} ${times.at(sinceFor(incident, answering))}`;
  if (knowledge.level === 'customers') {
    const said = lastSaid(incident, answering);
    return `${name} (${place.service}) ${since}${said === undefined ? '' : `: ${said}`}`;
  }
  const { title, severity } = known.latest;
  return `${name} (${place.service}) ${since}: ${title} (${severity}, ${stateText(incident, language)})`;
}

function stateText({ known: { latest, isDeleted } }: KnownIncident, language: Language): string {
  const { states, isDeleted: gone } = TEXTS[language];
  return isDeleted ? `${states[latest.state]}, ${gone}` : states[latest.state];
}

/** Customers know of it since they were told; when it began for the team is its own. */
function sinceFor({ known, story }: KnownIncident, { knowledge }: Answering): number {
  return knowledge.level === 'customers' ? story.since : known.openedAt;
}

/** The latest words for this audience. */
const lastSaid = ({ story }: KnownIncident, { audience }: Answering): string | undefined =>
  entriesFor(story, audience).at(-1)?.text;

/** One incident, with its history as this audience reads it. */
export function answerIncident(answering: Answering, name: string): Reply {
  const { knowledge, language, audience, times } = answering;
  const incident = knowledge.incidents.get(name);
  if (!incident) return replyOf({ title: TEXTS[language].none });
  const history = entriesFor(incident.story, audience).map(({ at, text }) => `${times.at(at)} ${text}`);
  return replyOf({
    ...(knowledge.level === 'customers' ? outside(name, incident, answering) : inside(name, incident, answering)),
    tone: isOpen(incident) ? 'Failing' : 'Ended',
    // What was said last says how it stands.
    paragraphs: history.slice(-MOST_LISTED),
  });
}

type Head = Pick<Said, 'title' | 'facts'>;

function inside(name: string, incident: KnownIncident, answering: Answering): Head {
  const texts = TEXTS[answering.language];
  const { latest } = incident.known;
  return {
    title: `${name}: ${latest.title}`,
    facts: [
      [texts.service, incident.place.service],
      [texts.state, stateText(incident, answering.language)],
      [texts.severity, latest.severity],
      ...timesOf(incident, answering),
    ],
  };
}

/** Neither title nor severity: what customers read was written for them. */
function outside(name: string, incident: KnownIncident, answering: Answering): Head {
  const texts = TEXTS[answering.language];
  const { service } = incident.place;
  return {
    title: `${service}, ${texts.incident} ${name}`,
    facts: [
      [texts.service, service],
      [texts.state, isOpen(incident) ? texts.goesOn : texts.over],
      ...timesOf(incident, answering),
    ],
  };
}

function timesOf(incident: KnownIncident, answering: Answering): NonNullable<Said['facts']> {
  const { language, times } = answering;
  const texts = TEXTS[language];
  const from = sinceFor(incident, answering);
  const endedAt = isOpen(incident) ? undefined : incident.known.endedAt;
  const ended =
    endedAt === undefined
      ? []
      : ([
          [texts.until, times.at(endedAt)],
          [texts.lasted, spanText(endedAt - from)],
        ] as const);
  return [[texts.since, times.at(from)], ...ended, [TIMES[language], times.zone]];
}
