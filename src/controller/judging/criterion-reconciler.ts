import type { CertificationCriterion, CertificationCriterionStatus } from '../../api/criterion.ts';
import type { EvidenceReport } from '../../api/report.ts';
import type { Store, StatusWriter } from '../../kube/index.ts';
import { type Look, lookOf } from '../../sources/observe.ts';
import { type Appearance, appearanceOf, isSameAppearance } from '../appearance.ts';
import { BasisChanges } from './basis-changes.ts';
import { changeRecord, changesOf, isSuspended, subjectOf } from './changes.ts';
import { criterionStatus } from './criterion-status.ts';
import { commit, type Judged, type JudgingParts, logVerdicts } from './judging.ts';
import { catchUp, judgeDueSlots } from './judging-loop.ts';
import { type KnownCriterion } from './known.ts';
import { type LiveReportParts, type LiveState, liveStatus, saidInLive, writeLiveReport } from '../reporting/live-report.ts';
import type { LiveSaid } from '../reporting/live-said.ts';
import { isNothing } from '../reporting/report-said.ts';
import { type Plan, Planner } from './plan.ts';
import { QueryMatches } from './query-matches.ts';
import { ReportKeeper } from '../reporting/report-keeper.ts';
import { RESOURCES } from '../resources.ts';
import { sourceChanges } from './source-changes.ts';
import { type Due, StatusPace } from '../status-pace.ts';
import { Validated } from '../validated.ts';
import { invalidSpecStatus } from '../invalid-spec.ts';

export interface CriterionParts extends JudgingParts, LiveReportParts {
  readonly criteria: Store<CertificationCriterion>;
  readonly statuses: StatusWriter;
  /** What people said in each service. */
  readonly said: Pick<LiveSaid, 'of'>;
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
  readonly #latest = new Map<string, Look>();
  readonly #matches = new QueryMatches();
  readonly #bases: BasisChanges;
  /** Of each criterion, the spec of the object that is on record. */
  readonly #recorded = new Map<string, CertificationCriterion['spec']>();
  readonly #reports: ReportKeeper;
  /** What was looked at when the status and the report of each criterion were last in order. */
  readonly #shown = new Map<string, Appearance>();
  /** Criteria whose status was written, but not that of their report. */
  readonly #reportsOwed = new Set<string>();
  /** What people said that was last meant for the report of each criterion; nothing before the first. */
  readonly #saidShown = new Map<string, string>();

  constructor(parts: CriterionParts) {
    this.#parts = parts;
    this.#planner = new Planner(parts.pool);
    this.#bases = new BasisChanges(parts);
    this.#reports = new ReportKeeper(parts);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Next> {
    const object = this.#parts.criteria.get(key);
    const problem = object && this.#validated.problemOf(object);
    if (object && problem !== undefined) return this.#judgeInvalid(key, object, { problem, signal });
    if (object) await this.#catchUpBeforeSuspension(key, object, signal);
    if (signal.aborted) return 0;
    const known = await this.#recordChanges(key, object);
    if (!object || !known) return this.#forget(key);
    const plan = await this.#planner.plan(key, object, { known, now: this.#parts.clock.now(), signal });
    const current = await this.#recordSourceChanges(known, object);
    if (current.state.standing === 'Suspended') return this.#showSuspended(object, current, plan, signal);
    const based = plan.kind === 'Ready' ? await this.#recordBasisChanges(current, signal) : current;
    return this.#judge(key, { object, known: based, plan }, signal);
  }

  /** What was missed until a suspension goes on record before it, by the rule of that time: afterwards nobody asks for it any more. */
  async #catchUpBeforeSuspension(key: string, object: CertificationCriterion, signal: AbortSignal): Promise<void> {
    const known = this.#parts.ledger.get(key);
    const now = this.#parts.clock.now();
    if (known?.state.standing !== 'InForce' || !isSuspended(object, now)) return;
    const before = { ...object, spec: known.spec };
    const plan = await this.#planner.plan(key, before, { known, now, signal });
    await catchUp(this.#parts, { object: before, known, plan }, signal);
  }

  async #judge(key: string, judged: Judged, signal: AbortSignal): Promise<Next> {
    const { known, observation, nextMs } = await judgeDueSlots(this.#parts, judged, signal);
    if (observation) this.#latest.set(key, this.#matches.noted(key, judged.object, lookOf(observation)));
    return sooner(nextMs, this.#show(key, { ...judged, known }, signal));
  }

  /** A spec that breaks the rules (an older CRD, validation switched off) is no evidence: judged as unknown, by the rules before. */
  async #judgeInvalid(
    key: string,
    object: CertificationCriterion,
    { problem, signal }: { problem: string; signal: AbortSignal },
  ): Promise<Next> {
    const known = this.#parts.ledger.get(key);
    if (known?.state.standing === 'InForce') {
      const plan = { kind: 'NotReady', reason: 'InvalidSpec', message: problem, unknown: 'QueryFailed', delayMs: 0 } as const;
      return this.#judge(key, { object: { ...object, spec: known.spec }, known, plan }, signal);
    }
    const { clock, statuses } = this.#parts;
    statuses.write({
      resource: RESOURCES.criteria,
      object,
      status: invalidSpecStatus(object, problem, clock.now()),
      urgent: true,
    });
    return undefined;
  }

