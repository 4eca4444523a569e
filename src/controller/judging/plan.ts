import type { ReadyReason, UnknownReason } from '../../api/conditions.ts';
import type { CertificationCriterion, EvidenceItem } from '../../api/criterion.ts';
import { expressionProblem } from '../../domain/expression.ts';
import { digest } from '../../evidence/index.ts';
import { accessTo, kindOf, sourcesOf } from '../../sources/evidence.ts';
import { maxAgeOf } from '../../sources/observe.ts';
import type { KnownCriterion } from './known.ts';
import type { SourcePool } from '../sources/source-pool.ts';

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
  readonly #ruleProblems = new WeakMap<CertificationCriterion['spec'], { readonly found: Problem | undefined }>();

  constructor(pool: SourcePool) {
    this.#pool = pool;
  }

  forget(key: string): void {
    this.#checked.delete(key);
  }

  async plan(
    key: string,
    object: CertificationCriterion,
    { known, now, signal }: { known: KnownCriterion; now: number; signal: AbortSignal },
  ): Promise<Plan> {
    const { metadata, spec } = object;
    const delayMs = this.#delayMs(spec);
    const problem = this.#ruleProblem(spec) ?? this.#sourcesProblem(spec, metadata.namespace ?? '');
    if (problem) return { kind: 'NotReady', delayMs, ...problem };
    const before = this.#checked.get(key);
    // After a start thousands would have to be checked before the first is judged.
    if (before === undefined && this.#wasAnswered(known)) return this.#ready(delayMs);
    const state = this.#state(spec);
    if (before?.of === restsOn(state, before?.found, now)) return before.found;
    const found = await this.#check(object, { delayMs, signal });
    if (!signal.aborted) this.#checked.set(key, { found, of: restsOn(state, found, now) });
    return found;
  }

  /** Found once a spec, not at each slot. */
  #ruleProblem(spec: CertificationCriterion['spec']): Problem | undefined {
    const known = this.#ruleProblems.get(spec) ?? { found: ruleProblem(spec) };
    this.#ruleProblems.set(spec, known);
    return known.found;
  }

  #delayMs({ evidence }: CertificationCriterion['spec']): number {
    return Math.max(0, ...sourcesOf(evidence.filter((item) => !item.source)).map((name) => this.#pool.delayMsOf(name)));
  }

  /**
   * Whether the log says that the latest slot asked just this of just this source, and was answered: a check could say no more. Only of a
   * PromQL query, which is read and planned anew each time that it is asked.
   */
  #wasAnswered({ state, spec, changedAt, sources }: KnownCriterion): boolean {
    const { last } = state.track;
    const [item, ...others] = spec.evidence;
    if (last?.outcome !== 'Met' || last.slot < changedAt || item?.prometheus === undefined || others.length > 0) return false;
    const source = accessTo(item).source(item);
    const digestNow = source === undefined ? undefined : this.#pool.digestOf(source);
    return source !== undefined && digestNow !== undefined && sources[source] === digestNow;
  }

  /** All that the answer of a check rests on. */
  #state(spec: CertificationCriterion['spec']): string {
    const sources = sourcesOf(spec.evidence).map((name) => {
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
    if (name === undefined) return undefined;
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
    if (item.source) return undefined;
    const kind = kindOf(item);
    if (standing?.kind === 'Usable' && !(kind in standing.reader.kinds)) {
      const message = `evidence ${item.name}: the EvidenceSource ${name} has no evidence of kind ${kind}`;
      return { reason: 'SourceKindMismatch', message, unknown: 'QueryFailed' };
    }
    if (standing?.kind !== 'Unusable') return undefined;
    return { reason: 'CredentialsMissing', message: `evidence ${item.name}: source ${name}: ${standing.message}`, unknown };
  }

  async #check(
    { metadata, spec }: CertificationCriterion,
    { delayMs, signal }: { delayMs: number; signal: AbortSignal },
  ): Promise<Plan> {
    const maxAgeMs = maxAgeOf(spec);
    const limited = AbortSignal.any([signal, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
    const asker = { namespace: metadata.namespace ?? '', service: spec.service };
    const asking = { sources: this.#pool, asker, signal: limited };
    for (const item of spec.evidence) {
      const problem = await accessTo(item).check(item, maxAgeMs, asking);
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

/** What is wrong with the expression of the rule, if it has one. */
function ruleProblem({ rule, evidence }: CertificationCriterion['spec']): Problem | undefined {
  if (rule.expression === undefined) return undefined;
  const names = evidence.map(({ name }) => name);
  const message = expressionProblem(rule.expression, names);
  return message === undefined ? undefined : { reason: 'InvalidExpression', message, unknown: 'ExpressionFailed' };
}
