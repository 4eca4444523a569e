/**
 * What people ask in a channel, in English and German, and the answers. So far: from a text to what is wanted by it, or to what of it
 * is unclear; it reads nothing but the text and the names and time that it is given.
 */
export { COMMANDS, type ExampleNames, examplesOf } from './help.ts';
export type {
  Acknowledged,
  AskedPeriod,
  Command,
  Commented,
  Intent,
  Language,
  Surroundings,
  Unclear,
  UnclearReason,
  UpdateAudience,
} from './intent.ts';
export { languageOf, parseIntent } from './parse.ts';
