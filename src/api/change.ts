import { Type, type Static } from 'typebox';

import { cel, Conditions, Fields, Moment, Name, type ObjectMeta, PositiveDuration, Timestamp } from './common.ts';
import { Author, isSame, words } from './incident.ts';

const ChangeCategory = Type.Enum(['Regular', 'Emergency', 'Standard'], {
  type: 'string',
  description: 'Regular, Emergency, or Standard (agreed once and for all).',
});

const ChangeRisk = Type.Enum(['Low', 'Medium', 'High'], {
  type: 'string',
  description: 'What it may do to the service: Low, Medium or High.',
});

export const ChangeWindow = Fields(
  { from: Moment('When it opens.'), to: Moment('When it closes (not included).') },
  {
    description: 'When the change is made.',
    ...cel({ rule: 'self.from < self.to', message: 'from must be before to' }),
  },
);
export type ChangeWindow = Static<typeof ChangeWindow>;

const TellCustomers = Fields(
  {
    before: Type.Optional(PositiveDuration('How long before the window opens they are told (default 24h).', { default: '24h' })),
    text: words(4096, 'What they are told.'),
  },
  { description: 'That customers are told of it before, and what.' },
);

export const ChangeOutcome = Fields(
  {
    success: Type.Boolean({ description: 'Whether the change did what it should.' }),
    text: Type.Optional(words(4096, 'What came of it.')),
    by: { ...Author, description: 'Who says so: the name of the user, as Kubernetes knows it.' },
  },
  { description: 'What came of it.' },
);

/** What is approved: with the approval there, none of it changes. */
const PLAN = {
  id: Type.Optional(words(64, 'Its number where changes are managed; the name of the object where there is none.')),
  owner: words(253, 'Who answers for it.'),
  initiator: words(253, 'Who wants it.'),
  reason: Type.Optional(words(4096, 'What causes it.')),
  ticket: Type.Optional(words(512, 'Where its cause is described: number or address of a ticket.')),
  hosts: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
      maxItems: 64,
      'x-kubernetes-list-type': 'atomic',
      description: 'Where it is made: hosts, or parts of the service.',
    }),
  ),
  description: words(4096, 'What is changed.'),
  category: ChangeCategory,
  risk: ChangeRisk,
  window: ChangeWindow,
  tellCustomers: Type.Optional(TellCustomers),
  adjustFigures: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Whether figures are also printed without the time not met in the window (default false). Needs an approval that was on record before the window opened.',
    }),
  ),
};

const timesAreSame = 'self.window.from == oldSelf.window.from && self.window.to == oldSelf.window.to';
const planIsSame = [
  ...Object.keys(PLAN)
    .filter((field) => field !== 'window')
    .map(isSame),
  timesAreSame,
]
  .map((rule) => `(${rule})`)
  .join(' && ');

export const ChangeRecordSpec = Fields(
  {
    service: Name(
      'Service that is changed, in this namespace.',
      cel({ rule: 'self == oldSelf', message: 'service is immutable' }),
    ),
    ...PLAN,
    requestedBy: {
      ...Author,
      description: 'Who asks for it: the name of the user, as Kubernetes knows it.',
      ...cel({ rule: 'self == oldSelf', message: 'requestedBy is immutable' }),
    },
    approvedBy: Type.Optional({
      ...Author,
      description: 'Who approves it, another person than the one who asks: the name of the user, as Kubernetes knows it.',
    }),
    outcome: Type.Optional(ChangeOutcome),
  },
  {
    description: 'What is changed, when, and who agreed.',
    ...cel(
      { rule: 'has(self.reason) || has(self.ticket)', message: 'a change has a reason or a ticket' },
      {
        rule: '!has(self.approvedBy) || self.approvedBy != self.requestedBy',
        message: 'a change is approved by another person than the one who asks for it',
        fieldPath: '.approvedBy',
      },
      {
        rule: `!has(self.approvedBy) || !has(oldSelf.approvedBy) || (${planIsSame})`,
        message: 'what was approved stands: take approvedBy away, change it, and have it approved again',
      },
    ),
  },
);
export type ChangeRecordSpec = Static<typeof ChangeRecordSpec>;

const ChangePhase = Type.Enum(['Planned', 'Approved', 'InWindow', 'Over'], {
  type: 'string',
  description: 'Planned (not approved yet), Approved (its window is to come), InWindow or Over.',
});
export type ChangePhase = Static<typeof ChangePhase>;

const ApprovalState = Type.Enum(['Missing', 'InTime', 'Late'], {
  type: 'string',
  description:
    'InTime: it was on record before the window opened. Late: it was not. Missing: nobody approved. Only InTime explains something.',
});
export type ApprovalState = Static<typeof ApprovalState>;

export const ChangeRecordStatus = Fields(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ format: 'int64', description: 'Generation of the spec that this status speaks of.' }),
    ),
    phase: Type.Optional(ChangePhase),
    recordedAt: Type.Optional(Timestamp('When the change was first put on record.')),
    approval: Type.Optional(ApprovalState),
    approvedAt: Type.Optional(Timestamp('When the approval was put on record.')),
    conditions: Type.Optional(Conditions),
  },
  { description: 'What is on record of it; written by the operator.' },
);
export type ChangeRecordStatus = Static<typeof ChangeRecordStatus>;

export interface ChangeRecord {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: ChangeRecordSpec;
  readonly status?: ChangeRecordStatus;
}
