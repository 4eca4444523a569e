import { type EventReason, EVENT_REASONS } from '../api/conditions.ts';
import { API_VERSION, type KubeObject } from '../api/common.ts';
import { CHANGE, CHANNEL, COMMENT, CRITERION, FINDING, INCIDENT } from '../api/kinds.ts';
import type { LogRecord, RecordBody, RecordKind } from '../api/records.ts';
import { windowOf } from '../domain/change.ts';
import { isPassed, PASSED } from '../domain/incident-handling.ts';
import { passedText } from '../domain/incident-times.ts';
import type { EvidenceStore, ServiceName } from '../evidence/index.ts';
import type { EventRecorder } from '../kube/index.ts';
import type { Metrics } from '../platform/metrics.ts';
import { criterionKey, type KnownCriterion } from './judging/known.ts';
import type { Ledger } from './judging/ledger.ts';
import { timeText } from '../domain/moment.ts';
import { eventName } from './words.ts';

const CURSOR = 'events';
// Of the digest of its record the first 16 name an Event.
const DIGITS = ['sha256:'.length, 'sha256:'.length + 16] as const;
const TOLD_KINDS: readonly RecordKind[] = [
  'VerdictChanged',
  'CriterionChanged',
  'BasisChanged',
  'Gap',
  'Notified',
  'ObjectiveChanged',
  'IncidentChanged',
  'ChangeRecorded',
  'Commented',
  'FindingChanged',
  'ChannelChanged',
];

export interface ForwarderParts {
  readonly store: EvidenceStore;
  readonly ledger: Ledger;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
}

/**
 * Makes Kubernetes Events of the records of a service that have none yet. It reads the log, and moves its durable cursor only once
 * the API server has the Event: after a crash none is lost, and its fixed name keeps a second one away.
 */
export async function forwardEvents(
  { store, ledger, events, metrics }: ForwarderParts,
  service: ServiceName,
  signal: AbortSignal,
): Promise<void> {
  const fromSeq = await store.cursor(CURSOR, service);
  for await (const record of store.read({ ...service, fromSeq, kinds: TOLD_KINDS })) {
    const told = toldOf(record, (criterion) =>
      referenceTo(ledger.get(criterionKey({ namespace: service.namespace, name: criterion }))),
    );
    if (told) {
      const outcome = await events.emit(
        {
          name: eventName(told.regarding.metadata.name, record.digest.slice(...DIGITS)),
          regarding: told.regarding,
          type: EVENT_REASONS[told.reason].type,
          reason: told.reason,
          action: told.action,
          note: told.note,
          at: new Date(record.head.recordedAt),
        },
        signal,
      );
      if (outcome === 'Recorded') metrics.events.inc({ reason: told.reason });
    }
    await store.setCursor(CURSOR, service, record.head.seq + 1);
  }
}

/** A dry run is told to nobody, but what was told of it before it became one still gets its end. */
const isDryRun = ({ state }: KnownCriterion): boolean =>
  !state.rules.enforced && state.formerSteps.length === 0 && state.episode === undefined;

/** Undefined where nobody is told of the criterion. */
function referenceTo(known: KnownCriterion | undefined): KubeObject | undefined {
  if (known === undefined || isDryRun(known)) return undefined;
  const { namespace, name, uid } = known;
  return { apiVersion: API_VERSION, kind: CRITERION.kind, metadata: { namespace, name, uid } };
}

interface Told {
  readonly regarding: KubeObject;
  readonly reason: EventReason;
  readonly action: 'Judging' | 'Recording' | 'Telling';
  readonly note: string;
}

function toldOf(record: LogRecord, criterion: (name: string) => KubeObject | undefined): Told | undefined {
  if (record.kind === 'IncidentChanged') return incidentTold(record.head.namespace, record.body);
  if (record.kind === 'ChangeRecorded') return changeTold(record.head, record.body);
  if (record.kind === 'Commented') return commentTold(record.head.namespace, record.body);
  if (record.kind === 'FindingChanged') return findingTold(record.head.namespace, record.body);
  if (record.kind === 'ChannelChanged') return channelTold(record.body);
  const told = criterionTold(record);
  const regarding = told && criterion(told.criterion);
  return regarding && { regarding, reason: told.reason, action: 'Judging', note: told.note };
}

const INCIDENT_REASONS = {
  Opened: 'IncidentOpened',
  Resolved: 'IncidentResolved',
  Dismissed: 'IncidentResolved',
  ReactionOverdue: 'IncidentOverdue',
  Escalated: 'IncidentOverdue',
  RecoveryOverdue: 'IncidentOverdue',
} as const satisfies Partial<Record<RecordBody<'IncidentChanged'>['change'], EventReason>>;

function incidentTold(namespace: string, body: RecordBody<'IncidentChanged'>): Told {
  const { incident, uid, change, severity, title, audience } = body;
  const whose = audience === undefined ? '' : ` ${change === 'Acknowledged' ? 'by' : 'for'} ${audience}`;
  const said = isPassed(change) ? PASSED[change] : `${change.toLowerCase()}${whose}`;
  const passed = passedText(body);
  return {
    regarding: { apiVersion: API_VERSION, kind: INCIDENT.kind, metadata: { namespace, name: incident, uid } },
    reason: change in INCIDENT_REASONS ? INCIDENT_REASONS[change as keyof typeof INCIDENT_REASONS] : 'IncidentUpdated',
    action: 'Recording',
    note: `${said} (${severity}${passed === undefined ? '' : `, ${passed}`}): ${title}`,
  };
}

