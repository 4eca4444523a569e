import type { DeviationEnd } from '../../src/api/records.ts';
import type { Verdict } from '../../src/api/criterion.ts';
import { timeMs, timeText } from './story.ts';

/** What became of a story, whoever judged it. Times in milliseconds since the story began. */
export interface Chronicle {
  readonly verdicts: readonly { readonly at: number; readonly verdict: Verdict }[];
  readonly deviations: readonly { readonly from: number; readonly to?: number; readonly reason?: DeviationEnd }[];
  readonly told: readonly { readonly at: number; readonly audience: string; readonly what: 'due' | 'end' | 'change' }[];
  /** Printed figures by their name: availability, lower, upper, coverage. */
  readonly figures: Readonly<Record<string, string>>;
}

/** What a sentence of a story demands, and what was so instead; undefined when it holds. */
export function broken(sentence: string, chronicle: Chronicle): string | undefined {
  for (const [pattern, check] of SENTENCES) {
    const match = pattern.exec(sentence);
    if (match) return check(match.slice(1), chronicle);
  }
  throw new Error(`a story can't demand this: ${sentence}`);
}

type Check = (words: string[], chronicle: Chronicle) => string | undefined;

const differs = (got: string, want: string): string | undefined => (got === want ? undefined : `it was: ${got}`);

const SENTENCES: readonly (readonly [RegExp, Check])[] = [
  [
    /^the verdict goes (.+)$/,
    ([want = ''], { verdicts }) => differs(verdicts.map(({ at, verdict }) => `${verdict} at ${timeText(at)}`).join(', '), want),
  ],
  [/^the verdict never changes$/, (_, { verdicts }) => differs(String(verdicts.length), '0')],
  [/^there is no deviation$/, (_, { deviations }) => differs(String(deviations.length), '0')],
  [
    /^a deviation lasts from (\S+) to (\S+): (\w+)$/,
    ([from = '', to = '', reason], { deviations }) => {
      const found = deviations.find((deviation) => deviation.from === timeMs(from));
      return differs(`${timeText(found?.to ?? NaN)} ${found?.reason}`, `${to} ${reason}`);
    },
  ],
  [
    /^a deviation is open since (\S+)$/,
    ([from = ''], { deviations }) => {
      const open = deviations.find(({ to }) => to === undefined);
      return differs(open ? timeText(open.from) : 'none is open', from);
    },
  ],
  [/^(\w+) (?:is|are) told at (.+)$/, ([audience, want = ''], chronicle) => differs(toldTimes(chronicle, audience, 'due'), want)],
  [
    /^(\w+) (?:is|are) told of the end at (.+)$/,
    ([audience, want = ''], chronicle) => differs(toldTimes(chronicle, audience, 'end'), want),
  ],
  [
    /^(\w+) (?:is|are) told of the change at (.+)$/,
    ([audience, want = ''], chronicle) => differs(toldTimes(chronicle, audience, 'change'), want),
  ],
  [/^(\w+) (?:is|are) not told of the end$/, ([audience], chronicle) => differs(toldTimes(chronicle, audience, 'end'), '')],
  [/^(\w+) (?:is|are) not told of the change$/, ([audience], chronicle) => differs(toldTimes(chronicle, audience, 'change'), '')],
  [/^(\w+) (?:is|are) not told$/, ([audience], chronicle) => differs(toldTimes(chronicle, audience, 'due'), '')],
  [
    /^(availability|lower|upper|coverage) is (\S+)$/,
    ([name = '', want = ''], { figures }) => differs(figures[name] ?? 'absent', want),
  ],
];

function toldTimes({ told }: Chronicle, audience: string | undefined, what: Chronicle['told'][number]['what']): string {
  return told
    .filter((notice) => notice.audience === audience && notice.what === what)
    .map(({ at }) => timeText(at))
    .join(' and ');
}
