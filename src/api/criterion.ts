import { Type, type Static, type TOptional } from 'typebox';

import {
  Audience,
  cel,
  Conditions,
  Control,
  Duration,
  Fields,
  Figure,
  listMap,
  Name,
  type ObjectMeta,
  PositiveDuration,
  Severity,
  Timestamp,
} from './common.ts';
import { EVIDENCE_KINDS, type EvidenceKind } from './evidence-kinds.ts';

export const Operator = Type.Enum(['==', '!=', '<', '<=', '>', '>='], {
  type: 'string',
  description: 'How a value is compared: == != < <= > >=.',
});
export type Operator = Static<typeof Operator>;

const kindNames = Object.keys(EVIDENCE_KINDS);
const kindFields = Object.fromEntries(Object.entries(EVIDENCE_KINDS).map(([kind, schema]) => [kind, Type.Optional(schema)])) as {
  [K in EvidenceKind]: TOptional<(typeof EVIDENCE_KINDS)[K]>;
};

export const EvidenceItem = Fields(
  {
    name: Type.String({ pattern: '^[a-z][a-zA-Z0-9_]{0,62}$', description: 'Name by which the rule refers to this evidence.' }),
    ...kindFields,
    whenEmpty: Type.Optional(
      Type.Enum(['Unknown', 'Zero'], {
        type: 'string',
        default: 'Unknown',
        description:
          'What an empty answer means: Unknown (default), or Zero, one series of value 0, which holds only if the source itself answered.',
      }),
    ),
    allowPartial: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether an answer that the source calls partial is still evidence (default false: it makes the outcome Unknown).',
      }),
    ),
  },
  {
    description: 'One named input of the rule; it names exactly one kind of evidence.',
    ...cel({
      rule: `[${kindNames.map((kind) => `has(self.${kind})`).join(', ')}].filter(x, x).size() == 1`,
      message: `an evidence item names exactly one kind: ${kindNames.join(', ')}`,
    }),
  },
);
export type EvidenceItem = Static<typeof EvidenceItem>;

const Bound = {
  op: Operator,
  value: Type.Number({ description: 'The bound, in the unit of the evidence.' }),
};

export const Threshold = Fields(
  {
    evidence: Type.String({ maxLength: 63, description: 'Name of the evidence item that is compared.' }),
    ...Bound,
    match: Type.Optional(
      Type.Enum(['All', 'Any'], {
        type: 'string',
        default: 'All',
        description: 'Whether All series (default) or Any one of them must hold the comparison.',
      }),
    ),
    minSeries: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100000,
        default: 1,
        description: 'Fewer series than this are no evidence that the criterion is met (default 1).',
      }),
    ),
    warn: Type.Optional(
      Fields(Bound, {
        description:
          'A comparison judged beside the rule with the same clocks; when it does not hold, the condition Warning is set. It never changes a verdict.',
      }),
    ),
  },
  { description: 'Compares each series of one evidence item with a bound.' },
);
export type Threshold = Static<typeof Threshold>;

export const Rule = Fields(
  {
    threshold: Type.Optional(Threshold),
    expression: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2048,
        description:
          'What must hold, in the Common Expression Language, over all evidence items: evidence.errors.value / evidence.requests.value < 0.01. Of each item: value (its one number; several series have none), count (of series), sum, min, max, and series (with value and labels).',
      }),
    ),
  },
  {
    description: 'What must hold of the evidence: exactly one of threshold and expression.',
    ...cel({
      rule: 'has(self.threshold) != has(self.expression)',
      message: 'a rule has exactly one of threshold and expression',
    }),
  },
);
export type Rule = Static<typeof Rule>;

export const EscalationStep = Fields(
  {
    audience: Audience,
    after: Type.Optional(Duration('How long the deviation must have lasted continuously before this audience is told.')),
    accumulated: Type.Optional(
      PositiveDuration('How much time not met, in sum within the last `within`, makes this step due (flapping under the hold).'),
    ),
    within: Type.Optional(PositiveDuration('The span over which `accumulated` is summed up.')),
    verdicts: Type.Optional(
      Type.Array(Type.Enum(['Fail', 'Inconclusive'], { type: 'string' }), {
        minItems: 1,
        maxItems: 2,
        'x-kubernetes-list-type': 'set',
        description:
          'In which verdicts the clock of an `after` step runs, Fail always among them: by default Fail and Inconclusive for internal and authority, Fail for every other audience.',
      }),
    ),
  },
  {
    description: 'Tells an audience when a deviation has lasted, or has added up, for a time.',
    ...cel(
      { rule: 'has(self.after) != has(self.accumulated)', message: 'a step has exactly one of after and accumulated' },
      { rule: 'has(self.accumulated) == has(self.within)', message: 'accumulated and within go together' },
      {
        rule: "!has(self.verdicts) || (has(self.after) && 'Fail' in self.verdicts)",
        message: 'verdicts goes with after, and Fail is always among them',
      },
    ),
  },
);
export type EscalationStep = Static<typeof EscalationStep>;

