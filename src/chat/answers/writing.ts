import type { IncidentEdit } from '../../domain/incident-edit.ts';
import type { Written } from '../../domain/writing.ts';
import type { Reply } from '../../notify/notifier.ts';
import type { Language } from '../intent.ts';
import { replyOf, type Said } from './card.ts';

type State = Extract<Written, { kind: 'Impossible' }>['state'];

/** Why nothing is written, beside what the API server says. */
export type Problem =
  | 'NotKnown'
  | 'NothingPending'
  | 'TooLate'
  | 'Cancelled'
  | 'NothingToCancel'
  | 'NoThread'
  | 'NothingThere'
  | 'NotOpen'
  | 'NotWithheld'
  | 'UnknownDeviation';

interface Texts {
  readonly problems: Readonly<Record<Problem, readonly [title: string, more?: string]>>;
  readonly incomplete: (missing: string) => string;
  readonly parts: Readonly<Record<'cause' | 'measures' | 'prevention', string>>;
  readonly confirm: string;
  readonly yes: string;
  readonly done: string;
  readonly opened: (name: string) => string;
  readonly forbidden: (verb: string, resource: string) => string;
  readonly impossible: (state: string) => string;
  readonly states: Readonly<Record<State, string>>;
  readonly outcomes: Readonly<Record<'Same' | 'Gone' | 'Full' | 'Refused' | 'NotNow', string>>;
  readonly partly: (done: number, of: number) => string;
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    problems: {
      NotKnown: [
        'You may ask here, but not write',
        'This channel does not say who you are: an admin adds you to chat.people of the NotificationChannel.',
      ],
      NothingPending: ['There is nothing that waits for your yes'],
      TooLate: ['That was more than 5 minutes ago: please ask again'],
      Cancelled: ['Dropped: nothing was written'],
      NothingToCancel: ['There is nothing that waits for your answer'],
      NoThread: ['What of? Say it in the thread of a message, or with a name'],
      NothingThere: ['I do not know what this thread is about'],
      NotOpen: ['There is nothing to withhold: it holds'],
      NotWithheld: ['Nothing is withheld from the team or the authority'],
      UnknownDeviation: ['I know no such deviation here'],
    },
    incomplete: (missing) => `A resolution says cause, measures and prevention. Missing: ${missing}`,
    parts: { cause: 'cause', measures: 'measures', prevention: 'prevention' },
    confirm: 'Shall I write this?',
    yes: 'Answer yes within 5 minutes, or no.',
    done: 'Written',
    opened: (name) => `Incident ${name} is open`,
    forbidden: (verb, resource) => `You have no right to ${verb} ${resource} in this namespace`,
    impossible: (state) => `Not possible: the incident is ${state}`,
    states: { Suspected: 'a suspicion still', Open: 'open', Resolved: 'resolved already', Dismissed: 'dismissed already' },
    partly: (done, of) => `Only ${done} of ${of} ${done === 1 ? 'is' : 'are'} written; of the next one:`,
    outcomes: {
      Same: 'That stands there already, in the same words from you: nothing was added',
      Gone: 'It is not there any more: nothing was written',
      Full: 'It takes no more: nothing was written',
      Refused: 'The cluster does not accept that: nothing was written',
      NotNow: 'The cluster gives no answer at the moment: please try again',
    },
  },
  de: {
    problems: {
      NotKnown: [
        'Du kannst hier fragen, aber nicht schreiben',
        'Dieser Kanal sagt nicht, wer du bist: ein Admin trägt dich in chat.people des NotificationChannel ein.',
      ],
      NothingPending: ['Es gibt nichts, das auf dein Ja wartet'],
      TooLate: ['Das ist mehr als 5 Minuten her: bitte frage noch einmal'],
      Cancelled: ['Verworfen: nichts wurde geschrieben'],
      NothingToCancel: ['Es gibt nichts, das auf deine Antwort wartet'],
      NoThread: ['Was? Sage es im Thread einer Nachricht, oder mit einem Namen'],
      NothingThere: ['Ich weiß nicht, wovon dieser Thread handelt'],
      NotOpen: ['Es gibt nichts zurückzuhalten: es ist erfüllt'],
      NotWithheld: ['Vor Team und Behörde wird nichts zurückgehalten'],
      UnknownDeviation: ['Ich kenne hier keine solche Abweichung'],
    },
    incomplete: (missing) => `Eine Lösung nennt Ursache, Maßnahmen und Vorbeugung. Es fehlt: ${missing}`,
    parts: { cause: 'Ursache', measures: 'Maßnahmen', prevention: 'Vorbeugung' },
    confirm: 'Soll ich das schreiben?',
    yes: 'Antworte ja innerhalb von 5 Minuten, oder nein.',
    done: 'Geschrieben',
    opened: (name) => `Vorfall ${name} ist eröffnet`,
    forbidden: (verb, resource) => `Du hast kein Recht auf ${verb} ${resource} in diesem Namespace`,
    impossible: (state) => `Nicht möglich: der Vorfall ist ${state}`,
    states: { Suspected: 'noch ein Verdacht', Open: 'offen', Resolved: 'schon gelöst', Dismissed: 'schon verworfen' },
    partly: (done, of) => `Nur ${done} von ${of} ${done === 1 ? 'ist' : 'sind'} geschrieben; zum nächsten:`,
    outcomes: {
      Same: 'Das steht schon so da, von dir in denselben Worten: nichts wurde ergänzt',
      Gone: 'Es ist nicht mehr da: nichts wurde geschrieben',
      Full: 'Mehr passt nicht hinein: nichts wurde geschrieben',
      Refused: 'Der Cluster nimmt das nicht an: nichts wurde geschrieben',
      NotNow: 'Der Cluster antwortet gerade nicht: bitte versuche es noch einmal',
    },
  },
};

