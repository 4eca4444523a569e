import type { OpenIncidents } from '../domain/incident-opening.ts';
import { DEFAULT_TIMES, type TimesBySeverity } from '../domain/incident-times.ts';
import type { Inbox } from '../inbox/index.ts';
import type { EventRecorder } from '../kube/index.ts';
import { type ChatFacts, newChatFacts } from './asking/chat-facts.ts';
import type { Attendant } from './attendant.ts';
import { newChangeBooks, newCommentBooks } from './keeping/change-book.ts';
import { keptChanges } from './keeping/kept-changes.ts';
import { newFindingBooks } from './keeping/finding-book.ts';
import { keptComments } from './keeping/kept-comments.ts';
import { keptFindings } from './keeping/kept-findings.ts';
import { newIncidentBooks } from './keeping/incident-book.ts';
import { IncidentOpener } from './keeping/incident-opener.ts';
import { keptIncidents } from './keeping/kept-incidents.ts';
import { RecordsKeeper } from './keeping/kept-records.ts';
import { PolicyReportWriter } from './reporting/policy-report-writer.ts';
import type { SourcePool } from './sources/source-pool.ts';
import { StepAuditor } from './telling/step-auditor.ts';
import { Teller, type TellerOptions } from './telling/teller.ts';

export interface AttendantParts extends TellerOptions {
  /** Whether verdicts are also written as policy reports. */
  readonly policyReports?: boolean;
  /** From which severity on incidents open by themselves (default: never). */
  readonly openIncidents?: OpenIncidents;
  /** By when incidents are to be handled. */
  readonly incidentTimes?: TimesBySeverity;
  /** So long a message may take from when it was due, before an alarm says that it did not arrive, in milliseconds. */
  readonly toldWithinMs?: number;
  readonly events: EventRecorder;
  /** The sources of evidence. */
  readonly pool: SourcePool;
  /** Where pushed alerts lie. */
  readonly inbox?: Inbox;
}

/** Those beside judging, and what they know together. */
export interface Attendants {
  readonly all: readonly Attendant[];
  readonly teller: Teller;
  readonly facts: ChatFacts;
}

/** What the operator does beside judging: adding something is its file and a line here. */
export function newAttendants(parts: AttendantParts): Attendants {
  const { store, ledger, policyReports = false, openIncidents = 'never', incidentTimes = DEFAULT_TIMES } = parts;
  const books = newIncidentBooks(store);
  const changes = newChangeBooks(store);
  const teller = new Teller(parts);
  const all = [
    new RecordsKeeper({ ...parts, kept: keptIncidents(books, incidentTimes) }),
    ...(openIncidents === 'never' ? [] : [new IncidentOpener({ ...parts, books, from: openIncidents })]),
    new RecordsKeeper({ ...parts, kept: keptChanges(changes) }),
    new RecordsKeeper({ ...parts, kept: keptComments(newCommentBooks(store), store) }),
    new RecordsKeeper({ ...parts, kept: keptFindings(newFindingBooks(store), { log: store, pool: parts.pool }) }),
    teller,
    new StepAuditor(parts),
    ...(policyReports ? [new PolicyReportWriter({ ...parts, criteria: () => ledger.list() })] : []),
  ];
  const { clock } = parts;
  const facts = newChatFacts({ store, ledger, clock, incidents: books, changes, stories: teller.stories });
  return { all, teller, facts };
}
