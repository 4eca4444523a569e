import { createHash } from 'node:crypto';
import { figuresOf, looksOf, rulesAfter, suspendedWithin, timesOf } from './availability.ts';
import type { Look } from './availability.ts';
import type {
  AccumulatedStep,
  AfterStep,
  DeviationOpinion,
  Event,
  Input,
  Notice,
  Opinion,
  Outcome,
  Rules,
  Step,
  Verdict,
} from './opinion.ts';

/** One judged slot: `record` is its record's number in the log; `clears` says that no bad clock outlives it. */
interface Judged {
  readonly at: number;
  readonly record: number;
  readonly outcome: Outcome;
  clears: boolean;
}

interface Deviation {
  readonly from: number;
  readonly row: number;
  changed: boolean;
}

/** From the first gap or deviation until the Met that ends it all. */
interface Episode {
  readonly from: number;
  readonly record: number;
  readonly told: { readonly key: string; readonly audience: string }[];
}

/** What is remembered from slot to slot; every clock is looked up in `history` anew. */
interface Book {
  events: readonly Event[];
  readonly history: Judged[];
  verdict: Verdict;
  latest: Outcome | undefined;
  deviation: Deviation | undefined;
  deleted: Deviation | undefined;
  gap: { readonly from: number } | undefined;
  episode: Episode | undefined;
  readonly accumulated: { readonly key: string; readonly at: number }[];
  readonly transitions: { at: number; verdict: Verdict }[];
  readonly deviations: DeviationOpinion[];
  readonly gapsOpened: { from: number }[];
  readonly steps: (Notice & { kind: 'After' | 'Accumulated' })[];
  readonly ends: Notice[];
  readonly changeNotices: Notice[];
}

/** Offset in seconds of the slots of a service (`namespace/service`) at an interval of whole seconds. */
export function secondOffset(service: string, intervalSeconds: number): number {
  return createHash('sha256').update(service).digest().readUInt32BE(0) % intervalSeconds;
}

/** Judges a whole log by the text of judging.md alone, slowly: to be compared with what the operator does. */
export function secondOpinion(input: Input): Opinion {
  const book: Book = {
    ...{ events: [], history: [], verdict: 'Inconclusive', latest: undefined },
    ...{ deviation: undefined, deleted: undefined, gap: undefined, episode: undefined, accumulated: [] },
    ...{ transitions: [], deviations: [], gapsOpened: [], steps: [], ends: [], changeNotices: [] },
  };
  for (const [index, event] of input.events.entries()) {
    book.events = input.events.slice(0, index + 1);
    read(book, event);
  }
  const times = timesOf(input.events, input.period, input.knownUntil);
  const { transitions, deviations, gapsOpened, steps, ends, changeNotices } = book;
  const figures = figuresOf(times, rulesAfter(input.events, input.events.length - 1).unknownCountsAs);
  return { transitions, deviations, gapsOpened, steps, ends, changeNotices, times, ...figures };
}

function read(book: Book, event: Event): void {
  switch (event.kind) {
    case 'Created':
      return;
    case 'Slot':
    case 'Missed':
      for (const look of looksOf(book.events, book.events.length - 1)) judge(book, look);
      return;
    case 'Changed':
      mark(book);
      tellChange(book, event.at);
      return;
    case 'Suspended':
      tellChange(book, event.at);
      book.transitions.push({ at: event.at, verdict: 'Suspended' });
      return;
    case 'Resumed':
      book.transitions.push({ at: event.at, verdict: book.verdict });
      return;
    case 'Deleted':
      tellChange(book, event.at);
      remove(book, event.at);
      return;
    case 'Recreated':
      restore(book);
      tellChange(book, event.at, book.deviation !== undefined);
  }
}

function rulesNow(book: Book): Rules {
  return rulesAfter(book.events, book.events.length - 1);
}

// Verdict

