import type { Control, KubeObject, ObjectMeta } from '../api/common.ts';
import type { INCIDENT_READY_REASONS } from '../api/conditions.ts';

/** Controls in one line, each id once: `OPS-02, OPS-17`. */
export function controlsText(controls: readonly Control[]): string {
  return [...new Set(controls.map(({ id }) => id))].join(', ');
}

/** Of which spec a status or condition speaks; nothing where the API server has not numbered it. */
export function generationOf({ generation }: ObjectMeta): { observedGeneration?: number } {
  return generation === undefined ? {} : { observedGeneration: generation };
}

/** Statuses change often and demand nothing: what is demanded is the spec, and whose object it is. */
export function isSameDemand(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  return (
    before !== undefined &&
    after !== undefined &&
    before.metadata.uid === after.metadata.uid &&
    before.metadata.generation === after.metadata.generation
  );
}

// With the dot and 16 digits behind it, under the 253 characters of a name.
const MAX_NAME = 230;

/** The name of an Event about an object: the same for the same digits, and a name wherever a long one is cut. */
export const eventName = (object: string, digits: string): string =>
  `${object.slice(0, MAX_NAME).replace(/[-.]+$/, '')}.${digits}`;

/** The condition of what people write, once it is on record. */
export const RECORDED = {
  type: 'Ready',
  status: 'True',
  reason: 'Recorded' satisfies keyof typeof INCIDENT_READY_REASONS,
  message: 'everything that it says is on record',
} as const;

/** The condition of what is on record and about nothing; `doubt` is a sentence that says why. */
export const recordedInDoubt = (doubt: string) =>
  ({
    ...RECORDED,
    status: 'False',
    reason: 'CriterionUnknown' satisfies keyof typeof INCIDENT_READY_REASONS,
    message: doubt,
  }) as const;
