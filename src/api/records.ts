import { Type, type Static, type TObject, type TSchema } from 'typebox';

import { Control, Fields, Severity } from './common.ts';
import { CertificationCriterionSpec, OutcomeKind, Verdict } from './criterion.ts';
import { UNKNOWN_REASONS } from './conditions.ts';
import { ChangeRecordSpec } from './change.ts';
import { CommentKind } from './comment.ts';
import { FindingRecord } from './finding.ts';
import { IncidentOrigin, IncidentPriority, IncidentResolution, IncidentState } from './incident.ts';

/**
 * The records of the evidence log (evidence-log.md). A record is a head and its parts: the head says what, whose and when, and
 * holds a salted hash of each part; a part holds the fields that one level of audience may read. Levels nest: `authority` reads
 * the parts for `customers` too, `internal` reads all. Times are whole milliseconds since 1970-01-01T00:00:00Z.
 */
export const RECORD_VERSION = 1;

/** Levels of audience, widest first: a reader of one level reads the parts of every level before it too. */
export const LEVELS = ['customers', 'authority', 'internal'] as const;
export type Level = (typeof LEVELS)[number];

const Millis = (description: string) =>
  Type.Integer({ minimum: 0, description: `${description} Milliseconds since 1970-01-01T00:00:00Z.` });
const Digest = (description: string) => Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description });
const CriterionName = Type.String({ description: 'Name of the criterion within the namespace of the service.' });
const UnknownReasonSchema = Type.Enum(Object.keys(UNKNOWN_REASONS) as (keyof typeof UNKNOWN_REASONS)[], { type: 'string' });

const RecordedSeries = Fields({
  labels: Type.Record(Type.String(), Type.String()),
  value: Type.String({ description: 'The value; NaN, +Inf and -Inf in the words of Prometheus.' }),
  sampleAt: Type.Optional(Millis('Time of the sample, where the source tells it.')),
});
export type RecordedSeries = Static<typeof RecordedSeries>;

export const RecordedEvidence = Fields({
  name: Type.String(),
  queryDigest: Digest('Digest of what was asked.'),
  sourceVersion: Type.Optional(Type.String()),
  count: Type.Integer({ minimum: 0, description: 'Number of series in the answer.' }),
  series: Type.Array(RecordedSeries, { maxItems: 20, description: 'The series, worst first; of a big answer the worst 20.' }),
  rest: Type.Optional(
    Fields({ count: Type.Integer({ minimum: 1 }), digest: Digest('Digest of the canonical form of the other series.') }),
  ),
});
export type RecordedEvidence = Static<typeof RecordedEvidence>;

/** What everybody may know of one observation. */
export const ObservedOutcome = Fields({ criterion: CriterionName, slot: Millis('The slot.'), outcome: OutcomeKind });
export type ObservedOutcome = Static<typeof ObservedOutcome>;

/** What the authority may know beside it; stands at the same index. */
export const ObservedDetail = Fields({
  specDigest: Digest('Digest of the criterion by which it was judged.'),
  reason: Type.Optional(UnknownReasonSchema),
  message: Type.String(),
  warning: Type.Optional(OutcomeKind),
  evidence: Type.Array(RecordedEvidence),
});
export type ObservedDetail = Static<typeof ObservedDetail>;

const observations = {
  customers: Fields({ observations: Type.Array(ObservedOutcome, { minItems: 1, maxItems: 256 }) }),
  authority: Fields({ details: Type.Array(ObservedDetail, { minItems: 1, maxItems: 256 }) }),
};

const DeviationEnd = Type.Enum(['Recovered', 'CriterionChanged', 'CriterionDeleted'], { type: 'string' });
export type DeviationEnd = Static<typeof DeviationEnd>;

export const CriterionChange = Type.Enum(['Created', 'Changed', 'Suspended', 'Resumed', 'Deleted', 'Recreated'], {
  type: 'string',
});
export type CriterionChange = Static<typeof CriterionChange>;

/** What a record says that happened to an incident. */
export const IncidentChange = Type.Enum(
  [
    ...(['Opened', 'Confirmed', 'Changed', 'Updated', 'Resolved', 'Dismissed', 'Reopened', 'Acknowledged', 'Deleted'] as const),
    ...(['ReactionOverdue', 'Escalated', 'RecoveryOverdue'] as const),
  ],
  { type: 'string' },
);
export type IncidentChange = Static<typeof IncidentChange>;