export const Objective = Fields(
  {
    target: Type.String({
      pattern: '^(100(\\.0{1,6})?|[0-9]{1,2}(\\.[0-9]{1,6})?)$',
      description: 'The share of time, in percent, in which the criterion must be met, as a string: "99.9".',
    }),
    window: Type.Optional(PositiveDuration('The rolling window (default 30d).', { default: '30d' })),
    unknownCountsAs: Type.Optional(
      Type.Enum(['Excluded', 'Down'], {
        type: 'string',
        default: 'Excluded',
        description: 'Whether unknown time is Excluded from the figure (default) or counts as Down.',
      }),
    ),
    of: Type.Optional(
      Type.Enum(['Availability', 'Other'], {
        type: 'string',
        default: 'Availability',
        description: "Whether this objective is part of the service's Availability (default) or of Other things (CPU, disk).",
      }),
    ),
  },
  { description: 'The share of time in which the criterion must be met.' },
);
export type Objective = Static<typeof Objective>;

export const CertificationCriterionSpec = Fields(
  {
    title: Type.String({ minLength: 1, maxLength: 200, description: 'What must hold, in one sentence.' }),
    service: Name(
      'The service that is tested; immutable.',
      cel({ rule: 'self == oldSelf', message: 'the service of a criterion is immutable' }),
    ),
    controls: Type.Array(Control, {
      minItems: 1,
      maxItems: 16,
      ...listMap('catalog', 'version', 'id'),
      description: 'The controls that this criterion supports.',
    }),
    severity: Type.Optional(Severity),
    interval: Type.Optional(PositiveDuration('How often the criterion is judged (default 1m, at least 1s).', { default: '1m' })),
    evidence: Type.Array(EvidenceItem, {
      minItems: 1,
      maxItems: 8,
      ...listMap('name'),
      description: 'The named inputs of the rule.',
    }),
    rule: Rule,
    holdFor: Type.Optional(
      Duration('How long the criterion must be not met before the verdict is Fail (default: two intervals).'),
    ),
    recoverFor: Type.Optional(
      Duration('How long the criterion must be met again before the verdict is Pass (default: three intervals).'),
    ),
    unknownFor: Type.Optional(
      Duration('How long the outcome must be unknown before the verdict is Inconclusive (default 5m).', { default: '5m' }),
    ),
    maxAge: Type.Optional(PositiveDuration('An older sample is no evidence (default 5m).', { default: '5m' })),
    whenUnknown: Type.Optional(
      Type.Enum(['Inconclusive', 'Fail'], {
        type: 'string',
        default: 'Inconclusive',
        description: 'What lasting lack of evidence means for the verdict: Inconclusive (default) or Fail. There is no Pass.',
      }),
    ),
    objective: Type.Optional(Objective),
    escalation: Type.Optional(
      Type.Array(EscalationStep, {
        maxItems: 16,
        default: [{ after: '0s', audience: 'internal' }],
        'x-kubernetes-list-type': 'atomic',
        description: 'Who is told, and after how long (default: internal at once).',
        ...cel({
          rule: 'self.all(a, self.filter(b, a.audience == b.audience && has(a.after) == has(b.after) && (!has(a.after) || a.after == b.after) && has(a.accumulated) == has(b.accumulated) && (!has(a.accumulated) || a.accumulated == b.accumulated) && has(a.within) == has(b.within) && (!has(a.within) || a.within == b.within)).size() == 1)',
          message: 'two steps of escalation are alike: each pair of audience and time stands once',
        }),
      }),
    ),
    runbook: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s]+$',
        maxLength: 2048,
        description: 'Address of the page that says what to do when this criterion fails.',
      }),
    ),
    mode: Type.Optional(
      Type.Enum(['Enforced', 'DryRun'], {
        type: 'string',
        default: 'Enforced',
        description: 'Enforced (default), or DryRun: judged and recorded, told to nobody.',
      }),
    ),
    suspend: Type.Optional(
      Fields(
        {
          reason: Type.String({ minLength: 1, maxLength: 512, description: 'Why nothing is judged; told to the authority.' }),
          until: Type.Optional(Timestamp('When judging goes on by itself; without it, when this field is removed.')),
        },
        { description: 'Judges nothing while present: the verdict is Suspended and the clocks stand still.' },
      ),
    ),
  },
  {
    description: 'What must hold, on which evidence, and for how long.',
    ...cel(
      {
        rule: '!has(self.rule.threshold) || self.evidence.exists(e, e.name == self.rule.threshold.evidence)',
        message: 'rule.threshold.evidence must be the name of an evidence item',
        fieldPath: '.rule.threshold.evidence',
      },
      {
        rule: "!has(self.objective) || (self.interval.matches('^[0-9]+[sm]$') && duration(self.interval) <= duration('12m'))",
        message: 'an objective asks for an interval of at most 12m (five looks an hour)',
        fieldPath: '.interval',
      },
    ),
  },
);
export type CertificationCriterionSpec = Static<typeof CertificationCriterionSpec>;

