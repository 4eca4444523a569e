/**
 * What people ask in a channel, in English and German, and the answers: from a text to what is wanted by it or to what of it is unclear,
 * and from there to what the audience of the channel may read, or to what is written for whom the channel knows.
 */
export type { Acts } from './acts.ts';
export { type Conversation, type ConversationOptions, newConversation } from './conversation.ts';
export type { Facts, IncidentFacts } from './facts.ts';
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
