import { setImmediate } from 'node:timers/promises';

import type { KubeObject } from '../api/common.ts';
import type { ResourceEvidence } from '../api/evidence-kinds.ts';
import type { Reading } from '../domain/sample.ts';
import type { Asker, ClusterObjects, ClusterReader, FoundObjects } from './cluster.ts';
import { type Demand, demandOf } from './resource-demand.ts';
import { kindNotAllowed, READABLE_KINDS, unavailableFor } from './resource-absence.ts';

/**
 * Counts the objects of a kind that break an expression, or those that hold it. One of which the expression can not be said (a field
 * is missing) breaks it; no object at all is no evidence.
 */
export const resourceReader: ClusterReader<ResourceEvidence> = {
  read: async (query, objects, asker, signal) => {
    const demand = demandOf(query.expression);
    if (demand.kind === 'Invalid') return failed(demand.message);
    const found = await listed(query, objects, asker, signal);
    if (found.kind === 'NotFound') return unavailableFor(found);
    return counted(query, demand, found.objects, signal);
  },
  check: async (query, objects, asker, signal) => {
    const demand = demandOf(query.expression);
    if (demand.kind === 'Invalid') return { reason: 'InvalidExpression', message: demand.message };
    const found = await listed(query, objects, asker, signal);
    if (found.kind === 'Objects') return undefined;
    if (found.reason === 'NotServed') return kindNotAllowed(`${found.message}; ${READABLE_KINDS}`);
    return found.reason === 'NotAllowed' ? kindNotAllowed(found.message) : undefined;
  },
};

function listed(
  query: ResourceEvidence,
  objects: ClusterObjects,
  { namespace }: Asker,
  signal: AbortSignal,
): Promise<FoundObjects> {
  const { apiVersion, kind, selector } = query;
  return objects.list({ apiVersion, kind, namespace, ...(selector && { selector }) }, signal);
}

// Between so many objects, others have their turn.
const AT_A_TIME = 100;

async function counted(
  { count = 'Breaking' }: ResourceEvidence,
  demand: Extract<Demand, { kind: 'Demand' }>,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Reading> {
  if (objects.length === 0) return { kind: 'Samples', samples: [] };
  const held = demand.begin();
  const found = { Holds: 0, Breaks: 0, Unclear: 0 };
  for (const [index, object] of objects.entries()) {
    if (index > 0 && index % AT_A_TIME === 0) await setImmediate();
    if (signal.aborted) return failed('the read was given up before all objects were looked at');
    const which = held(object);
    if (which === 'TooCostly') return failed('the expression takes too many steps on these objects');
    found[which] += 1;
  }
  if (count === 'Breaking') return { kind: 'Samples', samples: [{ labels: {}, value: found.Breaks + found.Unclear }] };
  // What can not be said of an object is held by none that breaks, and may be held: the number is the least that it can be.
  const partial = found.Unclear > 0 ? { partial: `of ${found.Unclear} objects the expression can not be said` } : {};
  return { kind: 'Samples', samples: [{ labels: {}, value: found.Holds }], ...partial };
}

const failed = (message: string): Reading => ({ kind: 'Unavailable', reason: 'ExpressionFailed', message });
