import type { Reply } from '../../notify/notifier.ts';
import { COMMANDS, examplesOf, type ExampleNames } from '../help.ts';
import type { Command, Language } from '../intent.ts';
import type { Knowledge } from '../knowledge.ts';
import { replyOf } from './card.ts';

const ABOUT: Readonly<Record<Language, Readonly<Record<Command, string>>>> = {
  en: {
    Availability: 'how available a service was in a period (today, unless you say when)',
    Status: 'how things stand',
    Failing: 'what does not hold, since when, and why',
    ListIncidents: 'which incidents are open',
    ShowIncident: 'what happened in an incident',
    ListChanges: 'which changes are planned',
    OpenIncident: 'opens an incident; low, medium, high or critical in brackets',
    UpdateIncident: 'adds an update for the team (internal), the authority or customers',
    ResolveIncident: 'resolves an incident: cause, measures and prevention',
    DismissIncident: 'says that an incident was none, and why',
    ConfirmIncident: 'says that a suspicion is an incident',
    ReopenIncident: 'opens an incident again that was over',
    Comment: 'says something of what does not hold; the authority reads it',
    Withhold: 'keeps a message from customers, with the reason; the authority reads it',
    Acknowledge: 'says that you have seen it: in the thread of a message, or of a criterion or resolved incident',
    Confirm: 'yes to what you were asked for',
    Cancel: 'no to what you were asked for',
    Help: 'this; with a word, more of that',
  },
  de: {
    Availability: 'wie verfügbar ein Dienst in einem Zeitraum war (heute, wenn nichts gesagt ist)',
    Status: 'wie die Lage ist',
    Failing: 'was nicht erfüllt ist, seit wann und warum',
    ListIncidents: 'welche Vorfälle offen sind',
    ShowIncident: 'was in einem Vorfall geschah',
    ListChanges: 'welche Änderungen geplant sind',
    OpenIncident: 'eröffnet einen Vorfall; niedrig, mittel, hoch oder kritisch in Klammern',
    UpdateIncident: 'ergänzt etwas für das Team (intern), die Behörde oder Kunden',
    ResolveIncident: 'löst einen Vorfall: Ursache, Maßnahmen und Vorbeugung',
    DismissIncident: 'sagt, dass ein Vorfall keiner war, und warum',
    ConfirmIncident: 'sagt, dass ein Verdacht ein Vorfall ist',
    ReopenIncident: 'öffnet einen Vorfall wieder, der vorbei war',
    Comment: 'sagt etwas zu dem, was nicht erfüllt ist; die Behörde liest es',
    Withhold: 'hält eine Nachricht vor Kunden zurück, mit dem Grund; die Behörde liest es',
    Acknowledge: 'sagt, dass du es gesehen hast: im Thread einer Nachricht, oder zu einem Kriterium oder gelösten Vorfall',
    Confirm: 'Ja zu dem, wonach du gefragt wurdest',
    Cancel: 'Nein zu dem, wonach du gefragt wurdest',
    Help: 'das hier; mit einem Wort mehr dazu',
  },
};

const TITLES: Readonly<Record<Language, readonly [all: string, asks: string, writes: string]>> = {
  en: ['What you can ask', 'Ask', 'Write'],
  de: ['Was du fragen kannst', 'Fragen', 'Schreiben'],
};

const QUESTIONS: readonly Command[] = [
  'Availability',
  'Status',
  'Failing',
  'ListIncidents',
  'ShowIncident',
  'ListChanges',
  'Help',
];
/** They speak of criteria, which customers know nothing of. */
const OF_CRITERIA: readonly Command[] = ['Comment', 'Withhold'];

/** What can be asked, or more of one command. */
export function answerHelp(
  { knowledge, language, mayWrite }: { readonly knowledge: Knowledge; readonly language: Language; readonly mayWrite: boolean },
  topic: Command | undefined,
): Reply {
  const names = namesOf(knowledge);
  if (topic !== undefined) {
    const examples = examplesOf(topic, language, names);
    return replyOf({ title: upper(ABOUT[language][topic]), paragraphs: [examples.join('\n')] });
  }
  const lineOf = (command: Command): string => `${examplesOf(command, language, names)[0] ?? ''} – ${ABOUT[language][command]}`;
  const writes = COMMANDS.filter((command) => !QUESTIONS.includes(command) && isFor(command, knowledge));
  const [title, ask, write] = TITLES[language];
  return replyOf({
    title,
    paragraphs: [[ask, ...QUESTIONS.map(lineOf)].join('\n'), mayWrite ? [write, ...writes.map(lineOf)].join('\n') : ''],
  });
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const isFor = (command: Command, { level }: Knowledge): boolean => level !== 'customers' || !OF_CRITERIA.includes(command);

/** Names that there are, where there are some. */
function namesOf({ services, incidents, criteria }: Knowledge): ExampleNames {
  const first = (names: ReadonlyMap<string, unknown>, otherwise: string): string => names.keys().next().value ?? otherwise;
  return {
    service: first(services, 'shop'),
    incident: first(incidents, 'payments-stuck'),
    criterion: first(criteria, 'shop-probe'),
  };
}
