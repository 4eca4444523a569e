import type { ReadyReason, UnknownReason } from '../api/conditions.ts';
import type { CertificationCriterion, EvidenceItem } from '../api/criterion.ts';
import { durationMs } from '../domain/duration.ts';
import { digest } from '../evidence/index.ts';
import { accessTo } from '../sources/evidence.ts';
import type { SourcePool } from './source-pool.ts';

/** Whether a criterion can be evaluated as it is written, and how long after a slot. */
export type Plan =
  | { readonly kind: 'Ready'; readonly delayMs: number }
  | {
      readonly kind: 'NotReady';
      readonly reason: ReadyReason;
      readonly message: string;
      readonly unknown: UnknownReason;
      readonly delayMs: number;
    };

const RECHECK_MS = 10 * 60_000;
const CHECK_TIMEOUT_MS = 15_000;

/** Plans criteria; what a source said of a query is kept until query, source or its reachability change. */
export class Planner {
  readonly #pool: SourcePool;
  readonly #checked = new Map<string, { readonly of: string; readonly found: Plan }>();
  readonly #questions = new WeakMap<CertificationCriterion['spec'], string>();

  constructor(pool: SourcePool) {
    this.#pool = pool;
  }

  forget(key: string): void {
    this.#checked.delete(key);
  }

  async plan(
    key: string,
    { metadata, spec }: CertificationCriterion,
    { now, signal }: { now: number; signal: AbortSignal },
  ): Promise<Plan> {
    const delayMs = Math.max(
      0,
      ...spec.evidence.map((item) => (item.source ? 0 : this.#pool.delayMsOf(accessTo(item).source(item)))),
    );
    for (const item of spec.evidence) {
      const problem = this.#sourceProblem(item, metadata.namespace ?? '');
      if (problem) return { kind: 'NotReady', delayMs, ...problem };
    }
    const of = this.#state(spec);
    const before = this.#checked.get(key);
    const stale = before?.found.kind === 'NotReady' ? `${of}@${Math.floor(now / RECHECK_MS)}` : of;
    if (before?.of === stale) return before.found;
    const found = await this.#check(spec, delayMs, signal);
    if (signal.aborted) return found;
    this.#checked.set(key, { found, of: found.kind === 'NotReady' ? `${of}@${Math.floor(now / RECHECK_MS)}` : of });
    return found;
  }

  /** All that the answer of a check rests on. */
  #state(spec: CertificationCriterion['spec']): string {
    const sources = spec.evidence.map((item) => {
      const name = accessTo(item).source(item);
      const standing = this.#pool.get(name);
      return `${this.#pool.digestOf(name) ?? ''} ${standing?.kind === 'Usable' ? standing.timesRegained : 'unusable'}`;
    });
    return [this.#questionsOf(spec), ...sources].join(' ');
  }

  #questionsOf(spec: CertificationCriterion['spec']): string {
    const before = this.#questions.get(spec);
    if (before !== undefined) return before;
    const items = spec.evidence.map((item) => accessTo(item).question(item));
    const questions = digest({ items, maxAge: spec.maxAge ?? null });
    this.#questions.set(spec, questions);
    return questions;
  }

  #sourceProblem(
    item: EvidenceItem,
    namespace: string,
  ): Omit<Extract<Plan, { kind: 'NotReady' }>, 'kind' | 'delayMs'> | undefined {
    const name = accessTo(item).source(item);
    const grant = this.#pool.grant(name, namespace);
    const unknown = 'SourceUnreachable';
    if (grant === 'NotFound')
      return { reason: 'SourceNotFound', message: `evidence ${item.name}: no EvidenceSource is named ${name}`, unknown };
    if (grant === 'NotAllowed') {
      return {
        reason: 'SourceNotAllowed',
        message: `evidence ${item.name}: the EvidenceSource ${name} is not granted to namespace ${namespace}`,
        unknown,
      };
    }
    const standing = this.#pool.get(name);
    // Whether a source answers is evidence itself: such an item judges an unusable source as not answering.
    if (item.source || standing?.kind !== 'Unusable') return undefined;
    return { reason: 'CredentialsMissing', message: `evidence ${item.name}: source ${name}: ${standing.message}`, unknown };
  }

  async #check({ evidence, maxAge }: CertificationCriterion['spec'], delayMs: number, signal: AbortSignal): Promise<Plan> {
    const maxAgeMs = durationMs(maxAge ?? '5m');
    for (const item of evidence) {
      if (!item.prometheus) continue;
      const reader = this.#pool.reader(item.prometheus.source);
      if ('kind' in reader) continue;
      const problem = await reader.check(
        { query: item.prometheus.query, maxAgeMs },
        AbortSignal.any([signal, AbortSignal.timeout(CHECK_TIMEOUT_MS)]),
      );
      if (problem) {
        return {
          kind: 'NotReady',
          delayMs,
          reason: problem.reason,
          message: `evidence ${item.name}: ${problem.message}`,
          unknown: 'QueryFailed',
        };
      }
    }
    return { kind: 'Ready', delayMs };
  }
}
