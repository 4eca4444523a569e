import { durationMs } from '../../src/domain/duration.ts';
import { rulesOf, type JudgingRules } from '../../src/domain/rules.ts';
import type { CertificationCriterionSpec, OutcomeKind } from '../../src/api/criterion.ts';

/**
 * A story is a text file: what is given, what happens, and what must then be so. Times are mm:ss or hh:mm:ss since the story began;
 * M, N and U are slots at which the criterion is met, not met, or nothing is known. See readme.md beside this file.
 */
export interface Story {
  readonly title: string;
  readonly spec: CertificationCriterionSpec;
  readonly happenings: readonly Happening[];
  readonly endMs: number;
  readonly expectations: readonly string[];
}

export type Happening =
  | { readonly kind: 'See'; readonly atMs: number; readonly outcome: OutcomeKind }
  | { readonly kind: 'Miss'; readonly atMs: number; readonly slots: number }
  | { readonly kind: 'Change'; readonly atMs: number; readonly spec: CertificationCriterionSpec }
  | { readonly kind: 'Suspend' | 'Resume' | 'Delete' | 'Recreate'; readonly atMs: number };

const OUTCOMES: Record<string, OutcomeKind> = { M: 'Met', N: 'NotMet', U: 'Unknown' };

const BASE: CertificationCriterionSpec = {
  title: 'Told in a story',
  service: 'shop',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  interval: '30s',
  unknownFor: '1m',
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  escalation: [],
};

/** Reads a story. @throws Error with the line that it can't read */
export function readStory(text: string): Story {
  let title = '';
  let spec = BASE;
  let endMs = 0;
  const happenings: Happening[] = [];
  const expectations: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    if (line === '') continue;
    const [word = ''] = line.split(' ');
    const rest = line.slice(word.length).trim();
    if (word === 'Story:') title = rest;
    else if (word === 'Given') spec = { ...spec, ...specOf(rest) };
    else if (word === 'At') happenings.push(...happeningsOf(rest, spec));
    else if (word === 'Until') endMs = timeMs(rest);
    else if (word === 'Then') expectations.push(rest);
    else throw new Error(`a story has no line that begins like this: ${raw}`);
  }
  return { title, spec, happenings, endMs, expectations };
}

/** `mm:ss` or `hh:mm:ss` in milliseconds. */
export function timeMs(text: string): number {
  const parts = text.split(':').map(Number);
  if (parts.length < 2 || parts.some(Number.isNaN)) throw new Error(`not a time: ${text}`);
  return parts.reduce((sum, part) => sum * 60 + part, 0) * 1000;
}

export function timeText(ms: number): string {
  const seconds = ms / 1000;
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  const short = `${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds >= 3600 ? `${two(seconds / 3600)}:${short}` : short;
}

export const storyRules = (spec: CertificationCriterionSpec): JudgingRules => rulesOf(spec);

function happeningsOf(text: string, spec: CertificationCriterionSpec): Happening[] {
  const [at = '', what = ''] = text.split(' ');
  const atMs = timeMs(at);
  const rest = text.slice(at.length + what.length + 2);
  const intervalMs = durationMs(spec.interval ?? '1m');
  switch (what) {
    case 'see':
      return seen(rest).map((outcome, index) => ({ kind: 'See', atMs: atMs + index * intervalMs, outcome }));
    case 'miss':
      return [{ kind: 'Miss', atMs, slots: Number(/\d+/.exec(rest)?.[0]) }];
    case 'change':
      return [{ kind: 'Change', atMs, spec: { ...spec, ...specOf(rest) } }];
    case 'suspend':
      return [{ kind: 'Suspend', atMs }];
    case 'resume':
      return [{ kind: 'Resume', atMs }];
    case 'delete':
      return [{ kind: 'Delete', atMs }];
    case 'recreate':
      return [{ kind: 'Recreate', atMs }];
    default:
      throw new Error(`nothing of this kind happens in a story: ${text}`);
  }
}

/** `M N N` or `N x 28`. */
function seen(text: string): OutcomeKind[] {
  return [...text.matchAll(/([MNU])(?:\s*x\s*(\d+))?/g)].flatMap(([, letter = '', count = '1']) =>
    Array.from({ length: Number(count) }, () => OUTCOMES[letter] ?? 'Unknown'),
  );
}

/** `holdFor 1m, steps internal after 0s + authority 15m within 1h, objective 99.9 over 1h`. */
function specOf(text: string): Partial<CertificationCriterionSpec> {
  const fields = text.split(',').map((field) => {
    const [name = '', ...words] = field.trim().split(' ');
    if (name === 'steps') return ['escalation', words.join(' ').split('+').map(stepOf)];
    if (name === 'objective') return ['objective', objectiveOf(words)];
    return [name, words.join(' ')];
  });
  return Object.fromEntries(fields) as Partial<CertificationCriterionSpec>;
}

function stepOf(text: string): object {
  const [audience, second, third, fourth] = text.trim().split(' ');
  return second === 'after' ? { audience, after: third } : { audience, accumulated: second, within: fourth };
}

const objectiveOf = ([target, , window, counts]: string[]): object => ({
  target,
  window,
  unknownCountsAs: counts === 'down' ? 'Down' : 'Excluded',
});
