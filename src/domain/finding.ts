import { createHash } from 'node:crypto';

import type { Finding, FindingChange, FindingRecord, FindingSpec, FindingState, SpotCheckAnswer } from '../api/finding.ts';

/** A finding as the log knows it. Times in milliseconds since 1970-01-01T00:00:00Z. */
export interface KnownFinding {
  readonly latest: FindingRecord;
  readonly raisedAt: number;
  readonly answeredAt?: number;
  readonly closedAt?: number;
  /** Since when an answer is missing; until there is one, or more time for it. */
  readonly overdueSince?: number;
  /** Digest of what was said in raising it, as it was changed last. */
  readonly raised: string;
  /** Digests of the answers and reopenings on record: another word under a number that was used before is another one. */
  readonly said: ReadonlySet<string>;
  /** Digest of the closure that stands. */
  readonly closure?: string;
  /** The spot check that is asked for. */
  readonly asked?: Asked;
  readonly seen?: SpotCheckAnswer;
  readonly isDeleted: boolean;
}

/** What a spot check asks for, and when it was asked. */
export interface Asked {
  readonly criterion: string;
  /** Absent for the latest slot when it was asked. */
  readonly at?: number;
  readonly askedAt: number;
}

/** What is known of a finding once this is on record. */
export function findingAfter(before: KnownFinding | undefined, body: FindingRecord): KnownFinding {
  if (before === undefined || body.change === 'Raised') return begun(body);
  const known: KnownFinding = { ...before, latest: body, isDeleted: body.change === 'Deleted' };
  switch (body.change) {
    case 'Changed':
      return inTimeAgain({ ...known, raised: raisedKey(body) });
    case 'Answered':
      return inTimeAgain({ ...known, answeredAt: body.at, said: new Set([...known.said, saidKey(body)]) });
    case 'SpotChecked':
      return { ...known, answeredAt: body.at, ...(body.seen && { seen: body.seen }) };
    case 'Overdue':
      return { ...known, overdueSince: body.due ?? body.at };
    case 'Closed':
      return { ...inTimeAgain(known), closedAt: body.at, closure: saidKey(body) };
    case 'Reopened': {
      const { closedAt: _closedAt, closure: _closure, ...open } = inTimeAgain(known);
      return { ...open, said: new Set([...known.said, saidKey(body)]) };
    }
    case 'Deleted':
      return known;
  }
}

function begun(body: FindingRecord): KnownFinding {
  const { at, asked } = body;
  return {
    ...{ latest: body, raisedAt: at, raised: raisedKey(body), said: new Set<string>(), isDeleted: body.change === 'Deleted' },
    ...(asked && { asked: { ...asked, askedAt: at } }),
  };
}

function inTimeAgain(known: KnownFinding): KnownFinding {
  const { overdueSince: _overdue, ...inTime } = known;
  return known.latest.state === 'Overdue' ? known : inTime;
}

const digestOf = (...words: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(words)).digest('base64url');

/** Of bounded size: a text may be long, and there may be many. */
const saidKey = ({ change, number, by, text }: Pick<FindingRecord, 'change' | 'number' | 'by' | 'text'>): string =>
  digestOf(change, number, by, text);

function raisedKey({ type, severity, title, due, text, about, asked }: Described): string {
  const { criterion, deviation, incident, controls = [] } = about ?? {};
  const of = controls.map(({ catalog, version, id, part, subId }) => [catalog, version, id, part, subId]);
  return digestOf(type, severity, title, due, text, criterion, deviation, incident, of, asked?.criterion, asked?.at);
}

type Described = Pick<FindingRecord, 'type' | 'severity' | 'title' | 'due' | 'text' | 'about' | 'asked'>;
type Step = Pick<FindingRecord, 'change'> & Partial<FindingRecord>;

/**
 * What an object says of a finding that is not on record yet, in the order in which it is put there; and that its time is over.
 * Nothing that is on record is ever taken back. An object that was made anew is a finding of its own.
 */
export function findingChanges(known: KnownFinding | undefined, finding: Finding, at: number): FindingRecord[] {
  const uid = finding.metadata.uid ?? '';
  const gone = known && known.latest.uid !== uid ? findingDeleted(known, at) : [];
  let current = known?.isDeleted === true || gone.length > 0 ? undefined : known;
  const bodies = [...gone];
  for (const steps of [raising, speaking, closing, passing]) {
    for (const step of steps(current, finding.spec, at)) {
      const body = bodyOf(finding, step, { at, before: current });
      current = findingAfter(current, body);
      bodies.push(body);
    }
  }
  return bodies;
}

