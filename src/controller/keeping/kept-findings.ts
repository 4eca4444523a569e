import type { Finding, FindingRecord, FindingStatus } from '../../api/finding.ts';
import { dueOf, findingChanges, findingDeleted, type KnownFinding, spotChecked } from '../../domain/finding.ts';
import { timeText } from '../../domain/moment.ts';
import type { FindingBooks } from './finding-book.ts';
import type { KeptKind, Said } from './kept-records.ts';
import { RESOURCES } from '../resources.ts';
import { answerSpotCheck, type SpotCheckParts } from './spot-checks.ts';

/** How soon it is looked again whether a slot was judged. */
const LOOK_AGAIN_MS = 2_000;
// A spot check asks sources, of which one may hang: other findings do not wait for it.
const AT_ONCE = 16;

/** How Findings are kept on record; spot checks are answered from the log, and by asking once more. */
export function keptFindings(books: FindingBooks, parts: SpotCheckParts): KeptKind<Finding, KnownFinding> {
  return {
    ...{ resource: RESOURCES.findings, books, isUrgent: true, atOnce: AT_ONCE },
    changes: (known, finding, at) => findingChanges(known, finding, at).map(asSaid),
    lookUp: async (service, known, now) => {
      if (!isUnanswered(known)) return [];
      const seen = await answerSpotCheck(parts, service, known.asked, now);
      return seen === 'NotYet' ? [] : [asSaid(spotChecked(known, seen, now))];
    },
    deletion: (known, at) => findingDeleted(known, at).map(asSaid),
    status: findingStatus,
    turnsAt: (known, now) => (isUnanswered(known) ? Math.max(now + LOOK_AGAIN_MS, known.asked.at ?? 0) : dueOf(known)),
  };
}

const asSaid = (body: FindingRecord): Said => ({ kind: 'FindingChanged', body });

const isUnanswered = (known: KnownFinding): known is KnownFinding & Required<Pick<KnownFinding, 'asked'>> =>
  known.asked !== undefined && known.seen === undefined;

/** What the status of a finding says, from what the log knows of it. */
function findingStatus({ latest, raisedAt, answeredAt, overdueSince, closedAt, seen }: KnownFinding): FindingStatus {
  return {
    state: latest.state,
    raisedAt: timeText(raisedAt),
    ...(answeredAt !== undefined && { answeredAt: timeText(answeredAt) }),
    ...(overdueSince !== undefined && { overdueSince: timeText(overdueSince) }),
    ...(closedAt !== undefined && { closedAt: timeText(closedAt) }),
    ...(seen && { spotCheck: shown(seen) }),
  };
}

function shown({ slot, again, ...seen }: NonNullable<FindingRecord['seen']>): NonNullable<FindingStatus['spotCheck']> {
  return {
    ...(slot !== undefined && { slot: timeText(slot) }),
    ...seen,
    ...(again && { again: { ...again, at: timeText(again.at) } }),
  };
}
