import type { Reply } from '../../notify/notifier.ts';
import type { Language, Unclear, UnclearReason } from '../intent.ts';
import { replyOf } from './card.ts';

type Say = (part: string) => string;

const REASONS: Readonly<Record<Language, Readonly<Record<UnclearReason, Say>>>> = {
  en: {
    Empty: () => 'What would you like to know?',
    TooLong: () => 'That is too long: at most 2000 characters, and less for a title or a reason',
    UnknownCommand: (part) => (part === '' ? 'I do not know what is asked for' : `I do not understand "${part}"`),
    UnknownWord: (part) => `I do not understand "${part}" here`,
    UnknownService: (part) => `I know no service "${part}" here`,
    UnknownIncident: (part) => `I know no incident "${part}" here`,
    UnknownCriterion: (part) => `I know no criterion "${part}" here`,
    AmbiguousName: (part) => `"${part}" may be more than one`,
    MissingService: () => 'Of which service?',
    MissingIncident: () => 'Which incident?',
    MissingCriterion: () => 'Which criterion?',
    MissingText: () => 'There is no text: write it behind a colon',
    MissingAudience: () => 'For whom?',
    AmbiguousPeriod: (part) => `"${part}" may be more than one period`,
    NotAPeriod: (part) => `"${part}" is no period`,
    Reversed: (part) => `"${part}" ends before it begins`,
    WholeDaysOnly: (part) => `"${part}": periods are whole days, or the last hours`,
    InTheFuture: (part) => `"${part}" is still to come`,
    NoPeriodHere: (part) => `Of "${part}" only the availability can be told`,
  },
  de: {
    Empty: () => 'Was möchtest du wissen?',
    TooLong: () => 'Das ist zu lang: höchstens 2000 Zeichen, für einen Titel oder Grund weniger',
    UnknownCommand: (part) => (part === '' ? 'Ich weiß nicht, wonach gefragt ist' : `Ich verstehe „${part}“ nicht`),
    UnknownWord: (part) => `Ich verstehe „${part}“ hier nicht`,
    UnknownService: (part) => `Ich kenne hier keinen Dienst „${part}“`,
    UnknownIncident: (part) => `Ich kenne hier keinen Vorfall „${part}“`,
    UnknownCriterion: (part) => `Ich kenne hier kein Kriterium „${part}“`,
    AmbiguousName: (part) => `„${part}“ kann mehreres sein`,
    MissingService: () => 'Von welchem Dienst?',
    MissingIncident: () => 'Welcher Vorfall?',
    MissingCriterion: () => 'Welches Kriterium?',
    MissingText: () => 'Es fehlt der Text: schreibe ihn hinter einen Doppelpunkt',
    MissingAudience: () => 'Für wen?',
    AmbiguousPeriod: (part) => `„${part}“ kann mehr als ein Zeitraum sein`,
    NotAPeriod: (part) => `„${part}“ ist kein Zeitraum`,
    Reversed: (part) => `„${part}“ endet, bevor es beginnt`,
    WholeDaysOnly: (part) => `„${part}“: Zeiträume sind ganze Tage, oder die letzten Stunden`,
    InTheFuture: (part) => `„${part}“ kommt erst noch`,
    NoPeriodHere: (part) => `Von „${part}“ lässt sich nur die Verfügbarkeit sagen`,
  },
};

const MEANT: Readonly<Record<Language, string>> = { en: 'Did you mean:', de: 'Meintest du:' };

/** What was not understood, and what may have been meant. */
export function answerUnclear({ reason, part, suggestions }: Unclear, language: Language): Reply {
  return replyOf({
    title: REASONS[language][reason](part),
    paragraphs: suggestions.length === 0 ? [] : [[MEANT[language], ...suggestions].join('\n')],
  });
}
