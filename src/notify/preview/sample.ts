import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import type { LogRecord, RecordBody, RecordKind } from '../../api/records.ts';
import { demandText } from '../../domain/demand.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { emptyStoryBook, takeIntoStories } from '../stories/story-book.ts';
import type { Sample } from './samples.ts';
import { levelOf, type Story } from '../stories/story.ts';

/** A criterion of which a sample tells. */
export interface SampleCriterion {
  readonly namespace: string;
  readonly name: string;
  readonly spec: CertificationCriterionSpec;
}

/** Whom a sample is told, and when the latest of it happens, in milliseconds since 1970-01-01T00:00:00Z. */
export interface Telling {
  readonly audience: string;
  readonly at: number;
}

/** Stories as they are one moment, and then the next: what a channel is offered. */
export type Moments = readonly { readonly at: number; readonly stories: readonly Story[] }[];

const MINUTE = 60_000;
const LASTED_MS = 17 * MINUTE;
const STORM = 3;

/** Sample stories, made of the records that the log would have: the last moment is that of which the sample tells. */
export function sampleOf(sample: Sample, criteria: readonly [SampleCriterion, ...SampleCriterion[]], telling: Telling): Moments {
  const [first] = criteria;
  const since = telling.at - LASTED_MS;
  switch (sample) {
    case 'failing':
    case 'unclear':
      return [{ at: telling.at, stories: storiesOf(begun(sample, first, { ...telling, since })) }];
    case 'ended': {
      const before = begun('failing', first, { ...telling, since });
      return [
        { at: since, stories: storiesOf(before) },
        { at: telling.at, stories: storiesOf([...before, ...over(first, { ...telling, since })]) },
      ];
    }
    case 'incident':
      return [{ at: telling.at, stories: storiesOf(incident(first, telling)) }];
    case 'storm':
      return [
        { at: telling.at, stories: storm(criteria).flatMap((each) => storiesOf(begun('failing', each, { ...telling, since }))) },
      ];
  }
}

/** Several of one service: those that there are, or the same one under other names. */
function storm([first, ...others]: readonly [SampleCriterion, ...SampleCriterion[]]): readonly SampleCriterion[] {
  if (others.length > 0) return [first, ...others];
  return Array.from({ length: STORM }, (_, at) => (at === 0 ? first : { ...first, name: `${first.name}-${at + 1}` }));
}

const storiesOf = (records: readonly LogRecord[]): Story[] => [
  ...records.reduce(takeIntoStories, emptyStoryBook()).stories.values(),
];

interface Span extends Telling {
  readonly since: number;
}

function begun(sample: 'failing' | 'unclear', criterion: SampleCriterion, { audience, since, at }: Span): LogRecord[] {
  const { namespace, name, spec } = criterion;
  const seen = sample === 'failing' ? `for example: ${demandText(spec.rule)} does not hold` : 'for example: no answer within 10s';
  const changed = recordOf(criterion, 'VerdictChanged', {
    ...{ criterion: name, at: since, from: 'Pass', controls: spec.controls, first: false, message: seen },
    ...(sample === 'failing' ? { to: 'Fail', reason: 'NotMet' } : { to: 'Inconclusive', reason: 'SourceUnreachable' }),
  });
  const id = deviationId(`${namespace}/${name}`, since);
  const step = spec.escalation?.find((each) => each.audience === audience)?.after ?? '0s';
  const due = {
    criterion: name,
    notice: 'EscalationDue',
    phase: 'Intent',
    audience,
    step: `after ${step}`,
    deviation: id,
  } as const;
  return [changed, recordOf(criterion, 'Notified', { ...due, at, late: false, message: seen })];
}

function over(criterion: SampleCriterion, { audience, since, at }: Span): LogRecord[] {
  const { namespace, name, spec } = criterion;
  const id = deviationId(`${namespace}/${name}`, since);
  const end = { from: since, to: at, at, reason: 'Recovered', unknownMs: 0, suspendedMs: 0 } as const;
  return [
    recordOf(criterion, 'VerdictChanged', {
      ...{ criterion: name, at, from: 'Fail', to: 'Pass', reason: 'Met', message: `for example: ${demandText(spec.rule)}` },
      ...{ controls: spec.controls, first: false },
    }),
    recordOf(criterion, 'DeviationClosed', { criterion: name, id, ...end }),
    recordOf(criterion, 'Notified', {
      ...{ criterion: name, notice: 'DeviationEnded', phase: 'Intent', audience, deviation: id, at, late: false },
      message: 'ended: Recovered',
    }),
  ];
}

function incident(criterion: SampleCriterion, { audience, at }: Telling): LogRecord[] {
  const { spec } = criterion;
  const common = { incident: 'example', uid: '', state: 'Open', severity: 'high', title: `For example: ${spec.title}` } as const;
  const opened = recordOf(criterion, 'IncidentChanged', { ...common, change: 'Opened', at: at - MINUTE, by: 'alice' });
  const update = { ...common, change: 'Updated', at, by: 'alice', update: 1, audience } as const;
  const level = levelOf(audience);
  const said = {
    internal: { internalNote: 'For example: a note of the team to itself.' },
    authority: { note: 'For example: what the team says to the authority.' },
    customers: { words: 'For example: what the team says to customers.' },
  }[level];
  return [opened, recordOf(criterion, 'IncidentChanged', { ...update, ...said })];
}

function recordOf<K extends RecordKind>({ namespace, spec }: SampleCriterion, kind: K, body: RecordBody<K>): LogRecord {
  const head = { v: 1, kind, namespace, service: spec.service, seq: 0, epoch: 0, recordedAt: 0, parts: {} };
  // Kind and body go together, which the compiler does not follow.
  return { kind, head, digest: '', body } as unknown as LogRecord;
}
