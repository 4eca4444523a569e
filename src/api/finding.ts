import { Type, type Static } from 'typebox';

import { cel, Conditions, Control, Fields, listMap, Moment, Name, type ObjectMeta, Timestamp } from './common.ts';
import { Author, isSame, words } from './incident.ts';
import { OutcomeKind } from './criterion.ts';

export const FindingType = Type.Enum(['Finding', 'Question', 'SpotCheck'], {
  type: 'string',
  description:
    'Finding (something is to be corrected), Question (something is to be answered), or SpotCheck (what did the operator see then? It answers by itself from the evidence log, and asks the sources once more).',
});
export type FindingType = Static<typeof FindingType>;

export const FindingSeverity = Type.Enum(['Minor', 'Major', 'Opportunity'], {
  type: 'string',
  description: 'Of a Finding: Major, Minor, or Opportunity (for improvement).',
});
export type FindingSeverity = Static<typeof FindingSeverity>;

export const FindingState = Type.Enum(['Open', 'Overdue', 'Answered', 'Closed'], {
  type: 'string',
  description: 'Open, Overdue (due has passed without an answer), Answered, or Closed.',
});
export type FindingState = Static<typeof FindingState>;

export const FindingAbout = Fields(
  {
    criterion: Type.Optional(Name('Criterion that it is about.', { maxLength: 253 })),
    deviation: Type.Optional(words(64, 'Id of the deviation that it is about.')),
    incident: Type.Optional(Name('Incident that it is about.', { maxLength: 253 })),
    controls: Type.Optional(
      Type.Array(Control, {
        maxItems: 32,
        ...listMap('catalog', 'version', 'id'),
        description: 'Controls that it is about.',
      }),
    ),
  },
  { description: 'What it is about.' },
);
export type FindingAbout = Static<typeof FindingAbout>;

const SpotCheck = Fields(
  {
    criterion: Name('Criterion of the service.', { maxLength: 253 }),
    at: Type.Optional(Moment('When; the slot in force then is looked up (default: the latest slot when it is asked).')),
  },
  {
    description: 'What the operator is asked for.',
    ...cel({
      rule: `self.criterion == oldSelf.criterion && ${isSame('at')}`,
      message: 'what was asked stands: ask for another spot check',
    }),
  },
);

const Numbered = (what: string) =>
  Type.Integer({ minimum: 1, maximum: 100_000, description: `Number of the ${what}: 1, 2, 3, ...` });
const stands = (message: string) => cel({ rule: 'self == oldSelf', message });

const Answer = Fields(
  { id: Numbered('answer'), author: Author, text: words(4096, 'What is answered.') },
  { description: 'An answer; what was said stands.', ...stands('what was said stands: add another answer') },
);

const Reopening = Fields(
  { id: Numbered('reopening'), author: Author, reason: words(4096, 'Why it is open again.') },
  { description: 'Why it was opened again; what was said stands.', ...stands('what was said stands') },
);

const reopeningsOf = (object: string): string => `(has(${object}.reopenings) ? ${object}.reopenings.size() : 0)`;
const onlyAdded = (list: string): string =>
  `!has(oldSelf.${list}) || (has(self.${list}) && oldSelf.${list}.all(o, self.${list}.exists(n, n.id == o.id)))`;

export const FindingSpec = Fields(
  {
    service: Name(
      'Service that it is about, in this namespace.',
      cel({ rule: 'self == oldSelf', message: 'service is immutable' }),
    ),
    type: FindingType,
    severity: Type.Optional(FindingSeverity),
    title: words(150, 'What it is, in a line.'),
    text: words(4096, 'What was found, or what is asked.'),
    raisedBy: { ...Author, description: 'Who raises it: the name of the user, as Kubernetes knows it.' },
    about: Type.Optional(FindingAbout),
    due: Type.Optional(Moment('Until when it is to be answered. The authority may move it.')),
    spotCheck: Type.Optional(SpotCheck),
    answers: Type.Optional(
      Type.Array(Answer, { maxItems: 100, ...listMap('id'), description: "What the provider's team answered, in order." }),
    ),
    closure: Type.Optional(
      Fields(
        { author: Author, text: words(4096, 'Why it is closed: what was accepted, and how that was checked.') },
        { description: 'That it is closed, and why.', ...stands('what was said stands: open it again to close it otherwise') },
      ),
    ),
    reopenings: Type.Optional(
      Type.Array(Reopening, {
        maxItems: 100,
        ...listMap('id'),
        description: 'Why it was opened again, each time; added as closure is taken away.',
      }),
    ),
  },
  {
    description: 'What must be answered or corrected, and by when; said by the authority.',
    ...cel(
      {
        rule: "(self.type == 'SpotCheck') == has(self.spotCheck)",
        message: 'spotCheck goes with type: SpotCheck, and only with it',
      },
      { rule: "(self.type == 'Finding') == has(self.severity)", message: 'severity goes with type: Finding, and only with it' },
      {
        rule: "self.type == 'SpotCheck' || has(self.due)",
        message: 'due says until when a finding or a question is to be answered',
      },
      {
        rule: `self.type == oldSelf.type && self.title == oldSelf.title && self.text == oldSelf.text && self.raisedBy == oldSelf.raisedBy && ${isSame('about')}`,
        message: 'what was said stands: type, title, text, raisedBy and about are immutable',
      },
      { rule: onlyAdded('answers'), message: 'what was said stands: answers are only added', fieldPath: '.answers' },
      { rule: onlyAdded('reopenings'), message: 'what was said stands: reopenings are only added', fieldPath: '.reopenings' },
      {
        rule: '!has(self.closure) || !has(oldSelf.closure) || (has(self.answers) ? self.answers.size() : 0) == (has(oldSelf.answers) ? oldSelf.answers.size() : 0)',
        message: 'what is closed takes no more answers',
        fieldPath: '.answers',
      },
      {
        rule: `(has(oldSelf.closure) && !has(self.closure)) == (${reopeningsOf('self')} > ${reopeningsOf('oldSelf')})`,
        message: 'a closure is taken away with a reason in reopenings, and a reopening takes the closure away',
        fieldPath: '.reopenings',
      },
    ),
  },
);
export type FindingSpec = Static<typeof FindingSpec>;

