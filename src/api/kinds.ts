import type { TObject } from 'typebox';

import { NotificationChannelSpec, NotificationChannelStatus } from './channel.ts';
import { ChangeRecordSpec, ChangeRecordStatus } from './change.ts';
import { DeviationCommentSpec, DeviationCommentStatus } from './comment.ts';
import { CertificationCriterionSpec, CertificationCriterionStatus } from './criterion.ts';
import { IncidentSpec, IncidentStatus } from './incident.ts';
import { EvidenceReportSpec, EvidenceReportStatus } from './report.ts';
import { EvidenceSourceSpec, EvidenceSourceStatus } from './source.ts';

/** A printer column; `wide` ones show with `-o wide` only. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date' | 'integer';
  readonly jsonPath: string;
  readonly description: string;
  readonly wide?: boolean;
}

/** All that the API server, the docs and the linter know of a kind. */
export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  readonly spec: TObject;
  readonly status: TObject;
  readonly columns: readonly PrinterColumn[];
  readonly selectableFields: readonly string[];
}

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'When the object was created.',
};
const column = (name: string, jsonPath: string, description: string, wide = false): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath,
  description,
  ...(wide ? { wide } : {}),
});
const date = (name: string, jsonPath: string, description: string): PrinterColumn => ({
  name,
  type: 'date',
  jsonPath,
  description,
});

export const CRITERION: KindDefinition = {
  kind: 'CertificationCriterion',
  plural: 'certificationcriteria',
  singular: 'certificationcriterion',
  shortName: 'crit',
  scope: 'Namespaced',
  description:
    'One machine-checkable test on one service: evidence, rule and times. It supports one or more controls; it never fulfils one by itself.',
  spec: CertificationCriterionSpec,
  status: CertificationCriterionStatus,
  columns: [
    column('Service', '.spec.service', 'The service that is tested.'),
    column('Controls', '.status.controls', 'The controls that it supports.'),
    column('Verdict', '.status.verdict', 'Pass, Fail, Inconclusive or Suspended.'),
    column('Measured', '.status.measured', 'The value against what is required.'),
    date('Since', '.status.since', 'Since when the verdict is what it is.'),
    column('Severity', '.spec.severity', 'How bad a failure is.', true),
    column('Objective', '.status.objective.achieved', 'Share of time met over the window of the objective, in percent.', true),
    column('Message', '.status.observation.message', 'What was seen against what is required.', true),
    age,
  ],
  selectableFields: ['.status.verdict', '.spec.service'],
};

export const REPORT: KindDefinition = {
  kind: 'EvidenceReport',
  plural: 'evidencereports',
  singular: 'evidencereport',
  shortName: 'evr',
  scope: 'Namespaced',
  description: 'What was true of a service in a period, and what that rests on.',
  spec: EvidenceReportSpec,
  status: EvidenceReportStatus,
  columns: [
    column('Service', '.spec.service', 'The service that is reported.'),
    column('Controls', '.status.controls', 'The controls that are supported.'),
    column('Period', '.status.period', 'Which time is reported.'),
    column('Verdict', '.status.verdict', 'Verdict of the period.'),
    column('Measured', '.status.measured', 'The latest value against what is required.'),
    column('Availability', '.status.availability', 'Share of time met, in percent.'),
    date('Since', '.status.since', 'Since when the verdict is what it is.'),
    age,
  ],
  selectableFields: ['.status.verdict', '.spec.service'],
};

export const SOURCE: KindDefinition = {
  kind: 'EvidenceSource',
  plural: 'evidencesources',
  singular: 'evidencesource',
  shortName: 'evsrc',
  scope: 'Cluster',
  description: 'Where evidence comes from, how the operator gets in, and which namespaces may use it.',
  spec: EvidenceSourceSpec,
  status: EvidenceSourceStatus,
  columns: [
    column('Reachable', '.status.conditions[?(@.type=="Reachable")].status', 'Whether the source answers.'),
    column('Version', '.status.version', 'Version that the source tells of itself.'),
    column('Reason', '.status.conditions[?(@.type=="Reachable")].reason', 'Why it is or is not reachable.'),
    date('Since', '.status.conditions[?(@.type=="Reachable")].lastTransitionTime', 'Since when.'),
    column('Message', '.status.conditions[?(@.type=="Reachable")].message', 'What is wrong.', true),
    age,
  ],
  selectableFields: [],
};

