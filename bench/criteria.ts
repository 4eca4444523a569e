import { slotOffsetMs } from '../src/domain/slots.ts';
import type { Manifest } from '../test/cluster/kube-api.ts';

/** Criteria that stand on one service each. */
export const CRITERIA_A_SERVICE = 10;
export const NAMESPACE = 'bench';
export const SOURCE = 'prometheus';
/** What the names of all metrics begin with that the exporter shows. */
export const METRIC = 'bench_gauge';
const BOUND = 100;

/**
 * How the queries of criteria look. `distinct`: any two differ in their metric or in two labels, so each has to be asked for itself.
 * `family`: those of one service differ in one label value only, so they may be asked together.
 */
export const SHAPES = ['distinct', 'family'] as const;
export type Shape = (typeof SHAPES)[number];

/** One criterion of a bench: asks for one series of its own, whose value moves with each scrape and always holds. */
export interface BenchCriterion {
  readonly name: string;
  readonly service: string;
  /** The selector of its one series, which is also how an exporter writes it. */
  readonly query: string;
}

/** So many criteria, ten a service; the same for exporter, operator and bare client. */
export function criteriaOf(count: number, shape: Shape = 'distinct', prefix = 'service'): BenchCriterion[] {
  return Array.from({ length: count }, (_, index) => {
    const number = Math.floor(index / CRITERIA_A_SERVICE);
    const service = `${prefix}-${number}`;
    const check = index % CRITERIA_A_SERVICE;
    const query =
      shape === 'family'
        ? `${METRIC}{service="${service}",check="${check}"}`
        : `${METRIC}_${check}{service="${service}",zone="zone-${number}"}`;
    return { name: `${service}-check-${check}`, service, query };
  });
}

/** The shape of that name. */
export function shapeNamed(name: string): Shape {
  const shape = SHAPES.find((each) => each === name);
  if (shape === undefined) throw new RangeError(`there is no shape "${name}"; there are ${SHAPES.join(' and ')}`);
  return shape;
}

/** How the criteria are judged. */
export interface Judged {
  readonly intervalMs: number;
  readonly namespace?: string;
  readonly source?: string;
}

/** The object of a criterion. It passes with the first look, so that the start is over soon. */
export function manifestOf(
  { name, service, query }: BenchCriterion,
  { intervalMs, namespace = NAMESPACE, source = SOURCE }: Judged,
): Manifest {
  const controls = [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }];
  const spec = {
    ...{ title: `Bench ${name}`, service, controls, interval: `${intervalMs / 1000}s`, recoverFor: '0s' },
    evidence: [{ name: 'gauge', prometheus: { source, query } }],
    rule: { threshold: { evidence: 'gauge', op: '<', value: BOUND } },
    objective: { target: '99.9', window: '30d' },
  };
  return { kind: 'CertificationCriterion', metadata: { name, namespace }, ...{ spec } };
}

/** Criteria that are due at the same moments, and how far into the interval: the pace at which the operator asks. */
export function slotGroups(criteria: readonly BenchCriterion[], intervalMs: number): Map<number, BenchCriterion[]> {
  const groups = new Map<number, BenchCriterion[]>();
  for (const criterion of criteria) {
    const offsetMs = slotOffsetMs(NAMESPACE, criterion.service, intervalMs);
    groups.set(offsetMs, [...(groups.get(offsetMs) ?? []), criterion]);
  }
  return groups;
}
