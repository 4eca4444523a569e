import { Type, type Static } from 'typebox';

import {
  Audience,
  cel,
  Conditions,
  Fields,
  Figure,
  LabelSelector,
  Name,
  type ObjectMeta,
  PositiveDuration,
  Timestamp,
} from './common.ts';
import { CommentKind } from './comment.ts';
import { Verdict } from './criterion.ts';

export const ReportPeriod = Fields(
  {
    type: Type.Enum(['Live', 'Last', 'Range'], {
      type: 'string',
      description: 'Live: the rolling window up to now. Last: a span that ends when the report was created. Range: a fixed span.',
    }),
    last: Type.Optional(PositiveDuration('Length of a period of type Last.')),
    from: Type.Optional(Timestamp('Start of a period of type Range.')),
    to: Type.Optional(Timestamp('End (not included) of a period of type Range.')),
  },
  {
    description: 'Which time is reported.',
    ...cel(
      { rule: "has(self.last) == (self.type == 'Last')", message: 'last goes with type Last, and only with it' },
      {
        rule: "has(self.from) == (self.type == 'Range') && has(self.to) == (self.type == 'Range')",
        message: 'from and to go with type Range, and only with it',
      },
      { rule: '!has(self.from) || !has(self.to) || self.from < self.to', message: 'from must be before to' },
    ),
  },
);
export type ReportPeriod = Static<typeof ReportPeriod>;

export const EvidenceReportSpec = Fields(
  {
    service: Name('The service that is reported.'),
    criteria: Type.Optional(
      Fields(
        {
          matchLabels: Type.Optional(
            Type.Record(Type.String(), Type.String(), { description: 'Labels that a criterion must carry.' }),
          ),
          matchExpressions: Type.Optional(LabelSelector.properties.matchExpressions),
          names: Type.Optional(
            Type.Array(Type.String({ maxLength: 253 }), {
              maxItems: 256,
              'x-kubernetes-list-type': 'set',
              description: 'Names of the criteria.',
            }),
          ),
        },
        { description: 'Which criteria of the service in this namespace are covered (default: all).' },
      ),
    ),
    period: ReportPeriod,
    audience: Type.Optional({
      ...Audience,
      default: 'authority',
      description: 'For whom: authority (default), internal, customers or another name.',
    }),
  },
  {
    description: 'What is reported; immutable.',
    ...cel({ rule: 'self == oldSelf', message: 'the spec of a report is immutable' }),
  },
);
export type EvidenceReportSpec = Static<typeof EvidenceReportSpec>;

const ReportedCriterion = Fields({
  name: Type.String({ description: 'Name of the criterion.' }),
  controls: Type.String({ description: 'The controls that it supports.' }),
  verdict: Verdict,
  measured: Type.Optional(Type.String({ description: 'The latest value against what is required.' })),
  availability: Figure('Share of time met in percent, cut to three decimals; "-" without a denominator.'),
  downtime: Type.String({ description: 'Time not met, as a duration.' }),
  unknown: Type.String({ description: 'Unknown time, as a duration.' }),
  deviations: Type.Integer({ description: 'Number of deviations that overlap the period.' }),
  longestDeviation: Type.String({ description: 'Length of the longest one within the period, as a duration.' }),
});

const ReportedComment = Fields({
  kind: CommentKind,
  author: Type.String({ description: 'Who says it.' }),
  at: Timestamp('When it was put on record.'),
  text: Type.String({ description: 'What is said; a long text is cut, the log keeps every word.' }),
});

const ReportedDeviation = Fields({
  id: Type.String({ description: 'Id of the deviation (a ULID).' }),
  criterion: Type.String({ description: 'Name of the criterion.' }),
  from: Timestamp('Start of the deviation.'),
  to: Type.Optional(Timestamp('End of the deviation; absent while it is open.')),
  reason: Type.Optional(Type.String({ description: 'How it ended: Recovered, CriterionChanged or CriterionDeleted.' })),
  change: Type.Optional(
    Type.String({
      description: 'Changes in whose windows it falls, approved on record before they opened. It is a deviation all the same.',
    }),
  ),
  incident: Type.Optional(Type.String({ description: 'Incidents that began with it.' })),
  comments: Type.Optional(
    Type.Array(ReportedComment, {
      maxItems: 5,
      'x-kubernetes-list-type': 'atomic',
      description: 'What people say of it; the latest 5.',
    }),
  ),
});

export const EvidenceReportStatus = Fields(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ format: 'int64', description: 'Generation of the spec that this status speaks of.' }),
    ),
    verdict: Type.Optional(Verdict),
    availability: Type.Optional(Figure("The service's availability in percent over the period, cut to three decimals.")),
    adjusted: Type.Optional(
      Fields(
        {
          availability: Figure('The same in percent, without the time not met in the windows of these changes.'),
          changes: Type.Array(Type.String(), {
            maxItems: 64,
            'x-kubernetes-list-type': 'atomic',
            description: 'Changes that ask for it, approved on record before their windows opened.',
          }),
        },
        { description: 'The availability as agreed changes adjust it; absent where none does. It replaces no other figure.' },
      ),
    ),
    criteria: Type.Optional(
      Type.Array(ReportedCriterion, {
        maxItems: 256,
        'x-kubernetes-list-type': 'atomic',
        description: 'The criteria, one by one.',
      }),
    ),
    deviations: Type.Optional(
      Type.Array(ReportedDeviation, {
        maxItems: 20,
        'x-kubernetes-list-type': 'atomic',
        description: 'The newest 20 deviations of the period.',
      }),
    ),
    bounds: Type.Optional(
      Fields(
        {
          lower: Figure('Availability if all unknown time had been down.'),
          upper: Figure('Availability if all unknown time had been up.'),
          coverage: Figure('Share of the time in force for which there is evidence.'),
        },
        { description: 'How far unknown time could move the figure, in percent.' },
      ),
    ),
    evidence: Type.Optional(
      Fields(
        {
          firstSeq: Type.Optional(
            Type.Integer({ format: 'int64', description: "First record of the period in the service's log." }),
          ),
          lastSeq: Type.Optional(Type.Integer({ format: 'int64', description: 'Last record of the period.' })),
          expected: Type.Integer({ format: 'int64', description: 'Slots that were due in the period.' }),
          observed: Type.Integer({ format: 'int64', description: 'Slots judged in time.' }),
          readBack: Type.Integer({ format: 'int64', description: 'Slots read back after an interruption.' }),
          gaps: Type.Array(
            Fields({
              from: Timestamp('First missed slot.'),
              to: Timestamp('Last missed slot.'),
              reason: Type.String({ description: 'Why there is no evidence.' }),
            }),
            { maxItems: 20, 'x-kubernetes-list-type': 'atomic', description: 'The newest 20 spans without evidence.' },
          ),
        },
        { description: 'What the figures rest on.' },
      ),
    ),
    leftOut: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 256,
        'x-kubernetes-list-type': 'atomic',
        description: 'Criteria or time of the service that this report does not cover.',
      }),
    ),
    conditions: Type.Optional(Conditions),
    controls: Type.Optional(Type.String({ description: 'The controls, in one line.' })),
    measured: Type.Optional(Type.String({ description: 'The worst latest value against what is required.' })),
    period: Type.Optional(Type.String({ description: 'The period, in one line.' })),
    since: Type.Optional(Timestamp('Since when the worst criterion has its verdict.')),
  },
  { description: 'What was true in the period; written by the operator.' },
);
export type EvidenceReportStatus = Static<typeof EvidenceReportStatus>;

export interface EvidenceReport {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: EvidenceReportSpec;
  readonly status?: EvidenceReportStatus;
}
