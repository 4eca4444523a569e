import { spanText } from '../../domain/duration.ts';
import type { Period } from '../../domain/timeline.ts';
import { timeText } from '../../domain/moment.ts';
import type { Replayed } from './replay.ts';
import type { ReplayResult } from './result.ts';

/** What became of a criterion in a period, in plain words. */
export function replayText({ result, slots, openFrom }: Replayed, { from, to }: Period): string {
  return [
    `${result.criterion} from ${timeText(from)} to ${timeText(to)}: ${slots} slots judged`,
    ...happenings(result).map((line) => `  ${line}`),
    `  ${timesText(result)}`,
    `  availability ${percent(result.availability)}, between ${percent(result.lower)} and ${percent(result.upper)} whatever the unknown time was; coverage ${percent(result.coverage)}`,
    ...(openFrom === undefined
      ? []
      : [`  not judged yet: slots from ${timeText(openFrom)} on, whose evaluation delay has not passed`]),
  ].join('\n');
}

/** Everything that happened, in the order of time. */
function happenings({ transitions, deviations, steps }: ReplayResult): string[] {
  const lines = [
    ...transitions.map(({ at, verdict, reason }) => ({ at, text: `became ${verdict} (${reason})` })),
    ...deviations.map(({ from, to, reason }) => ({
      at: from,
      text:
        to === undefined
          ? 'a deviation began, which is still open'
          : `a deviation began, which lasted ${lengthOf(from, to)} until ${to} (${reason})`,
    })),
    ...steps.map(({ at, audience }) => ({ at, text: `${audience} would have been told` })),
  ];
  if (lines.length === 0) return ['nothing happened'];
  return lines.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).map(({ at, text }) => `${at}  ${text}`);
}

const lengthOf = (from: string, to: string): string => spanText(Date.parse(to) - Date.parse(from));

function timesText({ times }: ReplayResult): string {
  const span = (seconds: number): string => spanText(seconds * 1000);
  return `met ${span(times.met)}, not met ${span(times.notMet)}, unknown ${span(times.unknown)}, suspended ${span(times.suspended)}, unobserved ${span(times.unobserved)}`;
}

const percent = (figure: string): string => (figure === '-' ? '-' : `${figure} %`);
