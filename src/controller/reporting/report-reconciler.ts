import type { CertificationCriterion } from '../../api/criterion.ts';
import type { EvidenceReport, EvidenceReportSpec } from '../../api/report.ts';
import { durationMs } from '../../domain/duration.ts';
import { summarise } from '../../domain/period.ts';
import type { Period } from '../../domain/timeline.ts';
import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { setCondition, type StatusWriter, type Store } from '../../kube/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { invalidSpecStatus } from '../invalid-spec.ts';
import { criterionKey, type KnownCriterion } from '../judging/known.ts';
import type { Ledger } from '../judging/ledger.ts';
import { statesUntil } from '../asking/past-states.ts';
import { newSaidBooks, saidIn } from './report-said.ts';
import { MOST_ROWS, type Reported, reportStatus } from './report-status.ts';
import { RESOURCES } from '../resources.ts';
import { matches } from '../selector.ts';
import type { Validated } from '../validated.ts';
import { generationOf } from '../words.ts';

export interface ReportParts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly store: EvidenceStore;
  readonly statuses: StatusWriter;
  readonly reports: Store<EvidenceReport>;
  readonly criteria: Store<CertificationCriterion>;
  readonly validated: Validated;
}

/**
 * Fills in a report that somebody applied, once its period is over: what was true of the service then, from the evidence log. Live
 * reports are kept by their criterion.
 */
export async function reconcileReport(parts: ReportParts, key: string): Promise<number | undefined> {
  const report = parts.reports.get(key);
  if (!report) parts.validated.forget(key);
  if (!report || isDone(report)) return undefined;
  const problem = parts.validated.problemOf(report);
  if (problem === undefined) return report.spec.period.type === 'Live' ? undefined : fillIn(parts, report);
  const status = invalidSpecStatus(report, problem, parts.clock.now());
  parts.statuses.write({ resource: RESOURCES.reports, object: report, status, urgent: true });
  return undefined;
}

/** Answers in how many milliseconds to come back. */
async function fillIn(parts: ReportParts, report: EvidenceReport): Promise<number | undefined> {
  const period = periodOf(report);
  const now = parts.clock.now();
  if (period.to > now) return period.to - now;
  const service = { namespace: report.metadata.namespace ?? '', service: report.spec.service };
  if (now < period.to + PATIENCE_MS && !isJudgedUntil(parts.ledger, service, period.to)) return RETRY_MS;
  const { covered, leftOut } = await membersOf(parts, service, report.spec, period);
  const observed = generationOf(report.metadata);
  const conditions = setCondition(report.status?.conditions, { ...ISSUED, ...observed }, new Date(now));
  const said = saidIn(await newSaidBooks(parts.store).of(service));
  const status = { ...observed, ...reportStatus(covered, period, report.spec.period, said), leftOut, conditions };
  parts.statuses.write({ resource: RESOURCES.reports, object: report, status });
  return undefined;
}

const ISSUED = {
  type: 'Ready',
  status: 'True',
  reason: 'Issued',
  message: 'the period is over, and its evidence is summed up',
} as const;

// The last slots of a period are judged only some time after it: late sources, missed slots that are read back.
const PATIENCE_MS = 180_000;
const RETRY_MS = 2_000;

/** Whether every criterion of the service that is in force has been judged up to the end of the period. */
function isJudgedUntil(ledger: Ledger, { namespace, service }: ServiceName, until: number): boolean {
  return [...ledger.list()]
    .filter((known) => known.namespace === namespace && known.service === service && known.state.standing === 'InForce')
    .every(({ state }) => (state.track.last?.slot ?? 0) + state.rules.intervalMs >= until);
}

const isDone = ({ status }: EvidenceReport): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

function periodOf({ spec, metadata }: EvidenceReport): Period {
  const { type, last, from, to } = spec.period;
  const createdAt = Date.parse(metadata.creationTimestamp ?? '');
  if (type === 'Last') return { from: createdAt - durationMs(last ?? '24h'), to: createdAt };
  return { from: Date.parse(from ?? ''), to: Date.parse(to ?? '') };
}

interface Members {
  readonly covered: readonly Reported[];
  readonly leftOut: readonly string[];
}

async function membersOf(
  { ledger, store, criteria }: ReportParts,
  service: ServiceName,
  spec: EvidenceReportSpec,
  period: Period,
): Promise<Members> {
  const states = await statesUntil(store, service, period.to);
  const all = [...states].flatMap(([name, state]): { known: KnownCriterion; covered: boolean }[] => {
    const key = criterionKey({ namespace: service.namespace, name });
    const known = ledger.get(key);
    return known ? [{ known: { ...known, state }, covered: isCovered(spec, name, criteria.get(key)) }] : [];
  });
  return {
    covered: all
      .filter(({ covered }) => covered)
      .map(({ known }) => ({ known, summary: summarise(known.state, period, period.to) })),
    leftOut: all
      .filter(({ covered }) => !covered)
      .map(({ known }) => known.name)
      .slice(0, MOST_ROWS),
  };
}

function isCovered(
  { criteria: selection }: EvidenceReportSpec,
  name: string,
  object: CertificationCriterion | undefined,
): boolean {
  if (!selection) return true;
  if (selection.names && !selection.names.includes(name)) return false;
  const { matchLabels, matchExpressions } = selection;
  return matches(
    { ...(matchLabels ? { matchLabels } : {}), ...(matchExpressions ? { matchExpressions } : {}) },
    object?.metadata.labels,
  );
}
