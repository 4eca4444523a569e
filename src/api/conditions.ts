/** Condition types, each with the question that its True answers. */
export const CONDITION_TYPES = {
  Ready: 'Can it be evaluated as it is written? (Of an incident, a change, a comment or a finding: is what it says on record?)',
  Passing: 'Is the verdict Pass? (False for Fail, Unknown otherwise)',
  Warning: 'Is the warning bound broken?',
  QueryMatches: 'Has a query ever given a series, as it is written now?',
  SeriesComplete: 'Do the queries give as many series as at most within the last 24 hours?',
  ObjectiveMet: 'Is the objective met over its rolling window?',
  Reachable: 'Does the source answer?',
  Delivering: 'Do messages arrive?',
  Listening: 'Can people ask there?',
} as const;

/** Why a criterion can or can't be evaluated. */
export const READY_REASONS = {
  Evaluating: 'The criterion is evaluated at each slot.',
  Suspended: 'spec.suspend is set: nothing is evaluated.',
  InvalidSpec: 'The spec breaks a rule that the CRD could not hold; the message names the field.',
  InvalidExpression: 'The expression of the rule or of an evidence item can not be used; the message says where it is wrong.',
  InvalidQuery: 'The source refuses the query; the message holds its own sentence.',
  SourceNotFound: 'No EvidenceSource of that name exists.',
  SourceNotAllowed: 'The EvidenceSource is not granted to this namespace.',
  SourceKindMismatch: 'The EvidenceSource is of another kind than the evidence asks for.',
  CredentialsMissing: 'A Secret that the EvidenceSource names, or a key of it, is missing.',
  KindNotAllowed: "The operator may not read objects of that kind; the chart's value readableResources lists those that it may.",
  MaxAgeNotSupported:
    "maxAge differs from the server's lookback, which it can't be told; use a bare selector or the server's own value.",
  ReportNameTaken: 'An EvidenceReport of this name exists that the operator does not own.',
} as const;
export type ReadyReason = keyof typeof READY_REASONS;

/** Why what an incident, a change, a comment or a finding says is or is not on record. */
export const INCIDENT_READY_REASONS = {
  Recorded: 'Everything that it says is on record.',
  CriterionUnknown:
    'It is on record, but the service never had the criterion that it is about: a name may be misspelt. What is said is never changed; say it again.',
  InvalidSpec: 'The spec breaks a rule that the CRD could not hold; the message names the field. Nothing of it is put on record.',
} as const;

/** Whether the queries of a criterion find anything. */
export const MATCHES_REASONS = {
  Matched: 'Every query has given at least one series since it was written so.',
  NeverMatched: 'A query has never given a series: a metric or a label may be misspelt.',
  NothingAsked: 'No query has been answered yet.',
} as const;

/** Whether series of the queries of a criterion vanished. */
export const SERIES_REASONS = {
  AsMany: 'Every query gives as many series as at most within the last 24 hours.',
  FewerSeries: 'A query gives fewer series than within the last 24 hours; the message of the observation says how many.',
  NoSeries: 'A query has given no series within the last 24 hours.',
} as const;

/** Why a source is or is not reachable. */
export const REACHABLE_REASONS = {
  Answering: 'The source answers.',
  Unreachable: 'No answer: refused, reset, timed out, or the name is unknown.',
  Unauthorized: 'The source refuses the credentials (401 or 403).',
  BadAnswer: 'The source answers with something that is not its documented format.',
  ServerError: 'The source answers with an error of its own (5xx).',
  CredentialsMissing: 'A Secret that the EvidenceSource names, or a key of it, is missing.',
  InvalidSpec: 'The spec can not be used; the message names the field.',
} as const;
export type ReachableReason = keyof typeof REACHABLE_REASONS;

/** Why messages do or do not arrive. */
export const DELIVERING_REASONS = {
  Delivered: 'The last message arrived.',
  Ready: 'The platform takes messages; there was none yet.',
  PlaceDiffers: 'Messages arrive, but the place is not as the channel says: members, or who may read it.',
  NotProbed: 'It is not known yet whether the platform takes messages.',
  PlatformUnavailable: 'The platform does not answer, or asks for time: it is tried again.',
  PlatformRefuses: 'The platform takes no message from this channel until somebody changes something.',
  CredentialsMissing: 'A Secret that the channel names, or a key of it, is missing.',
  InvalidSpec: 'The spec can not be used; the message names the field.',
} as const;
export type DeliveringReason = keyof typeof DELIVERING_REASONS;

