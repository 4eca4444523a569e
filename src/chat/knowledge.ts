import { qualified } from '../api/common.ts';
import type { Level } from '../api/records.ts';
import type { CriterionStanding } from '../domain/standing.ts';
import type { Place } from '../notify/notifier.ts';
import { levelOf } from '../notify/stories/story.ts';
import type { Facts, IncidentFacts } from './facts.ts';

/** A criterion that an asker may know of. */
export interface KnownCriterion {
  readonly place: Place;
  readonly standing: CriterionStanding;
}

/** An incident that an asker may know of. */
export interface KnownIncident extends IncidentFacts {
  readonly place: Place;
  /** Of its object. */
  readonly name: string;
}

/**
 * All that an asker may know of, by the names that are used for it: without its namespace where that is enough. What is not in here does
 * not exist for them.
 */
export interface Knowledge {
  readonly level: Level;
  readonly services: ReadonlyMap<string, Place>;
  readonly criteria: ReadonlyMap<string, KnownCriterion>;
  readonly incidents: ReadonlyMap<string, KnownIncident>;
}

/** Gathers what an audience may know of some services. */
export async function knowledgeOf(facts: Facts, audience: string, places: readonly Place[]): Promise<Knowledge> {
  const level = levelOf(audience);
  const [criteria, incidents] = await Promise.all([
    // Names of criteria are of the inside.
    level === 'customers' ? [] : Promise.all(places.map((place) => criteriaOf(facts, place))),
    Promise.all(places.map((place) => incidentsOf(facts, place, level))),
  ]);
  return {
    level,
    services: named(places.map((place) => ({ namespace: place.namespace, name: place.service, of: place }))),
    criteria: named(criteria.flat().map((of) => ({ namespace: of.place.namespace, name: of.standing.name, of }))),
    incidents: named(thoseThere(incidents.flat()).map((of) => ({ namespace: of.place.namespace, name: of.name, of }))),
  };
}

async function criteriaOf(facts: Facts, place: Place): Promise<KnownCriterion[]> {
  return (await facts.criteria(place)).map((standing) => ({ place, standing }));
}

/** An incident is known to whom it is told: a suspicion to the team alone. */
async function incidentsOf(facts: Facts, place: Place, level: Level): Promise<KnownIncident[]> {
  return [...(await facts.incidents(place))].flatMap(([name, incident]) =>
    incident.story.addressed[level] === undefined ? [] : [{ place, name, ...incident }],
  );
}

/** Of two of one name, the one whose object went on for another service is the one that there is. */
function thoseThere(incidents: readonly KnownIncident[]): KnownIncident[] {
  const byKey = new Map<string, KnownIncident>();
  for (const incident of incidents) {
    const key = qualified(incident.place.namespace, incident.name);
    if (!incident.known.isDeleted || !byKey.has(key)) byKey.set(key, incident);
  }
  return [...byKey.values()];
}

interface Named<T> {
  readonly namespace: string;
  readonly name: string;
  readonly of: T;
}

function named<T>(all: readonly Named<T>[]): ReadonlyMap<string, T> {
  const counts = new Map<string, number>();
  for (const { name } of all) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(all.map(({ namespace, name, of }) => [(counts.get(name) ?? 0) > 1 ? qualified(namespace, name) : name, of]));
}