  async #recordChanges(key: string, object: CertificationCriterion | undefined): Promise<KnownCriterion | undefined> {
    const { ledger, clock, log } = this.#parts;
    // A suspension ends by itself; everything else is on record as long as the object is the same.
    if (object && !object.spec.suspend && this.#recorded.get(key) === object.spec) return ledger.get(key);
    for (const { change, at } of changesOf(object, ledger.get(key), clock.now())) {
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
    if (!object) return ledger.get(key);
    this.#recorded.set(key, object.spec);
    return ledger.shareSpec(key, object.spec);
  }

  async #recordSourceChanges(known: KnownCriterion, object: CertificationCriterion): Promise<KnownCriterion> {
    const { pool, ledger, clock } = this.#parts;
    let current = known;
    for (const content of sourceChanges(known, object.spec.evidence, pool, clock.now())) {
      current = (await commit(ledger, current, content, 'a source of the criterion was changed')).known;
    }
    return current;
  }

  async #recordBasisChanges(known: KnownCriterion, signal: AbortSignal): Promise<KnownCriterion> {
    let current = known;
    for (const content of await this.#bases.changes(known, signal)) {
      current = (await commit(this.#parts.ledger, current, content, 'the rules behind a query of the criterion were changed'))
        .known;
    }
    return current;
  }

  #showSuspended(object: CertificationCriterion, known: KnownCriterion, plan: Plan, signal: AbortSignal): Next {
    const retryMs = this.#show(known.state.id, { object, known, plan }, signal);
    const until = object.spec.suspend?.until;
    return sooner(until === undefined ? undefined : Math.max(0, Date.parse(until) - this.#parts.clock.now()), retryMs);
  }

  /** Shows what is known; answers in how many milliseconds to come back for a report that could not be kept. */
  #show(
    key: string,
    { object, known, plan }: { object: CertificationCriterion; known: KnownCriterion; plan: Plan },
    signal: AbortSignal,
  ): Next {
    const now = this.#parts.clock.now();
    const observation = this.#latest.get(key);
    const said = this.#parts.said.of(known);
    const appearance = appearanceOf({ object, report: this.#parts.existing(key), known, said, plan, observation, now });
    if (this.#pace.rests(key, now) && isSameAppearance(this.#shown.get(key), appearance)) return undefined;
    // Whatever becomes of its report, the criterion is judged and its own status shown.
    const report = this.#reports.keep(key, object, signal);
    const shown = report.kind === 'Taken' ? taken(plan, known) : plan;
    const matches = this.#matches.condition(key, object, observation);
    const status = criterionStatus({ object, known, plan: shown, observation, matches, now });
    const urgent = this.#write(key, object, status, now) === 'Changed';
    // Not before it is known what people said: otherwise each start would take their words away for a moment.
    if (said && report.kind === 'Kept')
      this.#showReport(key, report.report, { known, said, measured: status.measured, now, urgent });
    if ('comeBackMs' in report) return report.comeBackMs;
    // As long as a write is on its way another one's may hide behind it: looked at again with the next slot.
    if (!this.#isUnsettled(object)) this.#shown.set(key, appearance);
    return undefined;
  }

  /** Hands a status over for writing if that is due. */
  #write(key: string, object: CertificationCriterion, status: CertificationCriterionStatus, now: number): Due {
    const { statuses, log } = this.#parts;
    // Only what had the time to be seen can contradict.
    const { uid } = object.metadata;
    const due = this.#pace.due(key, status, { uid, status: this.#isUnsettled(object) ? undefined : object.status }, now);
    if (due === 'No') return due;
    if (due === 'Contradicted') log.warn('a status is not what was written, and is written again', { criterion: key });
    statuses.write({ resource: RESOURCES.criteria, object, status, urgent: due === 'Changed' });
    this.#pace.written(key, status, { uid, status: object.status }, now);
    this.#reportsOwed.add(key);
    return due;
  }

  #showReport(key: string, report: EvidenceReport, { urgent, ...live }: LiveState & { readonly urgent: boolean }): void {
    const isOwed = this.#reportsOwed.delete(key) || report.status === undefined;
    const shown = this.#saidShown.get(key) ?? '';
    // What was said may be taken back: it is looked at as long as the report shows some of it.
    if (!isOwed && shown === '' && isNothing(live.said)) return;
    const status = liveStatus(live);
    const said = saidInLive(status);
    this.#saidShown.set(key, said);
    const isSaidAnew = said !== shown;
    if (isOwed || isSaidAnew) writeLiveReport(this.#parts, report, { status, now: live.now, urgent: urgent || isSaidAnew });
  }

  #isUnsettled(object: CertificationCriterion): boolean {
    return this.#parts.statuses.isUnsettled({ resource: RESOURCES.criteria, object });
  }

  #forget(key: string): Next {
    this.#planner.forget(key);
    this.#validated.forget(key);
    this.#recorded.delete(key);
    this.#pace.forget(key);
    this.#latest.delete(key);
    this.#matches.forget(key);
    this.#bases.forget(key);
    this.#shown.delete(key);
    this.#reports.forget(key);
    this.#reportsOwed.delete(key);
    this.#saidShown.delete(key);
    return undefined;
  }
}

function sooner(one: Next, other: Next): Next {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/** The criterion is judged all the same; only its live report can't be kept. */
function taken(plan: Plan, { state }: KnownCriterion): Plan {
  if (plan.kind === 'NotReady') return plan;
  const message = `an EvidenceReport named ${state.id} exists that the operator does not own; delete or rename it`;
  return { kind: 'NotReady', delayMs: plan.delayMs, reason: 'ReportNameTaken', message, unknown: 'QueryFailed' };
}
