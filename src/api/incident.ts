import { Type, type Static, type TString } from 'typebox';

import { Audience, cel, Conditions, Fields, listMap, Name, type ObjectMeta, Severity, Timestamp } from './common.ts';

export const IncidentState = Type.Enum(['Suspected', 'Open', 'Resolved', 'Dismissed'], {
  type: 'string',
  description: 'Suspected (nobody has looked yet), Open, Resolved or Dismissed (it was none).',
});
export type IncidentState = Static<typeof IncidentState>;

export const IncidentPriority = Type.Enum(['P1', 'P2', 'P3', 'P4'], {
  type: 'string',
  description: 'How soon it is worked on: P1 (at once) to P4.',
});
export type IncidentPriority = Static<typeof IncidentPriority>;

/** A text that somebody writes. */
export const words = (maxLength: number, description: string): TString =>
  Type.String({ minLength: 1, maxLength, pattern: '\\S', description });

/** Who says something; the admission policy of the chart makes sure that it is the user of the request. */
export const Author = words(253, 'Who says it: the name of the user, as Kubernetes knows it.');

export const IncidentOrigin = Fields(
  {
    criterion: Type.Optional(Name('Criterion whose deviation it began with.', { maxLength: 253 })),
    deviation: Type.Optional(words(64, 'Id of that deviation.')),
    rule: Type.Optional(words(253, 'Rule of Falco that reported.')),
    workload: Type.Optional(words(512, 'Where it reported: namespace and pod, or host.')),
  },
  { description: 'What it began with, where it opened by itself.' },
);
export type IncidentOrigin = Static<typeof IncidentOrigin>;

export const IncidentResolution = Fields(
  {
    cause: words(4096, 'What caused it.'),
    measures: words(4096, 'What was done.'),
    prevention: words(4096, 'What keeps it from happening again.'),
  },
  { description: 'How it was resolved, in words that customers read.' },
);
export type IncidentResolution = Static<typeof IncidentResolution>;

const Update = Fields(
  {
    id: Type.Integer({ minimum: 1, maximum: 100_000, description: 'Number of the update: 1, 2, 3, ...' }),
    author: Author,
    audience: { ...Audience, description: 'Who reads it: internal, authority (and internal), customers (and both).' },
    text: words(4096, 'What is said.'),
  },
  {
    description: 'One update; what was said stands.',
    ...cel({ rule: 'self == oldSelf', message: 'what was said stands: add another update' }),
  },
);

const Acknowledgement = Fields(
  { audience: Audience, by: Author },
  { description: 'Somebody of an audience has read the resolution.' },
);

/** The rule that a field is what it was, there or not. */
export const isSame = (field: string): string =>
  `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`;