/** Why people can or can't ask in a channel. */
export const LISTENING_REASONS = {
  Listening: 'Whoever asks there is heard.',
  NotHeard: 'The platform does not let it hear; the message says why. It is tried again.',
} as const;
export type ListeningReason = keyof typeof LISTENING_REASONS;

/** Why an outcome is Unknown (judging.md). */
export const UNKNOWN_REASONS = {
  SourceUnreachable: 'The source gave no answer.',
  QueryFailed: 'The source answered with an error, or with something that is not its documented format.',
  PartialAnswer: 'The source says that its answer may be incomplete.',
  EmptyResult: 'The answer holds no series.',
  NotANumber: 'A value is NaN or infinite, so nothing can be compared.',
  StaleData: 'Every sample is older than maxAge.',
  TooManySeries: 'The answer holds more series than are read.',
  TooFewSeries: 'The answer holds fewer series than minSeries.',
  IncompleteEvidence: 'The source says that it lost some of the evidence.',
  ExpressionFailed: 'The expression could not be evaluated.',
  Expired: 'The attestation has expired.',
  NoHistory: 'Nothing was observed at this slot, and it could not be read back.',
  ClockStepped: 'The clock of the operator was set back.',
} as const;
export type UnknownReason = keyof typeof UNKNOWN_REASONS;

/** Reasons of Kubernetes Events; a notifier can select by them. */
export const EVENT_REASONS = {
  CriterionFailed: { type: 'Warning', text: 'The verdict of a criterion became Fail.' },
  CriterionRecovered: { type: 'Normal', text: 'The verdict of a criterion became Pass again.' },
  CriterionInconclusive: { type: 'Warning', text: 'The verdict of a criterion became Inconclusive.' },
  CriterionChanged: { type: 'Normal', text: 'The spec of a criterion was changed, suspended, resumed or re-created.' },
  SourceUnreachable: { type: 'Warning', text: 'An EvidenceSource no longer answers.' },
  SourceReachable: { type: 'Normal', text: 'An EvidenceSource answers again.' },
  EvidenceStoreFailed: {
    type: 'Warning',
    text: 'The evidence store can not be written: nothing is judged or told until it can.',
  },
  EvidenceGap: { type: 'Warning', text: 'Slots were missed and could not be read back.' },
  EscalationDue: { type: 'Warning', text: 'A step of escalation fell due; the message names the audience.' },
  EscalationNotDelivered: {
    type: 'Warning',
    text: 'What was due did not reach an audience in time; the message names the audience and why.',
  },
  IncidentOpened: { type: 'Warning', text: 'An incident, or the suspicion of one, was put on record.' },
  IncidentUpdated: { type: 'Normal', text: 'Something was said of an incident, or it was changed.' },
  IncidentOverdue: {
    type: 'Warning',
    text: 'A time of an incident passed: nobody reacted, it was escalated, or it is not resolved; the message says which.',
  },
  IncidentResolved: { type: 'Normal', text: 'An incident was resolved, or a suspicion dismissed.' },
  ChangeRecorded: { type: 'Normal', text: 'A change was planned, changed, approved, withdrawn, ended or deleted.' },
  CommentRecorded: { type: 'Normal', text: 'Somebody commented on a deviation.' },
  FindingRaised: { type: 'Warning', text: 'The authority raised a finding, a question or a spot check, or opened one again.' },
  FindingOverdue: { type: 'Warning', text: 'A finding or a question was not answered when it was due.' },
  FindingUpdated: { type: 'Normal', text: 'A finding was answered, changed or deleted, or a spot check has its answer.' },
  FindingClosed: { type: 'Normal', text: 'The authority closed a finding.' },
  ChannelStopped: {
    type: 'Warning',
    text: 'Messages of a NotificationChannel do not arrive until somebody changes something, or for long.',
  },
  ChannelResumed: { type: 'Normal', text: 'Messages of a NotificationChannel arrive again.' },
  ObjectiveMissed: { type: 'Warning', text: 'The objective is no longer met over its rolling window.' },
  ObjectiveRegained: { type: 'Normal', text: 'The objective is met again over its rolling window.' },
} as const;
export type EventReason = keyof typeof EVENT_REASONS;
