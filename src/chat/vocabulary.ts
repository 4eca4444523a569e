import { spellings } from './fold.ts';
import type { Language } from './intent.ts';
import { lexiconOf, listed } from './lexicon.ts';
import type { Token } from './tokens.ts';
import * as words from './words.ts';

const { DAYS, FILLERS, MONTHS, NOUNS, NUMBERS, ORDERS, POLITENESS, QUESTIONS, SMALL, TIME_JOINTS, UNITS, WEEKDAYS } = words;

type Lists = Readonly<Record<Language, string>>;

const MEANINGFUL: readonly Readonly<Record<string, Lists>>[] = [
  ...[QUESTIONS, ORDERS, NOUNS, words.AUDIENCES, words.SEVERITIES, words.RESOLUTION],
  ...[DAYS, UNITS, MONTHS, WEEKDAYS],
];

/** What stands in a question and says nothing: `please`, `show me`, `the service`. */
export const IDLE = listed([FILLERS, SMALL, POLITENESS, ...Object.values(TIME_JOINTS), ...Object.values(NOUNS)]);

/** Words that a name may have by accident, and that are not read as that name if there is another. */
export const COMMON: ReadonlySet<string> = new Set([
  ...IDLE.phrases.keys(),
  ...[QUESTIONS, DAYS, UNITS, MONTHS, WEEKDAYS, NUMBERS].flatMap((table) => Array.from(lexiconOf(table).phrases.keys())),
]);

/** The words that a slip is looked for among, in the spelling that is shown. */
export const SPELLED: ReadonlyMap<string, string> = new Map(
  MEANINGFUL.flatMap((table) => Object.values(table).flatMap(phrasesOf)).flatMap((phrase) =>
    spellings(phrase).map((spelling) => [spelling, phrase] as const),
  ),
);

function phrasesOf(lists: Lists): string[] {
  return Object.values(lists)
    .flatMap((list) => list.split('|'))
    .filter((phrase) => phrase !== '');
}

const LANGUAGES = { en: wordsOf('en'), de: wordsOf('de') } as const satisfies Record<Language, ReadonlySet<string>>;

function wordsOf(language: Language): ReadonlySet<string> {
  const lists = [
    ...MEANINGFUL.flatMap((table) => Object.values(table)),
    FILLERS,
    SMALL,
    POLITENESS,
    ...Object.values(TIME_JOINTS),
  ];
  return new Set(
    lists
      .flatMap((list) => list[language].split('|'))
      .flatMap(spellings)
      .flatMap((phrase) => phrase.split(' ')),
  );
}

/** The language that most of the words are of; English, where that is open. */
export function languageOfTokens(tokens: readonly Token[]): Language {
  const count = (language: Language): number =>
    tokens.filter(({ kind, key }) => kind === 'Word' && LANGUAGES[language].has(key)).length;
  return count('de') > count('en') ? 'de' : 'en';
}