export const INCIDENT: KindDefinition = {
  kind: 'Incident',
  plural: 'incidents',
  singular: 'incident',
  shortName: 'inc',
  scope: 'Namespaced',
  description: 'Something that happened to a service: what is being done about it, and how it was resolved.',
  spec: IncidentSpec,
  status: IncidentStatus,
  columns: [
    column('Service', '.spec.service', 'The service that it happened to.'),
    column('Severity', '.spec.severity', 'How bad it is.'),
    column('State', '.status.state', 'Suspected, Open, Resolved or Dismissed, as it is on record.'),
    { name: 'Level', type: 'integer', jsonPath: '.status.level', description: 'Which level works on it.' },
    column('Due', '.status.due', 'What is due next, or overdue.'),
    column('Title', '.spec.title', 'What happened.'),
    column('Priority', '.spec.priority', 'How soon it is worked on.', true),
    column('Category', '.spec.category', 'What kind of incident it is.', true),
    date('Opened', '.status.openedAt', 'When it was put on record.'),
    age,
  ],
  selectableFields: ['.status.state', '.spec.service'],
};

export const CHANGE: KindDefinition = {
  kind: 'ChangeRecord',
  plural: 'changerecords',
  singular: 'changerecord',
  shortName: 'chg',
  scope: 'Namespaced',
  description: 'A change of a service that was asked for and approved: it explains deviations in its window, and hides none.',
  spec: ChangeRecordSpec,
  status: ChangeRecordStatus,
  columns: [
    column('Service', '.spec.service', 'The service that is changed.'),
    column('Category', '.spec.category', 'Regular, Emergency or Standard.'),
    column('Risk', '.spec.risk', 'What it may do to the service.'),
    column('Phase', '.status.phase', 'Planned, Approved, InWindow or Over.'),
    column('Approval', '.status.approval', 'Whether it was approved before its window opened: Missing, InTime or Late.'),
    column('From', '.spec.window.from', 'When its window opens.'),
    column('To', '.spec.window.to', 'When its window closes.'),
    column('Requested', '.spec.requestedBy', 'Who asks for it.', true),
    column('Approved', '.spec.approvedBy', 'Who approved it.', true),
    age,
  ],
  selectableFields: ['.status.phase', '.spec.service'],
};

export const COMMENT: KindDefinition = {
  kind: 'DeviationComment',
  plural: 'deviationcomments',
  singular: 'deviationcomment',
  shortName: 'cmt',
  scope: 'Namespaced',
  description: 'What a person says of a deviation; it reaches the authority with it.',
  spec: DeviationCommentSpec,
  status: DeviationCommentStatus,
  columns: [
    column('Service', '.spec.service', 'The service of the criterion.'),
    column('Criterion', '.spec.criterion', 'The criterion that did not hold.'),
    column('Kind', '.spec.kind', 'Maintenance, FalsePositive, Cause or Note.'),
    column('Author', '.spec.author', 'Who says it.'),
    column('Deviation', '.spec.deviation', 'Id of the deviation.', true),
    column('Text', '.spec.text', 'What is said.', true),
    date('Recorded', '.status.recordedAt', 'When it was put on record.'),
    age,
  ],
  selectableFields: ['.spec.service', '.spec.criterion'],
};

export const CHANNEL: KindDefinition = {
  kind: 'NotificationChannel',
  plural: 'notificationchannels',
  singular: 'notificationchannel',
  shortName: 'nchan',
  scope: 'Cluster',
  description: 'Where an audience is told of what concerns it, and whether it arrives there.',
  spec: NotificationChannelSpec,
  status: NotificationChannelStatus,
  columns: [
    column('Audience', '.spec.audience', 'Who is told.'),
    column('Delivering', '.status.conditions[?(@.type=="Delivering")].status', 'Whether messages arrive.'),
    column('Reason', '.status.conditions[?(@.type=="Delivering")].reason', 'Why they do or do not.'),
    date('Last', '.status.lastDelivery', 'When a message last arrived.'),
    { name: 'Pending', type: 'integer', jsonPath: '.status.pending', description: 'Messages that have not arrived yet.' },
    column('Error', '.status.lastError', 'Why the last message that did not arrive did not.', true),
    age,
  ],
  selectableFields: [],
};

/** Every kind of `assay.dev`: CRDs, validators and reference docs are made from this list. */
export const KINDS: readonly KindDefinition[] = [CRITERION, REPORT, SOURCE, INCIDENT, CHANGE, COMMENT, CHANNEL];