export const IncidentSpec = Fields(
  {
    service: Name(
      'Service that it happened to, in this namespace.',
      cel({ rule: 'self == oldSelf', message: 'service is immutable' }),
    ),
    title: words(150, 'What happened, in a line for the team and the authority.'),
    severity: Type.Optional(Severity),
    state: Type.Optional({ ...IncidentState, default: 'Open' }),
    reporter: Type.Optional({ ...Author, description: 'Who reports it: the name of the user, as Kubernetes knows it.' }),
    origin: Type.Optional(IncidentOrigin),
    category: Type.Optional(words(63, 'What kind of incident it is (classification), for example Availability or Malware.')),
    priority: Type.Optional(IncidentPriority),
    updates: Type.Optional(Type.Array(Update, { maxItems: 200, ...listMap('id'), description: 'What was said, in order.' })),
    resolution: Type.Optional({
      ...IncidentResolution,
      ...cel({ rule: 'self == oldSelf', message: 'what was said stands: open the incident again to resolve it otherwise' }),
    }),
    resolver: Type.Optional({ ...Author, description: 'Who resolves it: the name of the user, as Kubernetes knows it.' }),
    dismissal: Type.Optional(
      Fields(
        { author: Author, reason: words(1024, 'Why it was none; the authority reads it.') },
        {
          description: 'Why it was none.',
          ...cel({ rule: 'self == oldSelf', message: 'what was said stands: open the incident again to dismiss it otherwise' }),
        },
      ),
    ),
    acknowledgements: Type.Optional(
      Type.Array(Acknowledgement, {
        maxItems: 64,
        ...listMap('audience', 'by'),
        description: 'Who has read the resolution.',
      }),
    ),
  },
  {
    description: 'What happened, what is being done, how it was resolved.',
    ...cel(
      {
        rule: "(self.state == 'Resolved') == has(self.resolution)",
        message: 'resolution goes with state: Resolved, and only with it',
      },
      {
        rule: "(self.state == 'Dismissed') == has(self.dismissal)",
        message: 'dismissal goes with state: Dismissed, and only with it',
      },
      {
        rule: "self.state == 'Resolved' || !(has(self.resolver) || has(self.acknowledgements))",
        message: 'resolver and acknowledgements speak of a resolution: they go with state: Resolved only',
      },
      {
        rule: "self.state != 'Suspected' || oldSelf.state == 'Suspected'",
        message: 'somebody has looked at it: a suspicion can not come back',
        fieldPath: '.state',
      },
      {
        rule: `${isSame('reporter')} && ${isSame('origin')}`,
        message: 'reporter and origin are immutable',
      },
      {
        rule: `self.state != 'Resolved' || oldSelf.state != 'Resolved' || (${isSame('resolver')})`,
        message: 'the resolver of a resolution that stands is immutable',
        fieldPath: '.resolver',
      },
      {
        rule: '!has(oldSelf.updates) || (has(self.updates) && oldSelf.updates.all(o, self.updates.exists(n, n.id == o.id)))',
        message: 'what was said stands: updates are only added',
        fieldPath: '.updates',
      },
    ),
  },
);
export type IncidentSpec = Static<typeof IncidentSpec>;

const TimelineEntry = Fields(
  {
    at: Timestamp('When it was put on record.'),
    change: Type.String({ description: 'What happened to the incident.' }),
    by: Type.Optional(Type.String({ description: 'Who did it, where somebody says so.' })),
    audience: Type.Optional(Type.String({ description: 'Whom an update is for.' })),
    text: Type.Optional(Type.String({ maxLength: 4096, description: 'What was said.' })),
  },
  { description: 'One thing that happened.' },
);

export const IncidentStatus = Fields(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ format: 'int64', description: 'Generation of the spec that this status speaks of.' }),
    ),
    state: Type.Optional(IncidentState),
    openedAt: Type.Optional(Timestamp('When it was put on record.')),
    endedAt: Type.Optional(Timestamp('When it was resolved or dismissed.')),
    level: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3, description: 'Which level works on it: 1, or to which it was escalated.' }),
    ),
    reactBy: Type.Optional(Timestamp('By when somebody is to react; until somebody has.')),
    recoverBy: Type.Optional(Timestamp('By when it is to be resolved; until it is over.')),
    overdue: Type.Optional(
      Type.Array(Type.Enum(['Reaction', 'Recovery'], { type: 'string' }), {
        maxItems: 2,
        'x-kubernetes-list-type': 'set',
        description: 'What was due and is not done yet: Reaction, Recovery.',
      }),
    ),
    due: Type.Optional(Type.String({ maxLength: 128, description: 'What is due next, or overdue, in words.' })),
    timeline: Type.Optional(
      Type.Array(TimelineEntry, {
        maxItems: 50,
        'x-kubernetes-list-type': 'atomic',
        description: 'What happened, as it is on record; the latest 50.',
      }),
    ),
    conditions: Type.Optional(Conditions),
  },
  { description: 'What is on record of it; written by the operator.' },
);
export type IncidentStatus = Static<typeof IncidentStatus>;

export interface Incident {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: IncidentSpec;
  readonly status?: IncidentStatus;
}