/** What a record says that happened to a change. */
export const ChangeEvent = Type.Enum(['Planned', 'Changed', 'Approved', 'Withdrawn', 'Ended', 'Deleted'], { type: 'string' });
export type ChangeEvent = Static<typeof ChangeEvent>;

/** Steps of a delivery: on record before the first byte is sent, and what became of it. */
export const DeliveryPhase = Type.Enum(['Attempted', 'Delivered', 'Rejected', 'Withheld'], { type: 'string' });
export type DeliveryPhase = Static<typeof DeliveryPhase>;

/** What a record says that happened to a channel. */
export const ChannelChange = Type.Enum(['Stopped', 'Resumed', 'Deleted'], { type: 'string' });
export type ChannelChange = Static<typeof ChannelChange>;

/** The register of record kinds: for each, the fields that each level of audience may read. */
export const RECORD_KINDS = {
  OperatorStarted: { authority: Fields({ version: Type.String(), judgingVersion: Type.Integer(), leaderEpoch: Type.Integer() }) },
  OperatorStopped: { authority: Fields({ leaderEpoch: Type.Integer() }) },
  CriterionChanged: {
    customers: Fields({ criterion: CriterionName, change: CriterionChange, at: Millis('When the operator saw the change.') }),
    authority: Fields({
      uid: Type.String({ description: 'UID of the object.' }),
      spec: CertificationCriterionSpec,
      by: Type.Optional(Type.String({ description: 'Field manager of the latest change; it names a tool, not a person.' })),
    }),
  },
  SourceChanged: {
    authority: Fields({
      source: Type.String(),
      at: Millis('When the operator saw the change.'),
      digest: Digest('Digest of the spec of the source.'),
      before: Type.Optional(Digest('The digest before; absent when the source is put on record for the first time.')),
      criteria: Type.Array(Type.String(), { description: 'Criteria of this service that rest on the source.' }),
    }),
  },
  BasisChanged: {
    authority: Fields({
      criterion: CriterionName,
      evidence: Type.String({ description: 'Name of the evidence item.' }),
      at: Millis('When the operator saw the change.'),
      digest: Digest('Digest of the rules of the source on which the item rests, through each other too.'),
      before: Type.Optional(Digest('The digest before; absent when the basis of the item is put on record for the first time.')),
      rules: Type.Array(
        Fields(
          {
            record: Type.String({ description: 'What the rule records, or the alert that it raises.' }),
            type: Type.Optional(Type.Enum(['alerting'], { type: 'string', description: 'Absent for a recording rule.' })),
            queryDigest: Digest('Digest of what the rule records; of an alerting rule, of its expression, times and labels.'),
          },
          { description: 'One rule.' },
        ),
        { maxItems: 50, description: 'These rules; of many the first 50.' },
      ),
      weak: Type.Array(Type.String(), { maxItems: 50, description: 'What weakens query and rules as evidence, in words.' }),
    }),
  },
  Observations: observations,
  ReadBack: observations,
  Gap: {
    customers: Fields({ criterion: CriterionName, from: Millis('First missed slot.'), to: Millis('Last missed slot.') }),
    authority: Fields({ slots: Type.Integer({ minimum: 0 }), reason: UnknownReasonSchema, message: Type.String() }),
  },
  VerdictChanged: {
    customers: Fields({
      criterion: CriterionName,
      at: Millis('The slot, or the time of the change, at which the verdict became so.'),
      from: Verdict,
      to: Verdict,
    }),
    authority: Fields({
      reason: Type.String(),
      message: Type.String(),
      controls: Type.Array(Control),
      first: Type.Boolean({ description: 'Whether it is the first verdict after the initial Pending.' }),
    }),
  },
  DeviationOpened: {
    customers: Fields({
      criterion: CriterionName,
      id: Type.String(),
      from: Millis('Start of the deviation.'),
      at: Millis('When it was known.'),
    }),
    authority: Fields({ reopened: Type.Boolean({ description: 'Whether the name of a deleted criterion returned.' }) }),
  },
  DeviationClosed: {
    customers: Fields({
      criterion: CriterionName,
      id: Type.String(),
      from: Millis('Start of the deviation.'),
      to: Millis('End of the deviation.'),
      at: Millis('When the end was known.'),
      reason: DeviationEnd,
    }),
    authority: Fields({ unknownMs: Type.Integer({ minimum: 0 }), suspendedMs: Type.Integer({ minimum: 0 }) }),
  },
  Notified: {
    authority: Fields({
      criterion: CriterionName,
      notice: Type.Enum(['EscalationDue', 'DeviationEnded', 'CriterionChanged'], { type: 'string' }),
      phase: Type.Enum(['Intent', 'Attempt', 'Outcome'], { type: 'string' }),
      audience: Type.String(),
      step: Type.Optional(Type.String({ description: 'The step in words: after 15m, or 15m within 1h.' })),
      deviation: Type.Optional(Type.String({ description: 'Id of the deviation or evidence gap.' })),
      at: Millis('When it fell due.'),
      late: Type.Boolean({ description: 'Whether the operator could tell of it only later.' }),
      message: Type.String(),
    }),
  },
  Delivery: {
    authority: Fields({
      id: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the delivery: the same for each attempt.' }),
      channel: Type.String({ description: 'Name of the NotificationChannel.' }),
      audience: Type.String(),
      story: Type.String({ description: 'What is told of: id of a deviation or evidence gap, name of an incident or change.' }),
      stories: Type.Array(Type.String(), {
        maxItems: 200,
        description: 'All that this message tells of, beside others; of many the first 200.',
      }),
      state: Type.Integer({ minimum: 1, description: 'How many entries of its history the message tells.' }),
      phase: DeliveryPhase,
      at: Millis('When.'),
      ended: Type.Boolean({ description: 'Whether the message says that it is over.' }),
      reason: Type.Optional(Type.String({ maxLength: 1024, description: 'Why it was rejected or withheld.' })),
    }),
    internal: Fields({
      action: Type.Enum(['Post', 'Reply', 'Edit'], { type: 'string' }),
      states: Type.Optional(
        Type.Array(Type.Integer({ minimum: 0 }), {
          maxItems: 200,
          description: 'How many entries of the history of each of these stories the message tells, at the same index.',
        }),
      ),
      message: Type.Optional(Type.String({ maxLength: 1024, description: 'Where the platform keeps the message.' })),
      by: Type.Optional(Type.String({ maxLength: 253, description: 'Who withheld it.' })),
    }),
  },
  ChannelChanged: {
    authority: Fields({
      channel: Type.String({ description: 'Name of the NotificationChannel.' }),
      audience: Type.String(),
      platform: Type.String(),
      uid: Type.String({ description: 'UID of the object.' }),
      change: ChannelChange,
      at: Millis('When the operator saw it.'),
      reason: Type.String({ description: 'Reason of its condition Delivering.' }),
    }),
    internal: Fields({
      message: Type.String({ maxLength: 1024, description: 'What is wrong, in a sentence.' }),
      pending: Type.Integer({ minimum: 0, description: 'How many messages wait.' }),
    }),
  },
  IncidentChanged: {
    customers: Fields({
      incident: Type.String({ description: 'Name of the incident.' }),
      change: IncidentChange,
      at: Millis('When the operator saw the change.'),
      state: IncidentState,
      severity: Severity,
      words: Type.Optional(Type.String({ description: 'What was said to customers.' })),
      resolution: Type.Optional(IncidentResolution),
    }),
    authority: Fields({
      uid: Type.String({ description: 'UID of the object.' }),
      title: Type.String(),
      by: Type.Optional(Type.String({ description: 'Who says to have made the change, where somebody does.' })),
      origin: Type.Optional(IncidentOrigin),
      category: Type.Optional(Type.String()),
      priority: Type.Optional(IncidentPriority),
      update: Type.Optional(Type.Integer({ description: 'Number of the update.' })),
      audience: Type.Optional(Type.String({ description: 'Whom the update is for, or who acknowledged.' })),
      note: Type.Optional(Type.String({ description: 'What was said to the authority.' })),
      reason: Type.Optional(Type.String({ description: 'Why the suspicion was dismissed.' })),
      reactBy: Type.Optional(Millis('By when somebody is to react.')),
      recoverBy: Type.Optional(Millis('By when it is to be resolved.')),
      due: Type.Optional(Millis('Of a time that passed: when it did; it may be known only later.')),
      level: Type.Optional(Type.Integer({ minimum: 2, maximum: 3, description: 'The level to which it was escalated.' })),
    }),
    internal: Fields({ internalNote: Type.Optional(Type.String({ description: 'What was said to the team.' })) }),
  },
  ChangeRecorded: {
    customers: Fields({
      toCustomers: Type.Optional(
        Fields(
          {
            change: Type.String({ description: 'Name of the change.' }),
            from: Millis('When its window opens.'),
            to: Millis('When its window closes.'),
            tellAt: Millis('From when on customers are to be told.'),
            text: Type.String({ description: 'What they are told.' }),
            isCalledOff: Type.Boolean({ description: 'Whether it was called off before its window was over.' }),
          },
          { description: 'What customers may know; absent where the change does not ask to tell them, or is not approved.' },
        ),
      ),
    }),
    authority: Fields({
      change: Type.String({ description: 'Name of the change.' }),
      event: ChangeEvent,
      at: Millis('When the operator saw it.'),
      uid: Type.String({ description: 'UID of the object.' }),
      spec: ChangeRecordSpec,
      by: Type.Optional(Type.String({ description: 'Who says to have done it, where somebody does.' })),
    }),
  },
  Commented: {
    authority: Fields({
      comment: Type.String({ description: 'Name of the comment.' }),
      uid: Type.String({ description: 'UID of the object.' }),
      at: Millis('When the operator saw it.'),
      criterion: CriterionName,
      deviation: Type.Optional(Type.String({ description: 'Id of the deviation, where the comment names one.' })),
      about: CommentKind,
      text: Type.String(),
      author: Type.String(),
      audience: Type.Optional(Type.String({ description: 'Who is not to be told.' })),
    }),
  },
  FindingChanged: { authority: FindingRecord },
  ObjectiveChanged: {
    customers: Fields({
      criterion: CriterionName,
      at: Millis('The slot.'),
      met: Type.Boolean(),
      achieved: Type.String(),
      target: Type.String(),
    }),
  },
} as const satisfies Record<string, Partial<Record<Level, TObject>>>;

