import type { Event, Input, Opinion, Outcome, Rules, Step } from './opinion.ts';

/** Seconds instead of milliseconds, for tables. */
export interface Terms {
  readonly interval: number;
  readonly holdFor: number;
  readonly recoverFor: number;
  readonly unknownFor: number;
  readonly whenUnknown: Rules['whenUnknown'];
  readonly mode: Rules['mode'];
  readonly unknownCountsAs: Rules['unknownCountsAs'];
  /** `authority after 900 on Fail`, `authority after 900` (on both) or `authority 60 in 300`. */
  readonly steps: readonly string[];
}

export interface Story extends Partial<Terms> {
  /**
   * Words in the order of the log, from `Created` at `created` on: M, N, U are slots in time, m, n read back, x is one
   * missed, `N*3` three of them; S, R, C, D, B with `@seconds` suspend, resume, change, delete and bring back;
   * `x30-90` names missed slots.
   */
  readonly log: string;
  readonly created?: number;
  /** The terms that C and B bring, over those before. */
  readonly then?: Partial<Terms>;
  readonly period?: readonly [number, number];
  readonly knownUntil?: number;
}

const usual: Terms = {
  ...{ interval: 30, holdFor: 0, recoverFor: 0, unknownFor: 60 },
  ...{ whenUnknown: 'Inconclusive', mode: 'Enforced', unknownCountsAs: 'Excluded', steps: [] },
};

const outcomes: Readonly<Record<string, Outcome>> = { M: 'Met', N: 'NotMet', U: 'Unknown', m: 'Met', n: 'NotMet' };

function stepOf(text: string): Step {
  const [audience = '', word, amount, , last] = text.split(' ');
  if (word !== 'after')
    return { audience, accumulatedMs: Number(word) * 1000, withinMs: Number(last ?? text.split(' ')[3]) * 1000 };
  return { audience, afterMs: Number(amount) * 1000, on: last === 'Fail' ? ['Fail'] : ['Fail', 'Inconclusive'] };
}

function rulesOf(terms: Terms): Rules {
  return {
    intervalMs: terms.interval * 1000,
    holdForMs: terms.holdFor * 1000,
    recoverForMs: terms.recoverFor * 1000,
    unknownForMs: terms.unknownFor * 1000,
    whenUnknown: terms.whenUnknown,
    mode: terms.mode,
    unknownCountsAs: terms.unknownCountsAs,
    steps: terms.steps.map(stepOf),
  };
}

/** Reads the words of a log, slot after slot. */
class Reader {
  readonly events: Event[];
  readonly #then: Rules;
  #intervalMs: number;
  #lastSlot: number;
  #nowMs: number;

  constructor(first: Rules, then: Rules, createdMs: number) {
    this.events = [{ kind: 'Created', at: createdMs, rules: first }];
    this.#then = then;
    this.#intervalMs = first.intervalMs;
    this.#lastSlot = createdMs - 1;
    this.#nowMs = createdMs;
  }

  word(word: string): void {
    const [letters = '', times] = word.split('*');
    const [letter = '', at] = letters.split('@');
    if (at !== undefined) {
      this.#event(letter, Number(at) * 1000);
      return;
    }
    const [from, to] = letters.slice(1).split('-');
    if (to !== undefined) {
      this.#missed(Number(from) * 1000, Number(to) * 1000);
      return;
    }
    for (let count = 0; count < Number(times ?? 1); count += 1) this.#slot(letter);
  }

  #event(letter: string, at: number): void {
    const changed = letter === 'C' || letter === 'B';
    if (changed) this.#intervalMs = this.#then.intervalMs;
    this.#nowMs = at;
    const kinds = { S: 'Suspended', R: 'Resumed', D: 'Deleted' } as const;
    if (changed) this.events.push({ kind: letter === 'C' ? 'Changed' : 'Recreated', at, rules: this.#then });
    else this.events.push({ kind: kinds[letter as 'S' | 'R' | 'D'], at });
  }

  #missed(from: number, to: number): void {
    this.events.push({ kind: 'Missed', from, to, reason: 'NoHistory' });
    this.#lastSlot = to;
  }

  #slot(letter: string): void {
    const next = Math.floor(this.#lastSlot / this.#intervalMs) + 1;
    const slot = Math.max(next, Math.ceil(this.#nowMs / this.#intervalMs)) * this.#intervalMs;
    if (letter === 'x') {
      this.#missed(slot, slot);
      return;
    }
    const outcome = outcomes[letter];
    if (outcome === undefined) throw new RangeError(`no such word: ${letter}`);
    this.#lastSlot = slot;
    const readBack = letter === letter.toLowerCase() ? { readBack: true as const } : {};
    this.events.push({ kind: 'Slot', slot, outcome, ...readBack });
  }
}

/** The input that a story in seconds tells. */
export function inputOf(story: Story): Input {
  const terms = { ...usual, ...story };
  const rules = rulesOf(terms);
  const reader = new Reader(rules, rulesOf({ ...terms, ...story.then }), (story.created ?? 0) * 1000);
  for (const word of story.log.split(' ')) reader.word(word);
  const [from, to] = story.period ?? [0, 120];
  return {
    rules,
    events: reader.events,
    period: { from: from * 1000, to: to * 1000 },
    knownUntil: (story.knownUntil ?? to) * 1000,
  };
}

/** An opinion in seconds, one line each. */
export interface Telling {
  readonly verdicts: string;
  readonly deviations: string;
  readonly gaps: string;
  readonly steps: string;
  readonly ends: string;
  readonly notices: string;
  /** met/notMet/unknown/suspended/unobserved */
  readonly times: string;
  /** availability lower upper coverage */
  readonly figures: string;
}

/** Puts an opinion into words that a table can hold. */
export function tellingOf(opinion: Opinion): Telling {
  const seconds = (ms: number | undefined): string => (ms === undefined ? '' : String(ms / 1000));
  const to = (notices: Opinion['ends']): string => notices.map(({ at, audience }) => `${audience}@${seconds(at)}`).join(' ');
  const { met, notMet, unknown, suspended, unobserved } = opinion.times;
  return {
    verdicts: opinion.transitions.map(({ at, verdict }) => `${verdict}@${seconds(at)}`).join(' '),
    deviations: opinion.deviations
      .map(({ from, to: end, reason }) => `${seconds(from)}-${seconds(end)}${reason ?? ''}`)
      .join(' '),
    gaps: opinion.gapsOpened.map(({ from }) => seconds(from)).join(' '),
    steps: to(opinion.steps),
    ends: to(opinion.ends),
    notices: to(opinion.changeNotices),
    times: [met, notMet, unknown, suspended, unobserved].map(seconds).join('/'),
    figures: [opinion.availability, opinion.lower, opinion.upper, opinion.coverage].join(' '),
  };
}