export function answerProblem(problem: Problem, language: Language): Reply {
  const [title, more] = TEXTS[language].problems[problem];
  return replyOf({ title, paragraphs: more === undefined ? [] : [more] });
}

export function answerIncomplete(missing: readonly ('cause' | 'measures' | 'prevention')[], language: Language): Reply {
  const { incomplete, parts } = TEXTS[language];
  return replyOf({ title: incomplete(missing.map((part) => parts[part]).join(', ')) });
}

/** Asks for the yes: exactly what will be written. */
export function answerConfirm(lines: readonly string[], language: Language): Reply {
  const { confirm, yes } = TEXTS[language];
  return replyOf({ title: confirm, paragraphs: [lines.join('\n'), yes] });
}

/** What became of a write. @param lines what was to be written @param isOpened whether it is a new incident, whose name is told */
export function answerWritten(
  written: Written,
  { lines, isOpened }: { readonly lines: readonly string[]; readonly isOpened: boolean },
  language: Language,
): Reply {
  const texts = TEXTS[language];
  return replyOf(saidOf(written, texts, lines, isOpened));
}

/** Why not more of it was written. */
export function answerPartly(
  stopped: Written,
  { done, of }: { readonly done: number; readonly of: number },
  language: Language,
): Reply {
  const texts = TEXTS[language];
  return replyOf({ title: texts.partly(done, of), paragraphs: [saidOf(stopped, texts, [], false).title] });
}

function saidOf(written: Written, texts: Texts, lines: readonly string[], isOpened: boolean): Said {
  switch (written.kind) {
    case 'Written':
      return { title: isOpened ? texts.opened(written.name) : texts.done, paragraphs: [lines.join('\n')] };
    case 'Forbidden':
      return { title: texts.forbidden(written.verb, written.resource) };
    case 'Impossible':
      return { title: texts.impossible(texts.states[written.state]) };
    case 'Same':
    case 'Gone':
    case 'Full':
    case 'Refused':
    case 'NotNow':
      return { title: texts.outcomes[written.kind] };
  }
}

interface LineTexts {
  readonly open: (service: string, title: string, severity: string | undefined) => string;
  readonly edit: (incident: string, edit: IncidentEdit) => string;
  readonly comment: (on: string, text: string) => string;
  readonly withhold: (on: string, text: string) => string;
  readonly acknowledge: (on: string) => string;
  readonly acknowledged: string;
}

/** What is to be written, in words. */
export const LINES: Readonly<Record<Language, LineTexts>> = {
  en: {
    open: (service, title, severity) =>
      `Open an incident of ${service}: ${title}${severity === undefined ? '' : ` (${severity})`}`,
    edit: (incident, edit) => {
      switch (edit.kind) {
        case 'Update':
          return `Update of ${incident} for ${edit.audience}: ${edit.text}`;
        case 'Resolve':
          return `Resolve ${incident}\nCause: ${edit.resolution.cause}\nMeasures: ${edit.resolution.measures}\nPrevention: ${edit.resolution.prevention}`;
        case 'Dismiss':
          return `Dismiss ${incident}: ${edit.reason}`;
        case 'Confirm':
          return `Confirm that ${incident} is an incident`;
        case 'Reopen':
          return `Open ${incident} again`;
        case 'Acknowledge':
          return `Acknowledge the resolution of ${incident} for ${edit.audience}`;
      }
    },
    comment: (on, text) => `Comment on ${on}: ${text}`,
    withhold: (on, text) => `Withhold ${on} from customers: ${text}`,
    acknowledge: (on) => `Acknowledge ${on}`,
    acknowledged: 'acknowledged',
  },
  de: {
    open: (service, title, severity) =>
      `Vorfall von ${service} eröffnen: ${title}${severity === undefined ? '' : ` (${severity})`}`,
    edit: (incident, edit) => {
      switch (edit.kind) {
        case 'Update':
          return `Zu ${incident} ergänzen für ${edit.audience}: ${edit.text}`;
        case 'Resolve':
          return `${incident} lösen\nUrsache: ${edit.resolution.cause}\nMaßnahmen: ${edit.resolution.measures}\nVorbeugung: ${edit.resolution.prevention}`;
        case 'Dismiss':
          return `${incident} verwerfen: ${edit.reason}`;
        case 'Confirm':
          return `Bestätigen, dass ${incident} ein Vorfall ist`;
        case 'Reopen':
          return `${incident} wieder öffnen`;
        case 'Acknowledge':
          return `Lösung von ${incident} für ${edit.audience} quittieren`;
      }
    },
    comment: (on, text) => `Kommentar zu ${on}: ${text}`,
    withhold: (on, text) => `${on} vor Kunden zurückhalten: ${text}`,
    acknowledge: (on) => `${on} quittieren`,
    acknowledged: 'quittiert',
  },
};
