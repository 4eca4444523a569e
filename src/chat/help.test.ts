import { COMMANDS, examplesOf } from './help.ts';
import type { Language } from './intent.ts';
import { languageOf, parseIntent } from './parse.ts';
import { SURROUNDINGS } from './sentences.fixtures.ts';
import * as words from './words.ts';
import { spellings } from './fold.ts';

const NAMES = { service: 'shop', incident: 'payments-stuck', criterion: 'shop-probe' };
const LANGUAGES: readonly Language[] = ['en', 'de'];

const EXAMPLES = COMMANDS.flatMap((command) =>
  LANGUAGES.flatMap((language) => examplesOf(command, language, NAMES).map((text) => ({ command, language, text }))),
);

test.each(EXAMPLES)('$text is $command', ({ command, text }) => {
  expect(parseIntent(text, SURROUNDINGS).kind).toBe(command);
});

test.each(COMMANDS)('help shows %s in each language, and has it as a topic', (command) => {
  for (const language of LANGUAGES) expect(examplesOf(command, language, NAMES)).not.toEqual([]);
});

test('the examples are in the language that they are for', () => {
  const wrong = EXAMPLES.filter(({ language, text }) => languageOf(text) !== language && !/^status/i.test(text));
  expect(wrong).toEqual([]);
});

const TOPICS = Object.entries({ ...words.QUESTIONS, ...words.ORDERS }).filter(([command]) => command !== 'Down');

test.each(TOPICS)('the first word for %s is a topic of help', (command, { en, de }) => {
  const topics = [`help ${en.split('|')[0] ?? ''}`, `Hilfe ${de.split('|')[0] ?? ''}`].map((text) =>
    parseIntent(text, SURROUNDINGS),
  );
  expect(topics).toEqual(topics.map(() => ({ kind: 'Help', topic: command })));
});

const { QUESTIONS, ORDERS, AUDIENCES, SEVERITIES, RESOLUTION, DAYS, UNITS, MONTHS, WEEKDAYS, TIME_JOINTS, NUMBERS } = words;
const TABLES = { QUESTIONS, ORDERS, AUDIENCES, SEVERITIES, RESOLUTION, DAYS, UNITS, MONTHS, WEEKDAYS, TIME_JOINTS, NUMBERS };

test.each(Object.entries(TABLES))('no word of %s has two meanings', (_name, table) => {
  const meanings = new Map<string, Set<string>>();
  for (const [means, lists] of Object.entries(table))
    for (const phrase of Object.values(lists as Record<string, string>)
      .flatMap((list) => list.split('|'))
      .flatMap(spellings))
      if (phrase !== '') meanings.set(phrase, (meanings.get(phrase) ?? new Set()).add(means));
  expect(Array.from(meanings).filter(([, means]) => means.size > 1)).toEqual([]);
});
