import type { CertificationCriterion } from '../api/criterion.ts';
import type { Store, StatusWriter } from '../kube/index.ts';
import type { Observation } from '../sources/observe.ts';
import { changeRecord, changesOf, subjectOf } from './changes.ts';
import { criterionStatus } from './criterion-status.ts';
import { commit, type JudgingParts, judgeDueSlots, logVerdicts } from './judging-loop.ts';
import { type KnownCriterion } from './known.ts';
import { keepLiveReport, type LiveReportParts, writeLiveReport } from './live-report.ts';
import { type Plan, Planner } from './plan.ts';
import { RESOURCES } from './resources.ts';
import { sourceChanges } from './source-changes.ts';
import { StatusPace } from './status-pace.ts';
import { Validated } from './validated.ts';
import { invalidSpecStatus } from './invalid-spec.ts';

export interface CriterionParts extends JudgingParts, LiveReportParts {
  readonly criteria: Store<CertificationCriterion>;
  readonly statuses: StatusWriter;
}

/** Comes back in this many milliseconds; undefined when only a change of the object brings it back. */
export type Next = number | undefined;

/**
 * Brings one criterion up to date: what the API server has of it goes on record, the slots that are due are judged, and what
 * changed is shown. Called for one key by one caller at a time.
 */
export class CriterionReconciler {
  readonly #parts: CriterionParts;
  readonly #planner: Planner;
  readonly #validated = new Validated();
  readonly #pace = new StatusPace();
  readonly #latest = new Map<string, Observation>();

  constructor(parts: CriterionParts) {
    this.#parts = parts;
    this.#planner = new Planner(parts.pool);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Next> {
    const object = this.#parts.criteria.get(key);
    const problem = object && this.#validated.problemOf(object);
    if (object && problem !== undefined) return this.#showInvalid(object, problem);
    const known = await this.#recordChanges(key, object);
    if (!object || !known) return this.#forget(key);
    const plan = await this.#planner.plan(key, object, this.#parts.clock.now());
    const current = await this.#recordSourceChanges(known, object);
    if (current.state.standing === 'Suspended') return this.#showSuspended(object, current, plan, signal);
    const { known: judged, observation, nextMs } = await judgeDueSlots(this.#parts, { object, known: current, plan }, signal);
    if (observation) this.#latest.set(key, observation);
    await this.#show(key, { object, known: judged, plan }, signal);
    return nextMs;
  }

  async #recordChanges(key: string, object: CertificationCriterion | undefined): Promise<KnownCriterion | undefined> {
    const { ledger, clock, log } = this.#parts;
    const at = clock.now();
    for (const change of changesOf(object, ledger.get(key), at)) {
      const before = ledger.get(key);
      const subject = change === 'Deleted' || !object ? before : subjectOf(object);
      if (!subject) continue;
      const { namespace, service, name } = subject;
      const content = changeRecord(subject, change, at);
      const message = `the criterion was ${change.toLowerCase()}`;
      const committed = await ledger.commit({ namespace, service, criterion: name, content, message });
      log.info('criterion changed', { criterion: key, change });
      logVerdicts(log, committed);
      if (change !== 'Resumed') this.#latest.delete(key);
    }
    return ledger.get(key);
  }

  async #recordSourceChanges(known: KnownCriterion, object: CertificationCriterion): Promise<KnownCriterion> {
    const { pool, ledger, clock } = this.#parts;
    let current = known;
    for (const content of sourceChanges(known, object.spec.evidence, pool, clock.now())) {
      current = (await commit(ledger, current, content, 'a source of the criterion was changed')).known;
    }
    return current;
  }

  async #showSuspended(object: CertificationCriterion, known: KnownCriterion, plan: Plan, signal: AbortSignal): Promise<Next> {
    await this.#show(known.state.id, { object, known, plan }, signal);
    const until = object.spec.suspend?.until;
    return until === undefined ? undefined : Math.max(0, Date.parse(until) - this.#parts.clock.now());
  }

  async #show(
    key: string,
    { object, known, plan }: { object: CertificationCriterion; known: KnownCriterion; plan: Plan },
    signal: AbortSignal,
  ): Promise<void> {
    const now = this.#parts.clock.now();
    const observation = this.#latest.get(key);
    const status = criterionStatus({ object, known, plan, observation, now });
    const due = this.#pace.isDue(key, status, now);
    if (due === 'no' || signal.aborted) return;
    const { outcome, report } = await keepLiveReport(this.#parts, object, signal);
    const shown = outcome === 'Own' ? plan : taken(plan, known);
    const urgent = due === 'changed';
    const final = criterionStatus({ object, known, plan: shown, observation, now });
    this.#parts.statuses.write({ resource: RESOURCES.criteria, object, status: final, urgent });
    if (report) writeLiveReport(this.#parts, report, { known, measured: final.measured, now, urgent });
  }

  #showInvalid(object: CertificationCriterion, problem: string): Next {
    const status = invalidSpecStatus(object, problem, this.#parts.clock.now());
    this.#parts.statuses.write({ resource: RESOURCES.criteria, object, status, urgent: true });
    return undefined;
  }

  #forget(key: string): Next {
    this.#planner.forget(key);
    this.#pace.forget(key);
    this.#latest.delete(key);
    return undefined;
  }
}

/** The criterion is judged all the same; only its live report can't be kept. */
function taken(plan: Plan, { state }: KnownCriterion): Plan {
  if (plan.kind === 'NotReady') return plan;
  const message = `an EvidenceReport named ${state.id} exists that the operator does not own; delete or rename it`;
  return { kind: 'NotReady', delayMs: plan.delayMs, reason: 'ReportNameTaken', message, unknown: 'QueryFailed' };
}
