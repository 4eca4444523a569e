import { incidentAfter, type KnownIncident } from '../../domain/incident.ts';
import type { EvidenceStore } from '../../evidence/index.ts';
import { type LogBooks, newLogBooks } from './log-books.ts';

/** The incidents of a service by name, as its log knows them. */
export type IncidentBooks = LogBooks<ReadonlyMap<string, KnownIncident>>;

/** Makes the books of incidents of a log. */
export function newIncidentBooks(store: EvidenceStore): IncidentBooks {
  return newLogBooks<Map<string, KnownIncident>>(store, {
    kinds: ['IncidentChanged'],
    begin: () => new Map(),
    take: (incidents, record) => {
      if (record.kind !== 'IncidentChanged') return incidents;
      const { incident } = record.body;
      return incidents.set(incident, incidentAfter(incidents.get(incident), record.body));
    },
  });
}