export const Verdict = Type.Enum(['Pass', 'Fail', 'Inconclusive', 'Suspended'], {
  type: 'string',
  description: 'Pass, Fail, Inconclusive or Suspended.',
});
export type Verdict = Static<typeof Verdict>;

export const OutcomeKind = Type.Enum(['Met', 'NotMet', 'Unknown'], { type: 'string', description: 'Met, NotMet or Unknown.' });
export type OutcomeKind = Static<typeof OutcomeKind>;

export const CertificationCriterionStatus = Fields(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ format: 'int64', description: 'Generation of the spec that this status speaks of.' }),
    ),
    verdict: Type.Optional(Verdict),
    since: Type.Optional(Timestamp('Since when the verdict is what it is.')),
    observation: Type.Optional(
      Fields(
        {
          at: Timestamp('The slot: the instant that the evidence speaks of.'),
          outcome: OutcomeKind,
          reason: Type.Optional(Type.String({ description: 'Why the outcome is Unknown.' })),
          message: Type.String({ maxLength: 1024, description: 'What was seen against what is required.' }),
        },
        {
          description:
            'The latest observation that was written here; exact last evaluations are in the metrics and the evidence log.',
        },
      ),
    ),
    evidence: Type.Optional(
      Type.Array(
        Fields({
          name: Type.String({ description: 'Name of the evidence item.' }),
          value: Type.Optional(Figure('The value that decided: of the worst series.')),
          series: Type.Integer({ description: 'Number of series in the answer.' }),
          failing: Type.Integer({ description: 'Number of series that break the rule.' }),
          sampleAt: Type.Optional(Timestamp('Time of the sample, where the source tells it.')),
        }),
        { maxItems: 8, ...listMap('name'), description: 'What the evidence said.' },
      ),
    ),
    deviation: Type.Optional(
      Fields(
        {
          id: Type.String({ description: 'Id of the deviation (a ULID).' }),
          since: Timestamp('Start of the continuous span in which the criterion is not met.'),
          told: Type.Array(Fields({ audience: Audience, at: Timestamp('When the step fell due.') }), {
            maxItems: 32,
            'x-kubernetes-list-type': 'atomic',
            description: 'The audiences whose step fell due.',
          }),
        },
        { description: 'The open deviation, if there is one.' },
      ),
    ),
    objective: Type.Optional(
      Fields(
        {
          achieved: Figure('The share of time met over the window in percent, cut to three decimals; "-" without evidence.'),
          window: Type.String({ description: 'The rolling window.' }),
          unknown: Figure('The unknown share of the window in percent.'),
        },
        { description: 'How the objective stands.' },
      ),
    ),
    record: Type.Optional(
      Fields(
        {
          seq: Type.Integer({ format: 'int64', description: "Number of the record in the service's log." }),
          digest: Type.String({ description: 'Digest of the record head: sha256:<hex>.' }),
        },
        { description: "Where the service's log holds this verdict." },
      ),
    ),
    conditions: Type.Optional(Conditions),
    controls: Type.Optional(Type.String({ description: 'The controls, in one line.' })),
    measured: Type.Optional(Type.String({ description: 'The value against what is required: 0 (== 1).' })),
  },
  { description: 'Whether it holds; written by the operator.' },
);
export type CertificationCriterionStatus = Static<typeof CertificationCriterionStatus>;

export interface CertificationCriterion {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: CertificationCriterionSpec;
  readonly status?: CertificationCriterionStatus;
}
