import { Type, type Static } from 'typebox';

import { Audience, cel, Conditions, Fields, Name, type ObjectMeta, Timestamp } from './common.ts';
import { Author, words } from './incident.ts';

export const CommentKind = Type.Enum(['Maintenance', 'FalsePositive', 'Cause', 'Note', 'Withhold'], {
  type: 'string',
  description:
    'What is said: Maintenance, FalsePositive, Cause, Note, or Withhold (an audience is not to be told, as long as its channel holds the message). It changes no verdict and no figure.',
});
export type CommentKind = Static<typeof CommentKind>;

export const DeviationCommentSpec = Fields(
  {
    service: Name('Service of the criterion, in this namespace.'),
    criterion: words(253, 'Criterion that did not hold.'),
    deviation: Type.Optional(words(64, 'Id of the deviation (default: whatever of the criterion was open then).')),
    kind: CommentKind,
    text: words(4096, 'What is said; the authority reads it.'),
    author: Author,
    audience: Type.Optional({ ...Audience, description: 'Who is not to be told; with kind: Withhold only.' }),
  },
  {
    description: 'What somebody says of a deviation; immutable.',
    ...cel(
      { rule: 'self == oldSelf', message: 'what was said stands: add another comment' },
      {
        rule: "(self.kind == 'Withhold') == has(self.audience)",
        message: 'audience goes with kind: Withhold, and only with it',
        fieldPath: '.audience',
      },
      {
        rule: "!has(self.audience) || !(self.audience in ['internal', 'authority'])",
        message: 'nothing is withheld from the team or the authority',
        fieldPath: '.audience',
      },
    ),
  },
);
export type DeviationCommentSpec = Static<typeof DeviationCommentSpec>;

export const DeviationCommentStatus = Fields(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ format: 'int64', description: 'Generation of the spec that this status speaks of.' }),
    ),
    recordedAt: Type.Optional(Timestamp('When it was put on record.')),
    conditions: Type.Optional(Conditions),
  },
  { description: 'What is on record of it; written by the operator.' },
);
export type DeviationCommentStatus = Static<typeof DeviationCommentStatus>;

export interface DeviationComment {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: DeviationCommentSpec;
  readonly status?: DeviationCommentStatus;
}