function changeTold(
  { namespace, recordedAt }: LogRecord['head'],
  { change, uid, event, spec }: RecordBody<'ChangeRecorded'>,
): Told {
  const { from, to } = windowOf(spec);
  const late = event === 'Approved' && recordedAt >= from ? ' after its window opened: it explains nothing' : '';
  return {
    regarding: { apiVersion: API_VERSION, kind: CHANGE.kind, metadata: { namespace, name: change, uid } },
    reason: 'ChangeRecorded',
    action: 'Recording',
    note: `${event.toLowerCase()}${late} (${spec.category}, risk ${spec.risk}), from ${timeText(from)} to ${timeText(to)}`,
  };
}

/** What was said may be long, and is in the comment. */
function commentTold(namespace: string, { comment, uid, criterion, about }: RecordBody<'Commented'>): Told {
  return {
    regarding: { apiVersion: API_VERSION, kind: COMMENT.kind, metadata: { namespace, name: comment, uid } },
    reason: 'CommentRecorded',
    action: 'Recording',
    note: `${about} on ${criterion}`,
  };
}

const FINDING_REASONS: Readonly<Record<RecordBody<'FindingChanged'>['change'], EventReason>> = {
  Raised: 'FindingRaised',
  Reopened: 'FindingRaised',
  Overdue: 'FindingOverdue',
  Closed: 'FindingClosed',
  Changed: 'FindingUpdated',
  Answered: 'FindingUpdated',
  SpotChecked: 'FindingUpdated',
  Deleted: 'FindingUpdated',
};

function findingTold(namespace: string, body: RecordBody<'FindingChanged'>): Told {
  const { finding, uid, change, type, severity, title, due } = body;
  const rated = severity === undefined ? type : `${type}, ${severity}`;
  const by = due === undefined || (change !== 'Raised' && change !== 'Reopened') ? '' : `, due ${timeText(due)}`;
  return {
    regarding: { apiVersion: API_VERSION, kind: FINDING.kind, metadata: { namespace, name: finding, uid } },
    reason: FINDING_REASONS[change],
    action: 'Recording',
    note: `${change.toLowerCase()} (${rated}${by}): ${title}`,
  };
}

/** A channel that is deleted has nothing that could be about it. */
function channelTold({
  channel,
  uid,
  change,
  audience,
  reason,
  message,
  pending,
}: RecordBody<'ChannelChanged'>): Told | undefined {
  if (change === 'Deleted') return undefined;
  const isStopped = change === 'Stopped';
  return {
    regarding: { apiVersion: API_VERSION, kind: CHANNEL.kind, metadata: { name: channel, uid } },
    reason: isStopped ? 'ChannelStopped' : 'ChannelResumed',
    action: 'Telling',
    note: isStopped
      ? `messages to ${audience} do not arrive (${reason}), ${pending} wait: ${message}`
      : `messages to ${audience} arrive again`,
  };
}

interface CriterionTold {
  readonly criterion: string;
  readonly reason: EventReason;
  readonly note: string;
}

/** What an Event says of a record of a criterion; undefined for one that is not told. */
function criterionTold(record: LogRecord): CriterionTold | undefined {
  switch (record.kind) {
    case 'VerdictChanged':
      return verdictTold(record.body);
    case 'CriterionChanged': {
      const { criterion, change } = record.body;
      return change === 'Created'
        ? undefined
        : { criterion, reason: 'CriterionChanged', note: `the criterion was ${change.toLowerCase()}` };
    }
    case 'BasisChanged': {
      const { criterion, evidence, before } = record.body;
      const note = `the rules behind its evidence ${evidence} were changed`;
      return before === undefined ? undefined : { criterion, reason: 'CriterionChanged', note };
    }
    case 'Gap': {
      const { criterion, from, to, slots, message } = record.body;
      return {
        criterion,
        reason: 'EvidenceGap',
        note: `${slots === 0 ? 'nothing is judged' : `no evidence (${slots} slots)`} from ${timeText(from)} to ${timeText(to)}: ${message}`,
      };
    }
    case 'Notified':
      return noticeTold(record.body);
    case 'ObjectiveChanged': {
      const { criterion, met, achieved, target } = record.body;
      return {
        criterion,
        reason: met ? 'ObjectiveRegained' : 'ObjectiveMissed',
        note: `${achieved} % met, required ${target} %`,
      };
    }
    case 'OperatorStarted':
    case 'OperatorStopped':
    case 'SourceChanged':
    case 'Observations':
    case 'ReadBack':
    case 'DeviationOpened':
    case 'DeviationClosed':
    case 'Delivery':
    case 'IncidentChanged':
    case 'ChangeRecorded':
    case 'Commented':
    case 'FindingChanged':
    case 'ChannelChanged':
      return undefined;
  }
}

function verdictTold({
  criterion,
  from,
  to,
  reason,
  message,
  first,
}: Extract<LogRecord, { kind: 'VerdictChanged' }>['body']): CriterionTold | undefined {
  // Suspending and resuming are told as changes of the criterion; the first Pass of all is no recovery.
  if (to === 'Suspended' || from === 'Suspended') return undefined;
  if (to === 'Fail') return { criterion, reason: 'CriterionFailed', note: message };
  if (to === 'Inconclusive') return { criterion, reason: 'CriterionInconclusive', note: `${reason}: ${message}` };
  return first ? undefined : { criterion, reason: 'CriterionRecovered', note: message };
}

function noticeTold({
  criterion,
  notice,
  audience,
  step,
  late,
  message,
}: Extract<LogRecord, { kind: 'Notified' }>['body']): CriterionTold | undefined {
  if (notice === 'DeviationEnded') return undefined;
  if (notice === 'CriterionChanged') return { criterion, reason: 'CriterionChanged', note: `to ${audience}: ${message}` };
  return { criterion, reason: 'EscalationDue', note: `to ${audience} (${step ?? ''})${late ? ', late' : ''}: ${message}` };
}
