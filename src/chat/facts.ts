import type { KnownChange } from '../domain/change.ts';
import type { KnownIncident } from '../domain/incident.ts';
import type { ServicePeriod } from '../domain/service-period.ts';
import type { CriterionStanding } from '../domain/standing.ts';
import type { Period } from '../domain/timeline.ts';
import type { MessageRef, Place } from '../notify/notifier.ts';
import type { Story } from '../notify/stories/story.ts';

/** An incident as the log knows it, and what of it each audience reads. */
export interface IncidentFacts {
  readonly known: KnownIncident;
  readonly story: Story;
}

/** What there is to know. Whoever answers chooses what of it an asker may see. */
export interface Facts {
  /** The criteria of a service that there are. */
  criteria(service: Place): Promise<readonly CriterionStanding[]>;
  period(service: Place, period: Period): Promise<ServicePeriod>;
  /** By name; those whose objects are deleted are among them. */
  incidents(service: Place): Promise<ReadonlyMap<string, IncidentFacts>>;
  /** By name. */
  changes(service: Place): Promise<ReadonlyMap<string, KnownChange>>;
  /** What a message tells of, of these services. */
  storiesOfMessage(channel: string, message: MessageRef, services: readonly Place[]): Promise<readonly Story[]>;
}
