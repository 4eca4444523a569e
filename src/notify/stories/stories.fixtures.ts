import type { LogRecord, NewRecord, RecordBody } from '../../api/records.ts';
import type { CertificationCriterionSpec } from '../../api/criterion.ts';
import { deviationId } from '../../domain/deviation-id.ts';
import { emptyStoryBook, type StoryBook, takeIntoStories } from './story-book.ts';
import { beginning, endingEntry } from './story-words.ts';
import type { Story } from './story.ts';

/*
 * What tests of the way from the log to the channels use: records of a service, and stories.
 */

export const START = Date.parse('2026-11-28T12:00:00Z');
export const MINUTE = 60_000;

type Kind = NewRecord['kind'];

/** A book after these records, each of the service shop in the namespace web unless it says otherwise. */
export function bookOf(...records: readonly LogRecord[]): StoryBook {
  return records.reduce(takeIntoStories, emptyStoryBook());
}

let seq = 0;

/** A record as the log gives it. */
export function recorded<K extends Kind>(
  kind: K,
  body: RecordBody<K>,
  place: { namespace?: string; service?: string } = {},
): LogRecord {
  const head = { v: 1, kind, namespace: 'web', service: 'shop', ...place, seq: seq++, epoch: 0, recordedAt: 0, parts: {} };
  return { kind, head, digest: '', body } as unknown as LogRecord;
}

/** A change of the verdict of the criterion up. */
export const verdict = (
  at: number,
  to: RecordBody<'VerdictChanged'>['to'],
  changed: Partial<RecordBody<'VerdictChanged'>> = {},
): LogRecord =>
  recorded('VerdictChanged', {
    ...{ criterion: 'up', at, from: to === 'Pass' ? 'Fail' : 'Pass', to, message: `seen at ${at}`, controls: [], first: false },
    ...{ reason: to === 'Fail' ? 'NotMet' : 'SourceUnreachable', ...changed },
  });

/** The id of the deviation of the criterion up that began then. */
export const upSince = (since: number): string => deviationId('web/up', since);

/** A notice about the deviation that began at `since`. */
export const notified = (
  at: number,
  since: number | undefined,
  audience: string,
  changed: Partial<RecordBody<'Notified'>> = {},
): LogRecord =>
  recorded('Notified', {
    ...{ criterion: 'up', notice: 'EscalationDue', phase: 'Intent', audience, step: 'after 0s', at, late: false },
    ...{ message: 'for 0s: up is 0', ...(since !== undefined && { deviation: upSince(since) }), ...changed },
  });

export const criterion = (at: number, change: RecordBody<'CriterionChanged'>['change']): LogRecord =>
  recorded('CriterionChanged', { criterion: 'up', change, at, uid: '', spec: {} as CertificationCriterionSpec });

export const opened = (at: number, from: number, reopened = false): LogRecord =>
  recorded('DeviationOpened', { criterion: 'up', id: upSince(from), from, at, reopened });

export const closed = (at: number, span: readonly [number, number], reason: RecordBody<'DeviationClosed'>['reason']): LogRecord =>
  recorded('DeviationClosed', {
    ...{ criterion: 'up', id: upSince(span[0]), from: span[0], to: span[1], at, reason, unknownMs: 0, suspendedMs: 0 },
  });

/** What a criterion says of itself. */
export const SPEC: CertificationCriterionSpec = {
  service: 'shop',
  title: 'The shop answers',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  severity: 'high',
  interval: '30s',
  runbook: 'https://wiki.example.org/shop',
  evidence: [{ name: 'up', metric: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
} as unknown as CertificationCriterionSpec;

/** The stories of criteria `c0`, `c1`, ...: deviations of which the team and customers are told at once. */
export function deviation(criterionName: string, since: number, changed: Partial<Story> = {}): Story {
  const { namespace = 'web', service = 'shop' } = changed;
  const told = { at: since, late: false };
  return {
    ...{ id: deviationId(`${namespace}/${service}/${criterionName}`, since), kind: 'Deviation', namespace, service },
    ...{ criterion: criterionName, since, firstSeq: 0, standing: 'Failing', seen: `${criterionName} is 0` },
    addressed: { internal: told, customers: told },
    history: [beginning(since), { at: since, words: { authority: `not met: ${criterionName} is 0` }, turn: true }],
    ...changed,
  };
}

/** The same story at its end. */
export function over(story: Story, at: number): Story {
  const ending = endingEntry('Recovered', { from: story.since, to: at });
  return { ...story, standing: 'Ended', ended: { at, how: 'Recovered' }, history: [...story.history, ending] };
}

/** The same story with one thing more that happened. */
export function more(story: Story, at: number, text: string, turn = true): Story {
  return { ...story, seen: text, history: [...story.history, { at, words: { authority: text }, turn }] };
}