function bodyOf(
  { metadata, spec }: Finding,
  step: Step,
  { at, before }: { readonly at: number; readonly before: KnownFinding | undefined },
): FindingRecord {
  const { type, title, severity, due } = describedBy(spec);
  const head = { type, title, ...(severity !== undefined && { severity }), ...(due !== undefined && { due }) };
  const state = stateAfter(before, step.change, due ?? Infinity, at);
  return { finding: metadata.name, uid: metadata.uid ?? '', at, state, ...head, ...step };
}

function describedBy({ type, severity, title, text, about, due, spotCheck }: FindingSpec): Described {
  const at = spotCheck?.at === undefined ? undefined : Date.parse(spotCheck.at);
  return {
    ...{ type, title, text },
    ...(severity !== undefined && { severity }),
    ...(due !== undefined && { due: Date.parse(due) }),
    ...(about !== undefined && { about }),
    ...(spotCheck && { asked: { criterion: spotCheck.criterion, ...(at !== undefined && { at }) } }),
  };
}

function stateAfter(before: KnownFinding | undefined, change: FindingChange, due: number, at: number): FindingState {
  const state = before?.latest.state ?? 'Open';
  switch (change) {
    case 'Raised':
    case 'Reopened':
      return 'Open';
    case 'Changed':
      // More time was given.
      return state === 'Overdue' && due > at ? 'Open' : state;
    case 'Answered':
    case 'SpotChecked':
      return state === 'Closed' ? state : 'Answered';
    case 'Overdue':
    case 'Closed':
      return change;
    case 'Deleted':
      return state;
  }
}

function raising(known: KnownFinding | undefined, spec: FindingSpec): Step[] {
  const described = describedBy(spec);
  if (!known) return [{ change: 'Raised', by: spec.raisedBy, ...described }];
  return known.raised === raisedKey(described) ? [] : [{ change: 'Changed', ...described }];
}

/**
 * Answers and reopenings. What is closed takes no answers: those that came while nobody looked followed the reopening. Where the closure
 * itself was not seen, nobody knows which of them came first: it is open.
 */
function speaking(known: KnownFinding | undefined, { answers = [], reopenings = [], closure }: FindingSpec): Step[] {
  const answered = answers.map(({ id, author, text }): Step => ({ change: 'Answered', by: author, number: id, text }));
  const reopened = reopenings.map(({ id, author, reason }): Step => ({
    change: 'Reopened',
    by: author,
    number: id,
    text: reason,
  }));
  const newly = (steps: readonly Step[]): Step[] => steps.filter((step) => known?.said.has(saidKey(step)) !== true);
  if (known?.closure === undefined) return [...newly(answered), ...newly(reopened)];
  const turned = newly(reopened);
  // As the API server should not have let it.
  const unexplained: Step[] = turned.length === 0 && closure === undefined ? [{ change: 'Reopened' }] : [];
  return [...turned, ...unexplained, ...newly(answered)];
}

function closing(known: KnownFinding | undefined, { closure }: FindingSpec): Step[] {
  if (!closure) return [];
  const step: Step = { change: 'Closed', by: closure.author, text: closure.text };
  return known?.closure === saidKey(step) ? [] : [step];
}

function passing(known: KnownFinding | undefined, _spec: FindingSpec, at: number): Step[] {
  return known && isAwaited(known) && (known.latest.due ?? Infinity) <= at ? [{ change: 'Overdue' }] : [];
}

/** Whether somebody has to answer by a time. */
const isAwaited = ({ latest: { type, state } }: KnownFinding): boolean => type !== 'SpotCheck' && state === 'Open';

/** When a finding is overdue by itself; undefined where nothing is awaited. */
export const dueOf = (known: KnownFinding): number | undefined => (isAwaited(known) ? known.latest.due : undefined);

/** What is put on record when the object is gone. */
export function findingDeleted({ latest, isDeleted }: KnownFinding, at: number): FindingRecord[] {
  return isDeleted ? [] : [{ ...headOf(latest), change: 'Deleted', at }];
}

/** What the log says of the slot of a spot check, as it is put on record. */
export function spotChecked({ latest }: KnownFinding, seen: SpotCheckAnswer, at: number): FindingRecord {
  const state = latest.state === 'Closed' ? 'Closed' : 'Answered';
  return { ...headOf(latest), change: 'SpotChecked', at, state, seen };
}

function headOf({ finding, uid, state, type, title, severity, due }: FindingRecord): Omit<FindingRecord, 'change' | 'at'> {
  return {
    ...{ finding, uid, state, type, title },
    ...(severity !== undefined && { severity }),
    ...(due !== undefined && { due }),
  };
}