const Result = Type.Enum(['Observed', 'NothingJudged'], {
  type: 'string',
  description: 'Observed, or NothingJudged (the log has no observation of then).',
});
const RecordDigest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description: 'Digest of that record.' });
const SpecDigest = Type.String({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'Digest of the criterion by which it was judged then.',
});
const Reference = Fields(
  {
    seq: Type.Integer({ minimum: 0, format: 'int64', description: "Number of the record in the service's log." }),
    digest: RecordDigest,
  },
  { description: 'Where the evidence log of the service holds it.' },
);
const Seen = {
  result: Result,
  outcome: Type.Optional(OutcomeKind),
  message: Type.String({ maxLength: 1024, description: 'What was seen, or why nothing was judged.' }),
  specDigest: Type.Optional(SpecDigest),
  record: Type.Optional(Reference),
};

const Millis = (description: string) =>
  Type.Integer({ minimum: 0, description: `${description} Milliseconds since 1970-01-01T00:00:00Z.` });

const AGAIN = {
  outcome: OutcomeKind,
  message: Type.String({ maxLength: 1024, description: 'What was seen now, or why nothing could be.' }),
};

/** What the evidence log says of a slot; the slot in milliseconds since 1970-01-01T00:00:00Z. */
export const SpotCheckAnswer = Fields({
  slot: Type.Optional(Millis('The slot.')),
  ...Seen,
  again: Type.Optional(
    Fields(
      { at: Millis('When it was asked again.'), ...AGAIN },
      { description: 'What the sources say of the same slot, asked once more by the same spec.' },
    ),
  ),
});
export type SpotCheckAnswer = Static<typeof SpotCheckAnswer>;

/** What a record says that happened to a finding. */
export const FindingChange = Type.Enum(
  ['Raised', 'Changed', 'Answered', 'SpotChecked', 'Overdue', 'Closed', 'Reopened', 'Deleted'],
  { type: 'string' },
);
export type FindingChange = Static<typeof FindingChange>;

/** A step of a finding as it is on record, for the authority and the team. Times in milliseconds since 1970-01-01T00:00:00Z. */
export const FindingRecord = Fields({
  finding: Type.String({ description: 'Name of the finding.' }),
  uid: Type.String({ description: 'UID of the object.' }),
  change: FindingChange,
  at: Millis('When the operator saw it.'),
  state: FindingState,
  type: FindingType,
  severity: Type.Optional(FindingSeverity),
  title: Type.String(),
  due: Type.Optional(Millis('Until when it is to be answered.')),
  by: Type.Optional(Type.String({ description: 'Who says so, where somebody does.' })),
  number: Type.Optional(Type.Integer({ description: 'Number of the answer or reopening.' })),
  text: Type.Optional(Type.String({ description: 'What was said.' })),
  about: Type.Optional(FindingAbout),
  asked: Type.Optional(
    Fields(
      { criterion: Type.String(), at: Type.Optional(Millis('When; absent for the latest slot.')) },
      { description: 'What a spot check asks for.' },
    ),
  ),
  seen: Type.Optional(SpotCheckAnswer),
});
export type FindingRecord = Static<typeof FindingRecord>;

export const FindingStatus = Fields(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ format: 'int64', description: 'Generation of the spec that this status speaks of.' }),
    ),
    state: Type.Optional(FindingState),
    raisedAt: Type.Optional(Timestamp('When it was put on record.')),
    answeredAt: Type.Optional(Timestamp('When the latest answer was put on record.')),
    overdueSince: Type.Optional(Timestamp('Since when an answer is missing.')),
    closedAt: Type.Optional(Timestamp('When its closure was put on record.')),
    spotCheck: Type.Optional(
      Fields(
        {
          slot: Type.Optional(Timestamp('The slot.')),
          ...Seen,
          again: Type.Optional(
            Fields(
              { at: Timestamp('When it was asked again.'), ...AGAIN },
              { description: 'What the sources say of the same slot, asked once more by the same spec.' },
            ),
          ),
        },
        { description: 'What the evidence log says of the slot, and what the sources say of it now; no verdict changes by it.' },
      ),
    ),
    conditions: Type.Optional(Conditions),
  },
  { description: 'What is on record of it, as recorded by the provider: nobody else signs it. Written by the operator.' },
);
export type FindingStatus = Static<typeof FindingStatus>;

export interface Finding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: FindingSpec;
  readonly status?: FindingStatus;
}
