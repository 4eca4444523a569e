import type { Reading, Sample } from '../../domain/sample.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ReadRequest } from '../source.ts';
import { familiesAmong, type Family } from './family-groups.ts';
import { type Kinship, newKinships } from './family-proof.ts';
import { familyQuery } from './family-query.ts';

/** Puts one question and resolves with its answer. */
export type Ask = (request: ReadRequest, signal: AbortSignal) => Promise<Reading>;

/** A question that may have a family waits `gatherMs` for the others of its slot; with 0 each is asked for itself. */
export interface FamiliesOptions {
  readonly clock: Clock;
  readonly gatherMs: number;
  readonly ask: Ask;
}

interface Question {
  readonly request: ReadRequest;
  readonly signal: AbortSignal;
  readonly kinships: readonly Kinship[];
  readonly answer: PromiseWithResolvers<Reading>;
}

// A family that failed is asked apart for so long, and so many of them are remembered.
const APART_MS = 300_000;
const MAX_APART = 1_000;

/**
 * Asks as `ask` does, but as one what comes together, differs in the value of one label only, and is proven to be answered alike. A
 * family that fails, or is answered in part, is asked apart: what one member does harms no other.
 */
export function newFamilies({ clock, gatherMs, ask }: FamiliesOptions): Ask {
  const kinshipsOf = newKinships();
  const waiting = new Map<string, Question[]>();
  const failedAt = new Map<string, number>();

  const isApart = (template: string): boolean => clock.now() - (failedAt.get(template) ?? -Infinity) < APART_MS;
  const noteFailure = (template: string): void => {
    failedAt.delete(template);
    failedAt.set(template, clock.now());
    const [oldest] = failedAt.keys();
    if (failedAt.size > MAX_APART && oldest !== undefined) failedAt.delete(oldest);
  };

  const askTogether = async ({ template, members }: Family<Question>, request: ReadRequest): Promise<Shares | undefined> => {
    const query = familyQuery(
      template,
      members.map(({ kinship }) => kinship.value),
    );
    const signal = abortedWithAll(members.map(({ question }) => question.signal));
    const shares = sharesOf(await ask({ ...request, query }, signal), members);
    if (shares === undefined && !signal.aborted) noteFailure(template);
    return shares;
  };
  const askFamily = (family: Family<Question>): void => {
    const [first, second] = family.members;
    if (first === undefined) return;
    const shares = second && askTogether(family, first.question.request);
    for (const { question, kinship } of family.members) {
      const answer = async (): Promise<Reading> => (await shares)?.(kinship) ?? ask(question.request, question.signal);
      question.answer.resolve(answer());
    }
  };
  const askAll = (key: string): void => {
    const questions = waiting.get(key) ?? [];
    waiting.delete(key);
    familiesAmong(questions).forEach(askFamily);
  };

  return (request, signal) => {
    const kinships = gatherMs > 0 ? kinshipsOf(request.query).filter(({ template }) => !isApart(template)) : [];
    if (kinships.length === 0) return ask(request, signal);
    const key = `${request.slot} ${request.maxAgeMs}`;
    const questions = waiting.get(key) ?? [];
    if (questions.length === 0) {
      waiting.set(key, questions);
      // Not by the clock that slots are judged by: what is gathered is what this process does within moments.
      setTimeout(() => askAll(key), gatherMs);
    }
    const answer = Promise.withResolvers<Reading>();
    questions.push({ request, signal, kinships, answer });
    return answer.promise;
  };
}

/** What each member of a family gets of its answer. */
type Shares = (kinship: Kinship) => Reading;

/** Deals an answer out by the label; undefined for one that is no whole answer to the family. */
function sharesOf(reading: Reading, members: Family<Question>['members']): Shares | undefined {
  if (reading.kind === 'Unavailable' || reading.partial !== undefined) return undefined;
  const byValue = new Map<string | undefined, Sample[]>(members.map(({ kinship }) => [kinship.value, []]));
  const label = members[0]?.kinship.label ?? '';
  for (const sample of reading.samples) {
    const samples = byValue.get(sample.labels[label]);
    if (samples === undefined) return undefined;
    samples.push(sample);
  }
  return ({ value, hidden }) => {
    const samples = byValue.get(value) ?? [];
    return { ...reading, samples: hidden ? samples.map((sample) => withoutLabel(sample, label)) : samples };
  };
}

function withoutLabel(sample: Sample, label: string): Sample {
  return { ...sample, labels: Object.fromEntries(Object.entries(sample.labels).filter(([name]) => name !== label)) };
}

/** A signal that aborts once nobody waits any more. */
function abortedWithAll(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  let left = signals.length;
  const leave = (): void => {
    left -= 1;
    if (left === 0) controller.abort();
  };
  for (const signal of signals) {
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  }
  return controller.signal;
}