function judge(book: Book, look: Look): void {
  const before = book.history.at(-1);
  if (before !== undefined && look.slot <= before.at) return;
  const asNotMet = look.outcome === 'Unknown' && rulesNow(book).whenUnknown === 'Fail';
  const outcome = asNotMet ? 'NotMet' : look.outcome;
  const slot: Judged = { at: look.slot, record: book.events.length - 1, outcome, clears: false };
  book.history.push(slot);
  book.latest = look.outcome;
  const verdict = { NotMet: judgeNotMet, Met: judgeMet, Unknown: judgeUnknown }[outcome](book, slot, look);
  if (verdict !== book.verdict) book.transitions.push({ at: slot.at, verdict });
  book.verdict = verdict;
  if (look.outcome === 'Met') endEpisode(book, slot.at);
  else tellSteps(book, slot.at, look.outcome);
}

function judgeNotMet(book: Book, slot: Judged): Verdict {
  book.gap = undefined;
  if (book.deviation) return 'Fail';
  const bad = badSince(book) ?? slot;
  if (clock(book, bad.at, slot.at) < rulesNow(book).holdForMs) return book.verdict;
  book.deviation = { from: bad.at, row: book.deviations.length, changed: false };
  book.deviations.push({ from: bad.at });
  book.episode ??= { from: bad.at, record: bad.record, told: [] };
  return 'Fail';
}

function judgeMet(book: Book, slot: Judged, look: Look): Verdict {
  book.gap = undefined;
  if (book.deviation) {
    const good = goodSince(book) ?? slot;
    const held = clock(book, good.at, slot.at) >= rulesNow(book).recoverForMs;
    if (!held || look.readBack) return 'Fail';
    const { row, from, changed } = book.deviation;
    book.deviations[row] = { from, to: good.at, reason: changed ? 'CriterionChanged' : 'Recovered' };
    book.deviation = undefined;
  }
  slot.clears = true;
  return 'Pass';
}

function judgeUnknown(book: Book, slot: Judged): Verdict {
  const blind = unknownSince(book) ?? slot;
  if (active(book, blind.at, slot.at) < rulesNow(book).unknownForMs) return book.verdict;
  if (!book.gap) {
    book.gap = { from: blind.at };
    book.gapsOpened.push({ from: blind.at });
    book.episode ??= { from: blind.at, record: blind.record, told: [] };
  }
  if (!book.deviation) slot.clears = true;
  return 'Inconclusive';
}

/** The first NotMet since the bad clock was last cleared. */
function badSince(book: Book): Judged | undefined {
  const cleared = book.history.findLastIndex((slot) => slot.clears);
  return book.history.slice(cleared + 1).find((slot) => slot.outcome === 'NotMet');
}

/** The first Met since the last NotMet. */
function goodSince(book: Book): Judged | undefined {
  const bad = book.history.findLastIndex((slot) => slot.outcome === 'NotMet');
  return book.history.slice(bad + 1).find((slot) => slot.outcome === 'Met');
}

/** The first of the Unknown slots that the history ends with. */
function unknownSince(book: Book): Judged | undefined {
  const known = book.history.findLastIndex((slot) => slot.outcome !== 'Unknown');
  return book.history[known + 1];
}

/** Time from one instant to another that was not suspended. */
function active(book: Book, from: number, to: number): number {
  return to - from - suspendedWithin(book.events, { from, to });
}

/** Of the time since `from`, what followed upon a slot that was Unknown. */
function unknownTime(book: Book, from: number): number {
  return book.history
    .map((slot, index) => {
      const previous = book.history[index - 1];
      const counts = previous !== undefined && previous.at >= from && previous.outcome === 'Unknown';
      return counts ? active(book, previous.at, slot.at) : 0;
    })
    .reduce((sum, part) => sum + part, 0);
}

function clock(book: Book, from: number, to: number): number {
  return active(book, from, to) - unknownTime(book, from);
}

// Change, deletion and return

/** An open deviation that ends from now on ends under another rule than it began. */
function mark(book: Book): void {
  if (book.deviation) book.deviation.changed = true;
}

function remove(book: Book, at: number): void {
  book.deleted = book.deviation;
  book.deviation = undefined;
  if (book.deleted) book.deviations[book.deleted.row] = { from: book.deleted.from, to: at, reason: 'CriterionDeleted' };
  tellEnd(book, at);
}

