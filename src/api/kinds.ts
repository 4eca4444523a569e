import type { TObject } from 'typebox';

import { CertificationCriterionSpec, CertificationCriterionStatus } from './criterion.ts';
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

/** Every kind of `assay.dev`: CRDs, validators and reference docs are made from this list. */
export const KINDS: readonly KindDefinition[] = [CRITERION, REPORT, SOURCE];
