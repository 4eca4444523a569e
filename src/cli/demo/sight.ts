import type { CertificationCriterionStatus, Verdict } from '../../api/criterion.ts';
import type { EvidenceReportStatus } from '../../api/report.ts';
import type { Picture, SeenEvent } from './picture.ts';

/** What was made out in a picture: all that was looked for, in sentences, or what is still missing. */
export type Sight =
  { readonly kind: 'Seen'; readonly sentences: readonly string[] } | { readonly kind: 'NotYet'; readonly missing: string };

const notYet = (missing: string): Sight => ({ kind: 'NotYet', missing });

/** All sights together: seen once each is. */
export function allOf(...sights: readonly Sight[]): Sight {
  const missing = sights.flatMap((sight) => (sight.kind === 'NotYet' ? [sight.missing] : []));
  if (missing.length > 0) return notYet(missing.join('; '));
  return { kind: 'Seen', sentences: sights.flatMap((sight) => (sight.kind === 'Seen' ? sight.sentences : [])) };
}

/** The criterion and its live report both have this verdict. */
export function verdictIs(wanted: Verdict, { criterion, report }: Picture): Sight {
  return allOf(criterionSays(wanted, criterion?.status), reportSays(wanted, report?.status));
}

function criterionSays(wanted: Verdict, status: CertificationCriterionStatus = {}): Sight {
  const passing = status.conditions?.find(({ type }) => type === 'Passing');
  if (status.verdict !== wanted || passing === undefined) {
    return notYet(`the verdict ${wanted} of the criterion (${found(status.verdict)})`);
  }
  const because = `reason ${passing.reason}: ${status.observation?.message ?? ''}`;
  return { kind: 'Seen', sentences: [`Criterion: ${wanted} since ${clockTime(status.since ?? '')}, ${because}`] };
}

function reportSays(wanted: Verdict, status: EvidenceReportStatus = {}): Sight {
  if (status.verdict !== wanted) return notYet(`the verdict ${wanted} of the report (${found(status.verdict)})`);
  return { kind: 'Seen', sentences: [`Report: ${wanted}, availability ${status.availability ?? '-'}`] };
}

const found = (verdict: Verdict | undefined): string => (verdict === undefined ? 'there is none yet' : `it is ${verdict}`);

/** The verdict became what it is so many seconds after the deviation began, and not before. */
export function heldFor(seconds: number, { criterion }: Picture): Sight {
  const { since, deviation } = criterion?.status ?? {};
  if (since === undefined || deviation === undefined) return notYet('status.deviation');
  const held = secondsBetween(deviation.since, since);
  if (held < seconds) return notYet(`a verdict that waits ${seconds} s (it came after ${held} s)`);
  return { kind: 'Seen', sentences: [`Deviation: since ${clockTime(deviation.since)}, ${held} s before the verdict`] };
}

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

/** An Event of this reason is there; with `audience`, one that names it. */
export function eventIs(reason: string, { events }: Picture, audience?: string): Sight {
  const isWanted = (event: SeenEvent): boolean =>
    event.reason === reason && (audience === undefined || event.message.startsWith(`to ${audience} `));
  const event = events.find(isWanted);
  if (event === undefined) return notYet(`the Event ${reason}${audience === undefined ? '' : ` to ${audience}`}`);
  return { kind: 'Seen', sentences: [`Event ${reason}: ${event.message}`] };
}

/** An audience reads, in its room, a message that begins so. */
export function reads(audience: string, beginning: string, { told }: Picture): Sight {
  const message = told.findLast((one) => one.audience === audience && one.title.startsWith(beginning));
  if (message === undefined) return notYet(`a message to ${audience} that begins with ${beginning}`);
  return { kind: 'Seen', sentences: [`Room ${audience}: ${message.title}`] };
}

/** The status says that the step of this audience fell due, so many seconds after the deviation began and not before. */
export function dueAfter(seconds: number, { criterion }: Picture, audience: string): Sight {
  const deviation = criterion?.status?.deviation;
  const told = deviation?.told.find((one) => one.audience === audience);
  if (deviation === undefined || told === undefined) return notYet(`status.deviation.told of ${audience}`);
  const after = secondsBetween(deviation.since, told.at);
  if (after < seconds) return notYet(`a step of ${audience} that waits ${seconds} s (it fell due after ${after} s)`);
  return {
    kind: 'Seen',
    sentences: [
      `${audience}: due at ${clockTime(told.at)}, ${after} s after the deviation began at ${clockTime(deviation.since)}`,
    ],
  };
}

/** The live report shows the deviation with its end, as recovered. */
export function deviationEnded({ report }: Picture): Sight {
  const [ended] = report?.status?.deviations ?? [];
  if (ended?.to === undefined) return notYet('the end of the deviation in the report');
  if (ended.reason !== 'Recovered') return notYet(`a deviation that recovered (it ended as ${ended.reason ?? 'nothing'})`);
  return {
    kind: 'Seen',
    sentences: [`The report keeps the deviation: ${clockTime(ended.from)} to ${clockTime(ended.to)}, Recovered`],
  };
}

/** The time of day of a timestamp, in UTC as Kubernetes has it. */
export function clockTime(timestamp: string): string {
  return timestamp.replace(/^.*T/, '');
}
