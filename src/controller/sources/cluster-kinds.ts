import { type Resource, statusOf, type Transport } from '../../kube/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { newSharing } from '../../sources/sharing.ts';

/** Finds how the API server addresses kinds. */
export interface ClusterKinds {
  /** Undefined where no such kind can be listed; throws what the transport throws. */
  find(apiVersion: string, kind: string, signal: AbortSignal): Promise<Resource | undefined>;
  /** Forgets the kinds of a group, as when one turned out to be gone. */
  forget(apiVersion: string): void;
}

type Group = ReadonlyMap<string, Resource>;

const KEEP_MS = 5 * 60_000;
// What is not there may be installed any time, and is then to be found soon.
const KEEP_ABSENT_MS = 30_000;
const KEEP_GROUPS = 200;

/** Makes a finder that asks the API server for each group and version, and keeps what it finds for five minutes. */
export function newClusterKinds(transport: Transport, clock: Clock): ClusterKinds {
  const known = new Map<string, { readonly group: Group; readonly at: number }>();
  const asking = newSharing<Group>({ clock, keepMs: 0, maxWeight: 0, weightOf: () => 0 });
  const ask = async (apiVersion: string, signal: AbortSignal): Promise<Group> => {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const answer = await transport.request({ method: 'GET', path, signal }).catch(nothingIfAbsent);
    const group = groupOf(apiVersion, answer);
    known.delete(apiVersion);
    known.set(apiVersion, { group, at: clock.now() });
    for (const oldest of known.keys()) if (known.size > KEEP_GROUPS) known.delete(oldest);
    return group;
  };
  return {
    find: async (apiVersion, kind, signal) => {
      const kept = known.get(apiVersion);
      const found = kept?.group.get(kind);
      const isFresh = kept && clock.now() - kept.at < (found ? KEEP_MS : KEEP_ABSENT_MS);
      if (isFresh) return found;
      return (await asking.ask(apiVersion, (all) => ask(apiVersion, all), signal)).get(kind);
    },
    forget: (apiVersion) => void known.delete(apiVersion),
  };
}

function nothingIfAbsent(error: unknown): object {
  if (statusOf(error) === 404) return {};
  throw error;
}

interface Discovered {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs?: readonly string[];
}

/** Subresources carry the kind of what they take, and are none. */
function groupOf(apiVersion: string, answer: unknown): Group {
  const { resources = [] } = answer as { readonly resources?: readonly Discovered[] };
  const listed = resources.filter(({ name, verbs = [] }) => !name.includes('/') && verbs.includes('list'));
  return new Map(listed.map(({ name: plural, kind, namespaced }) => [kind, { apiVersion, kind, plural, namespaced }]));
}