function restore(book: Book): void {
  book.deviation = book.deleted;
  book.deleted = undefined;
  mark(book);
  if (book.deviation) book.deviations[book.deviation.row] = { from: book.deviation.from };
}

// Escalation

function tellSteps(book: Book, at: number, outcome: Outcome): void {
  const due = effectiveSteps(book).filter((step) =>
    'afterMs' in step ? afterIsDue(book, step, at) : outcome === 'NotMet' && accumulatedIsDue(book, step, at),
  );
  for (const step of due.sort((a, b) => inOrder(nameOf(a), nameOf(b)))) {
    const key = keyOf(step);
    if (!('afterMs' in step)) book.accumulated.push({ key, at });
    book.episode?.told.push({ key, audience: step.audience });
    book.steps.push({ at, audience: step.audience, kind: kindOf(step) });
  }
}

function afterIsDue(book: Book, step: AfterStep, at: number): boolean {
  if (!book.episode || book.episode.told.some(({ key }) => key === keyOf(step))) return false;
  if (!book.deviation && !book.gap) return false;
  if (step.on.includes('Inconclusive')) return active(book, book.episode.from, at) >= step.afterMs;
  return book.deviation !== undefined && clock(book, book.deviation.from, at) >= step.afterMs;
}

function accumulatedIsDue(book: Book, step: AccumulatedStep, at: number): boolean {
  const window = { from: at - step.withinMs, to: at };
  const recently = book.accumulated.some((told) => told.key === keyOf(step) && told.at > window.from);
  return !recently && timesOf(book.events, window, at).notMet >= step.accumulatedMs;
}

/** Every step of the rules in force since the run of bad or blind slots began: later rules only add to it, and a dry run has none. */
function effectiveSteps(book: Book): Step[] {
  const now = book.events.length - 1;
  const unknown = book.history.at(-1)?.outcome === 'Unknown' ? unknownSince(book) : undefined;
  const start = Math.min(...[book.episode, badSince(book), unknown].map((began) => began?.record ?? now));
  const later = book.events.slice(start + 1, now + 1).flatMap((event) => ('rules' in event ? [event.rules] : []));
  const all = [rulesAfter(book.events, start), ...later].flatMap((rules) => (rules.mode === 'DryRun' ? [] : rules.steps));
  const keys = [...new Set(all.map(keyOf))];
  return keys.map((key) => united(all.filter((step) => keyOf(step) === key)));
}

function united(same: readonly Step[]): Step {
  const on = same.flatMap((step) => ('afterMs' in step ? step.on : []));
  const first = same[0]!;
  return 'afterMs' in first ? { ...first, on: [...new Set(on)] } : first;
}

function endEpisode(book: Book, at: number): void {
  if (book.deviation) return;
  tellEnd(book, at);
  book.episode = undefined;
}

function tellEnd(book: Book, at: number): void {
  const audiences = new Set(book.episode?.told.map(({ audience }) => audience));
  for (const audience of [...audiences].sort(inOrder)) book.ends.push({ at, audience });
}

/** A deviation that goes on after its deletion was told is told to those who heard of its end, too. */
function tellChange(book: Book, at: number, toTold = false): void {
  const failing = book.latest !== undefined && book.latest !== 'Met';
  if (!failing && !book.deviation) return;
  const toCome = effectiveSteps(book).filter(
    (step) => 'afterMs' in step && !book.episode?.told.some(({ key }) => key === keyOf(step)),
  );
  const told = toTold ? (book.episode?.told.map(({ audience }) => audience) ?? []) : [];
  const audiences = new Set([...toCome.map((step) => step.audience), ...told]);
  for (const audience of [...audiences].sort(inOrder)) book.changeNotices.push({ at, audience });
}

function kindOf(step: Step): 'After' | 'Accumulated' {
  return 'afterMs' in step ? 'After' : 'Accumulated';
}

function nameOf(step: Step): string {
  return `${step.audience} ${kindOf(step)}`;
}

function keyOf(step: Step): string {
  return 'afterMs' in step
    ? `${step.audience} after ${step.afterMs}`
    : `${step.audience} accumulated ${step.accumulatedMs} within ${step.withinMs}`;
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
