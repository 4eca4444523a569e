import type { ClusterRefusal, FoundObjects } from './cluster.ts';
import type { Unavailable } from './source.ts';

type NotFound = Extract<FoundObjects, { kind: 'NotFound' }>;

/** The value of the chart that says which kinds may be read as evidence, as messages name it. */
export const READABLE_KINDS = "the chart's value readableResources lists the kinds that may be read";

/** The reading where objects could not be had. */
export function unavailableFor({ reason, message }: NotFound): Unavailable {
  return { kind: 'Unavailable', reason: reason === 'TooMany' ? 'TooManySeries' : 'SourceUnreachable', message };
}

/** The refusal of a criterion that asks for a kind which may not be read. */
export const kindNotAllowed = (message: string): ClusterRefusal => ({ reason: 'KindNotAllowed', message });
