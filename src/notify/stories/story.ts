import type { ApprovalState, ChangeRecordSpec } from '../../api/change.ts';
import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { Level, RecordBody } from '../../api/records.ts';
import { secondText } from '../../domain/moment.ts';
import type { Period } from '../../domain/timeline.ts';
import type { Card, Place } from '../notifier.ts';

/**
 * Something that audiences are told of, from its beginning to its end, as the log has it. Times in milliseconds since
 * 1970-01-01T00:00:00Z.
 */
export interface Story {
  /**
   * Id of the deviation or evidence gap, `namespace/name` of the incident, `namespace/finding/name` of the finding; of anything else an id that follows from its record. No two
   * stories of an installation share it.
   */
  readonly id: string;
  readonly kind: 'Deviation' | 'Incident' | 'Change' | 'Finding' | 'Notice' | 'Channel' | 'Digest';
  readonly namespace: string;
  readonly service: string;
  readonly criterion?: string;
  readonly since: number;
  /** Number of the record with which it begins. */
  readonly firstSeq: number;
  readonly standing: 'Failing' | 'Unclear' | 'Ended' | 'Notice';
  /** What was seen last, for the team and the authority. */
  readonly seen: string;
  /** Why nobody can say, where that is so. */
  readonly unknownReason?: string;
  readonly severity?: 'low' | 'medium' | 'high' | 'critical';
  /** In a line, for the team and the authority; of an incident, a finding or a channel. */
  readonly title?: string;
  /** Of a channel that stopped. */
  readonly channel?: { readonly name: string; readonly platform: string };
  /** Of a digest: what it says, and of which services, each of which has it on record. */
  readonly digest?: DigestText & { readonly places: readonly Place[] };
  /** Of an incident: who works on it, and by when it is to be handled; for the team. */
  readonly handling?: { readonly level: number; readonly reactBy?: number; readonly recoverBy?: number };
  /** Only of a change. */
  readonly change?: ToldChange;
  /** Of a deviation: the windows of agreed changes in which it falls, for the team and the authority. */
  readonly explainedBy?: readonly ExplainedBy[];
  /** Who is to be told, and since when. */
  readonly addressed: Readonly<Record<string, Addressed>>;
  /** Who is not to be told, for so long as that was not begun. */
  readonly withheld?: Readonly<Record<string, Withheld>>;
  readonly ended?: { readonly at: number; readonly how: string };
  readonly history: readonly Entry[];
  /** Of a criterion that flaps, how many times it has failed within the last hour. */
  readonly times?: number;
}

export interface Addressed {
  readonly at: number;
  /** The operator could tell of it only later. */
  readonly late: boolean;
  /** From then on nobody is told of it for the first time any more. */
  readonly until?: number;
}

/** What messages say of a change. */
export interface ToldChange {
  readonly name: string;
  readonly spec: ChangeRecordSpec;
  readonly window: Period;
  readonly approval: ApprovalState;
  /** All that customers may read of it; absent until something is approved that is to be told to them. */
  readonly toCustomers?: RecordBody<'ChangeRecorded'>['toCustomers'];
  /** The window of which the opening stands in the history, by when it opened. */
  readonly opened?: number;
}

export interface ExplainedBy {
  readonly change: string;
  readonly window: Period;
}

/** What a digest says, in the words of its audience. */
export type DigestText = Pick<Card, 'title' | 'facts' | 'paragraphs'>;

/** By whom, why and when it was decided that an audience is not to be told. */
export interface Withheld {
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** One thing that happened in a story, in the words of each level of audience that hears of it. */
export interface Entry {
  readonly at: number;
  readonly words: Readonly<Partial<Record<Level, string>>>;
  /** Whether it is worth a message of its own; else it is told with the next one. */
  readonly turn?: boolean;
  /** The only audience to which it is worth that. */
  readonly turnFor?: string;
}

/** What a criterion says of itself; undefined for one of which nothing is known any more. */
export type Describe = (namespace: string, criterion: string) => CertificationCriterionSpec | undefined;

/** Whether it is over when it is told. */
export const isMoment = ({ kind }: Pick<Story, 'kind'>): boolean => kind === 'Notice' || kind === 'Digest';

/** Whether it goes on until somebody mends it; of anything else nobody is reminded. */
export const lasts = (story: Pick<Story, 'kind'>): boolean => !isMoment(story) && story.kind !== 'Change';

/** The level of an audience: what it may read. Nobody but the team and the authority reads more than customers. */
export function levelOf(audience: string): Level {
  return audience === 'internal' || audience === 'authority' ? audience : 'customers';
}

/** The entries that an audience hears of, in its words: from the nearest level on outwards. */
export function entriesFor({ history }: Pick<Story, 'history'>, audience: string): ToldEntry[] {
  const level = levelOf(audience);
  return history.flatMap(({ at, words, turn = false, turnFor = audience }) => {
    const text = wordsFor(words, level);
    return text === undefined ? [] : [{ at, text, turn: turn && turnFor === audience }];
  });
}

/** That a channel holds a story, so that it can be withheld: from whom, until when, and for how long, in milliseconds. */
export interface Held {
  readonly audience: string;
  readonly untilMs: number;
  readonly holdMs: number;
}

/** Who holds a story. */
export type Holds = (story: Story) => readonly Held[];

/** An entry in the words of one level. */
export interface ToldEntry {
  readonly at: number;
  readonly text: string;
  readonly turn: boolean;
}

function wordsFor(words: Entry['words'], level: Level): string | undefined {
  if (level === 'customers') return words.customers;
  if (level === 'authority') return words.authority ?? words.customers;
  return words.internal ?? words.authority ?? words.customers;
}

/** Who is told of a story since when, or is to be told then: `internal (2026-11-28T12:00:00Z)`. */
export function toldText({ addressed }: Story): string {
  return Object.entries(addressed)
    .filter(([, { at, until = Infinity }]) => at < until)
    .map(([audience, { at }]) => `${audience} (${secondText(at)})`)
    .join(', ');
}
