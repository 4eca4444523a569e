import type { ReadyReason, UnknownReason } from '../api/conditions.ts';
import type { CertificationCriterion, EvidenceItem } from '../api/criterion.ts';
import { durationMs } from '../domain/duration.ts';
import { digest } from '../evidence/index.ts';
import { accessTo } from '../sources/evidence.ts';
import type { KnownCriterion } from './known.ts';
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

type Problem = Omit<Extract<Plan, { kind: 'NotReady' }>, 'kind' | 'delayMs'>;

const RECHECK_MS = 10 * 60_000;
const CHECK_TIMEOUT_MS = 15_000;

/** Plans criteria; what a source said of a query is kept until query, source or its reachability change. */
export class Planner {
  readonly #pool: SourcePool;
  readonly #checked = new Map<string, { readonly of: string; readonly found: Plan }>();
  readonly #readyPlans = new Map<number, Plan>();
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
    { known, now, signal }: { known: KnownCriterion; now: number; signal: AbortSignal },
  ): Promise<Plan> {
    const delayMs = this.#delayMs(spec);
    const problem = this.#sourcesProblem(spec, metadata.namespace ?? '');
    if (problem) return { kind: 'NotReady', delayMs, ...problem };
    const before = this.#checked.get(key);
    // After a start thousands would have to be checked before the first is judged.
    if (before === undefined && this.#wasAnswered(known)) return this.#ready(delayMs);
    const state = this.#state(spec);
    if (before?.of === restsOn(state, before?.found, now)) return before.found;
    const found = await this.#check(spec, delayMs, signal);
    if (!signal.aborted) this.#checked.set(key, { found, of: restsOn(state, found, now) });
    return found;
  }

  #delayMs({ evidence }: CertificationCriterion['spec']): number {
    return Math.max(0, ...evidence.map((item) => (item.source ? 0 : this.#pool.delayMsOf(accessTo(item).source(item)))));
  }

  /** Whether the log says that the latest slot asked just this of just this source, and was answered: a check could say no more. */
  #wasAnswered({ state, spec, changedAt, sources }: KnownCriterion): boolean {
    const { last } = state.track;
    const [item, ...others] = spec.evidence;
    if (last?.outcome !== 'Met' || last.slot < changedAt || item === undefined || others.length > 0) return false;
    const source = accessTo(item).source(item);
    const digestNow = this.#pool.digestOf(source);
    return digestNow !== undefined && sources[source] === digestNow;
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

  #sourcesProblem({ evidence }: CertificationCriterion['spec'], namespace: string): Problem | undefined {
    for (const item of evidence) {
      const problem = this.#sourceProblem(item, namespace);
      if (problem) return problem;
    }
    return undefined;
  }

  #sourceProblem(item: EvidenceItem, namespace: string): Problem | undefined {
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
    return this.#ready(delayMs);
  }

  /** One object for all: plans are compared by identity. */
  #ready(delayMs: number): Plan {
    const plan = this.#readyPlans.get(delayMs) ?? { kind: 'Ready', delayMs };
    this.#readyPlans.set(delayMs, plan);
    return plan;
  }
}

/** What a finding rests on; that something is wrong is looked at again after a while. */
const restsOn = (state: string, found: Plan | undefined, now: number): string =>
  found?.kind === 'NotReady' ? `${state}@${Math.floor(now / RECHECK_MS)}` : state;
