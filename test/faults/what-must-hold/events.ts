import type { LogRecord } from '../../../src/api/records.ts';
import type { KubeApi, Kinds } from '../../cluster/kube-api.ts';

import { type CriterionLog } from './logs.ts';

type Event = Kinds['Event'] & { readonly reportingController?: string };

/** Records without an Event, Events without a record, and what was told twice, by whatever name. */
export async function eventComplaints(api: Pick<KubeApi, 'list'>, criteria: readonly CriterionLog[]): Promise<string[]> {
  const all = (await api.list('Event')) as Event[];
  const ours = all.filter(({ reportingController }) => reportingController === 'assay.dev/operator');
  const open = await activeNamespaces(api);
  const told = countOf(ours.filter(({ regarding }) => regarding.kind === 'CertificationCriterion').map(toldBy));
  const due = countOf(criteria.flatMap((log) => log.records.flatMap((record) => dueBy(log, record))));
  const optional = new Set(criteria.filter((log) => !open.has(log.namespace) || wasDryRun(log)).map(({ id }) => id));
  return [
    ...[...told].flatMap(([what, times]) => tooOften(what, times, due.get(what) ?? 0)),
    ...[...due].flatMap(([what, times]) => (optional.has(idIn(what)) ? [] : tooSeldom(what, told.get(what) ?? 0, times))),
    ...[...countOf(ours.map(wording))].flatMap(([what, times]) =>
      times > 1 ? [`the same Event is there ${times} times: ${what}`] : [],
    ),
  ];
}

/** In a namespace that is going away no Event can be made any more. */
async function activeNamespaces(api: Pick<KubeApi, 'list'>): Promise<ReadonlySet<string>> {
  const all = (await api.list('Namespace')) as (Kinds['Namespace'] & { readonly status?: { readonly phase?: string } })[];
  return new Set(all.filter(({ status }) => status?.phase === 'Active').map(({ metadata }) => metadata.name));
}

function tooOften(what: string, times: number, due: number): string[] {
  if (due === 0) return [`an Event without a record: ${what}`];
  return times > due ? [`told ${times} times instead of ${due}: ${what}`] : [];
}

const tooSeldom = (what: string, times: number, due: number): string[] =>
  times < due ? [`a record without its Event (${times} of ${due}): ${what}`] : [];

function countOf(all: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

const idIn = (what: string): string => what.split(' ')[0] ?? '';

/** What is told, in words that record and Event share: of whom, what, to whom, and when it was recorded. */
const inWords = (id: string, reason: string, audience: string, time: string): string =>
  `${id} ${reason}${audience === '' ? '' : ` to ${audience}`} at ${time}`;

function toldBy({ regarding, reason, note, eventTime }: Event): string {
  const audience = /^to (\S+?):? /.exec(note)?.[1] ?? '';
  return inWords(`${regarding.namespace}/${regarding.name}`, reason, audience, eventTime);
}

const wording = ({ regarding, reason, note, eventTime }: Event): string =>
  `${regarding.kind} ${regarding.name} ${reason} at ${eventTime}: ${note}`;

function dueBy({ id }: CriterionLog, record: LogRecord): string[] {
  const told = reasonOf(record);
  if (told === undefined) return [];
  const time = new Date(record.head.recordedAt).toISOString().replace('Z', '000Z');
  return [inWords(id, told.reason, told.audience ?? '', time)];
}

/** As docs/events.md says it. */
function reasonOf({ kind, body }: LogRecord): { readonly reason: string; readonly audience?: string } | undefined {
  switch (kind) {
    case 'Gap':
      return { reason: 'EvidenceGap' };
    case 'CriterionChanged':
      return body.change === 'Created' ? undefined : { reason: 'CriterionChanged' };
    case 'BasisChanged':
      return body.before === undefined ? undefined : { reason: 'CriterionChanged' };
    case 'Notified':
      return body.notice === 'DeviationEnded' ? undefined : { reason: body.notice, audience: body.audience };
    case 'ObjectiveChanged':
      return { reason: body.met ? 'ObjectiveRegained' : 'ObjectiveMissed' };
    case 'VerdictChanged':
      return reasonOfVerdict(body);
    case 'OperatorStarted':
    case 'OperatorStopped':
    case 'SourceChanged':
    case 'Observations':
    case 'ReadBack':
    case 'DeviationOpened':
    case 'DeviationClosed':
    case 'Delivery':
    case 'IncidentChanged':
    case 'ChangeRecorded':
    case 'Commented':
    case 'FindingChanged':
    case 'ChannelChanged':
      return undefined;
  }
}

function reasonOfVerdict({ from, to, first }: { from: string; to: string; first: boolean }): { reason: string } | undefined {
  if (from === 'Suspended' || to === 'Suspended') return undefined;
  if (to === 'Fail') return { reason: 'CriterionFailed' };
  if (to === 'Inconclusive') return { reason: 'CriterionInconclusive' };
  return first ? undefined : { reason: 'CriterionRecovered' };
}

/** What is told of a dry run depends on when it is told. */
const wasDryRun = ({ events }: CriterionLog): boolean => events.some((event) => 'rules' in event && !event.rules.enforced);
