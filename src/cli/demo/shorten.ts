import type { CertificationCriterion, CertificationCriterionSpec } from '../../api/criterion.ts';
import type { EvidenceSource } from '../../api/source.ts';

/** A field that the demo sets otherwise than the example does. */
export interface Change {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

/** An object of the example as the demo applies it, and in what it differs. */
export interface Changed<T> {
  readonly object: T;
  readonly changes: readonly Change[];
}

/** The quarter of an hour after which those outside are told, and how long it is here. */
export const QUARTER = { from: '15m', to: '15s', seconds: 15 };

/** How long the shop must be down until the verdict is Fail. */
export const HOLD_SECONDS = 5;

/** How long it must be back until the verdict is Pass again. */
export const RECOVER_SECONDS = 3;

/** The times of the criterion, so short that its whole life fits into a minute. */
const TIMES = {
  interval: '1s',
  holdFor: `${HOLD_SECONDS}s`,
  recoverFor: `${RECOVER_SECONDS}s`,
  unknownFor: '10s',
} satisfies Partial<CertificationCriterionSpec>;
const EVALUATION_DELAY = '1s';

/** The criterion with the times of the demo; of its escalation only the steps after 15 minutes are shortened. */
export function shortenCriterion(criterion: CertificationCriterion): Changed<CertificationCriterion> {
  const { spec } = criterion;
  const times = Object.entries(TIMES).map(([field, to]) => change(field, spec[field as keyof typeof TIMES], to));
  const steps = spec.escalation ?? [];
  const shortened = steps.filter(({ after }) => after === QUARTER.from);
  return {
    object: {
      ...criterion,
      spec: {
        ...spec,
        ...TIMES,
        escalation: steps.map((step) => (shortened.includes(step) ? { ...step, after: QUARTER.to } : step)),
      },
    },
    changes: changed([...times, ...shortened.map(({ audience, after }) => change(`escalation, ${audience}`, after, QUARTER.to))]),
  };
}

/** The source with the address of the demo's own Prometheus. */
export function redirectSource(source: EvidenceSource, url: string): Changed<EvidenceSource> {
  const { spec } = source;
  return {
    object: { ...source, spec: { ...spec, prometheus: { ...spec.prometheus, url }, evaluationDelay: EVALUATION_DELAY } },
    changes: changed([
      change('prometheus.url', spec.prometheus?.url, url),
      change('evaluationDelay', spec.evaluationDelay, EVALUATION_DELAY),
    ]),
  };
}

const change = (field: string, from: string | undefined, to: string): Change => ({ field, from: from ?? '(default)', to });

const changed = (changes: readonly Change[]): Change[] => changes.filter(({ from, to }) => from !== to);