export type RecordKind = keyof typeof RECORD_KINDS;

type Part<S> = S extends TSchema ? Static<S> : unknown;
type Levels<K extends RecordKind> = (typeof RECORD_KINDS)[K];
/** All fields of a record of kind `K`, whatever the level. */
export type RecordBody<K extends RecordKind> = Part<'customers' extends keyof Levels<K> ? Levels<K>['customers'] : undefined> &
  Part<'authority' extends keyof Levels<K> ? Levels<K>['authority'] : undefined> &
  Part<'internal' extends keyof Levels<K> ? Levels<K>['internal'] : undefined>;

/** The head of a record: what enters the service's tree. */
export const RecordHead = Fields({
  v: Type.Literal(RECORD_VERSION),
  kind: Type.Enum(Object.keys(RECORD_KINDS) as RecordKind[], { type: 'string' }),
  namespace: Type.String(),
  service: Type.String(),
  seq: Type.Integer({ minimum: 0, description: 'Number of the record in the log of its service: 0, 1, 2, ... without holes.' }),
  epoch: Type.Integer({ minimum: 0, description: 'The minute in which it was recorded: whole minutes since 1970-01-01T00:00Z.' }),
  recordedAt: Millis('When it was recorded.'),
  slot: Type.Optional(Millis('The slot that it speaks of; of a batch the first.')),
  specDigest: Type.Optional(Digest('Digest of the criterion that it speaks of.')),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Offset of the slots of the criterion within its interval, in milliseconds.' }),
  ),
  parts: Type.Partial(
    Fields({ customers: Digest('Salted hash.'), authority: Digest('Salted hash.'), internal: Digest('Salted hash.') }),
  ),
});
export type RecordHead = Static<typeof RecordHead>;

/** A record as it is read back: its head, the digest of the head, and the fields of all parts that the reader may read. */
export type LogRecord = {
  [K in RecordKind]: { readonly kind: K; readonly head: RecordHead; readonly digest: string; readonly body: RecordBody<K> };
}[RecordKind];

/** What is handed to the log: everything of a record but what the log itself adds (numbers, times, salts, hashes). */
export type NewRecord = {
  [K in RecordKind]: {
    readonly kind: K;
    readonly namespace: string;
    readonly service: string;
    readonly slot?: number;
    readonly specDigest?: string;
    readonly offset?: number;
    readonly body: RecordBody<K>;
  };
}[Exclude<RecordKind, 'Observations'>];

/** One observation; durable with its commit, and sealed with its neighbours into an `Observations` record later. */
export interface NewObservation {
  readonly kind: 'Observation';
  readonly namespace: string;
  readonly service: string;
  readonly outcome: ObservedOutcome;
  readonly detail: ObservedDetail;
}
