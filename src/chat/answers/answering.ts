import type { Place } from '../../notify/notifier.ts';
import type { Facts } from '../facts.ts';
import type { Language } from '../intent.ts';
import type { Knowledge } from '../knowledge.ts';
import type { Times } from './times.ts';

/** What every answer is made from. */
export interface Answering {
  readonly facts: Facts;
  /** What the asker may know of. */
  readonly knowledge: Knowledge;
  readonly audience: string;
  readonly language: Language;
  readonly times: Times;
  /** The moment of the question, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
}

/** The services that a question is about, by the names that are used for them: the one that it names, or all that there are. */
export function asked({ knowledge }: Pick<Answering, 'knowledge'>, service: string | undefined): [name: string, place: Place][] {
  return [...knowledge.services].filter(([name]) => service === undefined || name === service);
}

export const TIMES: Readonly<Record<Language, string>> = { en: 'Times', de: 'Zeiten' };
export const MORE: Readonly<Record<Language, (count: number) => string>> = {
  en: (count) => `and ${count} more`,
  de: (count) => `und ${count} weitere`,
};
