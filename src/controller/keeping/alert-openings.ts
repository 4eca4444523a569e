import { durationMs } from '../../domain/duration.ts';
import { type Opening, openingOfAlert, OPENS_WITHIN_MS, type OpenIncidents } from '../../domain/incident-opening.ts';
import type { ServiceName } from '../../evidence/index.ts';
import type { Inbox, ReceivedAlert } from '../../inbox/index.ts';
import { countGroups, type FalcoQuestion } from '../../sources/falco/matching.ts';
import type { KnownCriterion } from '../judging/known.ts';

/** What a service asks a source of Falco for, through the criteria that are in force. */
export interface Asked {
  readonly service: ServiceName;
  readonly question: FalcoQuestion;
}

export interface AlertsRead {
  readonly inbox: Pick<Inbox, 'alertsBetween'>;
  readonly source: string;
  readonly asked: readonly Asked[];
  /** The last alert that was looked at. */
  readonly afterSeq: number;
  readonly from: OpenIncidents;
  readonly now: number;
  /** Alerts that were received earlier are not looked at (default: a day ago). */
  readonly since?: number;
}

export interface SeenAlerts {
  /** Up to here all has been looked at once these are open. */
  readonly seq: number;
  readonly openings: readonly { readonly service: ServiceName; readonly opening: Opening }[];
}

const ALERTS_A_PAGE = 500;
// Of evidence of Falco that names none.
const DEFAULT_WINDOW = '5m';

/** What is asked of which source: an alert is whose criteria count it. */
export function askedOfSources(criteria: Iterable<KnownCriterion>): ReadonlyMap<string, readonly Asked[]> {
  const asked = new Map<string, Asked[]>();
  for (const { namespace, service, spec, state } of criteria) {
    if (state.standing !== 'InForce' || spec.mode === 'DryRun') continue;
    for (const { falco } of spec.evidence) {
      if (!falco) continue;
      const { source, ...question } = falco;
      asked.set(source, [...(asked.get(source) ?? []), { service: { namespace, service }, question }]);
    }
  }
  return asked;
}

/** The incidents that alerts open which came since, in order; of alerts that are alike one. */
export function* openingsAfter({ inbox, source, asked, afterSeq, ...rules }: AlertsRead): Generator<SeenAlerts> {
  const { now, since = now - OPENS_WITHIN_MS } = rules;
  const window = { source, from: since, to: now, limit: ALERTS_A_PAGE };
  const seen = new Set<string>();
  for (let seq = afterSeq; ;) {
    const alerts = inbox.alertsBetween({ ...window, afterSeq: seq });
    const last = alerts.at(-1);
    if (!last) return;
    seq = last.seq;
    const openings = alerts.flatMap((alert) => openingsOf(alert, asked, rules));
    yield { seq, openings: openings.filter(({ opening }) => !seen.has(opening.name) && seen.add(opening.name)) };
  }
}

/**
 * Whether the alerts that make a deviation open incidents themselves, one for each rule and workload: then the deviation opens no other.
 */
export function areOpenedByAlerts(
  { spec, namespace, service }: KnownCriterion,
  deviation: { readonly from: number; readonly at: number },
  { inbox, from }: Pick<AlertsRead, 'inbox' | 'from'>,
): boolean {
  const items = spec.evidence.flatMap(({ falco }) => falco ?? []);
  if (items.length < spec.evidence.length) return false;
  return items.some(({ source, ...question }) => {
    const since = deviation.from - durationMs(question.window ?? DEFAULT_WINDOW);
    const asked = [{ service: { namespace, service }, question }];
    const read = { inbox, source, asked, afterSeq: 0, from, now: deviation.at, since };
    return [...openingsAfter(read)].some(({ openings }) => openings.length > 0);
  });
}

function openingsOf(
  { alert, receivedAt }: ReceivedAlert,
  asked: readonly Asked[],
  rules: Pick<AlertsRead, 'from' | 'now'>,
): SeenAlerts['openings'] {
  const counting = asked.filter(({ question }) => countGroups([{ ...alert, count: 1 }], question).byRule.size > 0);
  return counting.flatMap(({ service }) => {
    const opening = openingOfAlert(service.service, { ...alert, receivedAt }, rules);
    return opening ? [{ service, opening }] : [];
  });
}
