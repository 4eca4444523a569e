import type { LogRecord, RecordBody } from '../../api/records.ts';
import { verdictOf } from '../../domain/criterion.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { explanationsOf } from '../../domain/explained.ts';
import type { KnownChange } from '../../domain/change.ts';
import type { KnownIncident } from '../../domain/incident.ts';
import { countsForAvailability, type ReportedDeviation } from '../../domain/period.ts';
import type { ServicePeriod } from '../../domain/service-period.ts';
import type { CriterionStanding } from '../../domain/standing.ts';
import type { Period } from '../../domain/timeline.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { incidentStory } from '../../notify/stories/incident-story.ts';
import type { MessageRef } from '../../notify/notifier.ts';
import type { Story } from '../../notify/stories/story.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ChangeBooks } from '../keeping/change-book.ts';
import type { IncidentBooks } from '../keeping/incident-book.ts';
import type { KnownCriterion } from '../judging/known.ts';
import type { Ledger } from '../judging/ledger.ts';
import { newLogBooks } from '../keeping/log-books.ts';
import { newPastPeriods } from './past-periods.ts';
import type { StoryLedger } from '../telling/story-ledger.ts';
import { storiesOfMessage } from './told-message.ts';

export interface ChatFactsOptions {
  readonly store: EvidenceStore;
  readonly ledger: Pick<Ledger, 'list' | 'get'>;
  readonly clock: Clock;
  readonly incidents: IncidentBooks;
  readonly changes: ChangeBooks;
  /** What the teller knows of stories and threads. */
  readonly stories: Pick<StoryLedger, 'of'>;
}

/** An incident as the log knows it, and what of it each audience reads. */
export interface IncidentTold {
  readonly known: KnownIncident;
  readonly story: Story;
}

/** What people may ask for in a chat, from the evidence log. Everything rejects with AssayError STORE_FAILED. */
export interface ChatFacts {
  /** The criteria of a service that there are. */
  criteria(service: ServiceName): Promise<readonly CriterionStanding[]>;
  period(service: ServiceName, period: Period): Promise<ServicePeriod>;
  /** By name; those whose objects are deleted are among them. */
  incidents(service: ServiceName): Promise<ReadonlyMap<string, IncidentTold>>;
  /** By name. */
  changes(service: ServiceName): Promise<ReadonlyMap<string, KnownChange>>;
  /** What a message tells of, of these services; a message that is no message of ours tells of nothing. */
  storiesOfMessage(channel: string, message: MessageRef, services: readonly ServiceName[]): Promise<readonly Story[]>;
}

/** Reads the facts. */
export function newChatFacts({ store, ledger, clock, incidents, changes, stories }: ChatFactsOptions): ChatFacts {
  const told = newIncidentStories(store);
  const periods = newPastPeriods({ store, ledger, clock });
  return {
    criteria: (service) => Promise.all(criteriaOf(ledger, service).map((known) => standingOf(store, known))),
    period: async (service, period) => periods.of(service, period, explanationsOf(await changes.of(service))),
    changes: (service) => changes.of(service),
    incidents: async (service) => {
      const [known, ofName] = await Promise.all([incidents.of(service), told.of(service)]);
      const all = [...known].flatMap(([name, of]): [string, IncidentTold][] => {
        const story = ofName.get(name);
        return story ? [[name, { known: of, story }]] : [];
      });
      return new Map(all);
    },
    storiesOfMessage: (channel, message, services) =>
      storiesOfMessage({ store, stories, now: clock.now() }, { channel, message, services }),
  };
}

/** The stories of all incidents of a service by their names, however long they are over. */
function newIncidentStories(store: Pick<EvidenceStore, 'read'>) {
  return newLogBooks<Map<string, Story>>(store, {
    kinds: ['IncidentChanged'],
    begin: () => new Map(),
    take: (book, record) => {
      if (record.kind !== 'IncidentChanged') return book;
      const { incident } = record.body;
      return book.set(incident, incidentStory(book.get(incident), record));
    },
  });
}

function criteriaOf(ledger: Pick<Ledger, 'list'>, { namespace, service }: ServiceName): KnownCriterion[] {
  return [...ledger.list()].filter(
    (known) => known.namespace === namespace && known.service === service && known.state.standing !== 'Deleted',
  );
}

async function standingOf(store: Pick<EvidenceStore, 'read'>, known: KnownCriterion): Promise<CriterionStanding> {
  const { name, spec, state } = known;
  const verdict = verdictOf(state);
  // Nobody asks why it holds.
  const message = verdict === 'Pass' ? undefined : await messageOf(store, known);
  const { since, reason } = state;
  return {
    ...{ name, spec, since, reason, verdict, counts: countsForAvailability(state) },
    ...(message !== undefined && { message }),
    deviations: [...state.past, ...openOf(known)],
  };
}

function openOf({ state }: KnownCriterion): ReportedDeviation[] {
  const { deviation } = state.track;
  return deviation ? [{ id: deviationId(state.id, deviation.from), from: deviation.from }] : [];
}

/** What was seen when the verdict became what it is. */
async function messageOf(
  store: Pick<EvidenceStore, 'read'>,
  { namespace, service, verdict }: KnownCriterion,
): Promise<string | undefined> {
  if (verdict === undefined) return undefined;
  const { seq } = verdict;
  let body: RecordBody<'VerdictChanged'> | undefined;
  const take = (record: LogRecord): void => {
    if (record.kind === 'VerdictChanged') ({ body } = record);
  };
  for await (const record of store.read({ namespace, service, fromSeq: seq, toSeq: seq })) take(record);
  return body?.message;
}
