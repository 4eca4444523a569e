import { setImmediate as breath } from 'node:timers/promises';

import canonicalize from 'canonicalize';

import type { IncidentChange } from '../api/records.ts';
import { PASSED } from '../domain/incident-handling.ts';
import { spanText } from '../domain/duration.ts';
import {
  type AccountOptions,
  type IncidentAccount,
  incidentAccount,
  type IncidentEntry,
  type IncidentRecord,
} from './incident-account.ts';
import { type Paper, writePaper } from './paper.ts';
import { NOT_SHOWN } from './printable.ts';

/** A file that goes out with a message. */
export interface DocumentFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface IncidentFiles {
  readonly json: DocumentFile;
  readonly pdf: DocumentFile;
}

export type IncidentDocumentOptions = AccountOptions;

/**
 * The document of an incident for one level of audience, from all its records in log order: the same bytes for the same input.
 * @throws RangeError without a record
 */
export async function incidentDocument(
  records: readonly IncidentRecord[],
  options: IncidentDocumentOptions,
): Promise<IncidentFiles> {
  const account = wellFormed(incidentAccount(records, options));
  const name = `incident-${account.namespace}-${account.incident}`;
  const json = Buffer.from(`${canonicalize(account) ?? ''}\n`);
  const title = titleOf(account);
  const pdf = await writePaper({ title, at: options.issuedAt }, (paper) => print(paper, account, title));
  return {
    json: { name: `${name}.json`, mediaType: 'application/json', bytes: json },
    pdf: { name: `${name}.pdf`, mediaType: 'application/pdf', bytes: pdf },
  };
}

/** JSON can not hold half a character. */
const wellFormed = (account: IncidentAccount): IncidentAccount =>
  JSON.parse(JSON.stringify(account), (_name, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  ) as IncidentAccount;

const titleOf = ({ state, incident }: IncidentAccount): string =>
  state === 'Resolved' ? `Resolution of the incident ${incident}` : `Incident ${incident}`;

async function print(paper: Paper, account: IncidentAccount, title: string): Promise<void> {
  paper.title(title);
  if (account.title !== undefined) paper.paragraph(account.title);
  paper.facts(factsOf(account));
  printResolution(paper, account);
  if (account.timeline.length > 0) paper.heading('Timeline');
  for (const entry of account.timeline) {
    // Hundreds of long texts take seconds: whatever else is to be done in this process is not to wait for all of them.
    await breath();
    printEntry(paper, entry, account);
  }
  printProof(paper, account);
}

function factsOf({ service, namespace, severity, state, category, priority, ...account }: IncidentAccount): [string, string][] {
  const { openedAt, endedAt, lastedSeconds, origin } = account;
  const facts: [string, string | undefined][] = [
    ['Service', `${service} (namespace ${namespace})`],
    ['Severity', severity],
    ['State', state],
    ['Category', category],
    ['Priority', priority],
    ['Began with', origin && originText(origin)],
    ['Opened', openedAt],
    ['Ended', endedAt],
    ['Lasted', lastedSeconds === undefined ? undefined : spanText(lastedSeconds * 1000)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]));
}

function originText({ criterion, deviation, rule, workload }: NonNullable<IncidentAccount['origin']>): string {
  const parts = [
    criterion === undefined ? undefined : `criterion ${criterion}`,
    deviation === undefined ? undefined : `deviation ${deviation}`,
    rule === undefined ? undefined : `rule ${rule}`,
    workload === undefined ? undefined : `workload ${workload}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

function printResolution(paper: Paper, { state, resolution, timeline }: IncidentAccount): void {
  if (resolution) {
    for (const [heading, text] of resolutionParts(resolution)) {
      paper.heading(heading);
      paper.paragraph(text);
    }
    return;
  }
  if (state === 'Open' || state === 'Suspected') paper.paragraph('It is not resolved.');
  const dismissal = timeline.findLast(({ change }) => change === 'Dismissed');
  if (state === 'Dismissed') paper.paragraph(`It turned out to be no incident. ${dismissal?.text ?? ''}`.trim());
}

const resolutionParts = ({ cause, measures, prevention }: NonNullable<IncidentAccount['resolution']>): [string, string][] => [
  ['Cause', cause],
  ['What was done', measures],
  ['What keeps it from happening again', prevention],
];

const SAID: Readonly<Record<IncidentChange, string>> = {
  ...{ Opened: 'opened', Confirmed: 'confirmed', Changed: 'changed', Updated: 'update', Resolved: 'resolved' },
  ...{ Dismissed: 'dismissed', Reopened: 'it goes on', Acknowledged: 'resolution read', Deleted: 'its object was deleted' },
  ...PASSED,
};

function printEntry(paper: Paper, entry: IncidentEntry, account: IncidentAccount): void {
  const { at, change, by, audience } = entry;
  const whose =
    audience === undefined || account.level === 'customers' ? '' : ` ${change === 'Acknowledged' ? 'for' : 'to'} ${audience}`;
  paper.label(`${at}  ${SAID[change]}${by === undefined ? '' : ` by ${by}`}${whose}`);
  for (const paragraph of saidIn(entry, account)) paper.paragraph(paragraph);
}

/** The resolution that stands was printed above; one that did not hold is part of the story. */
function saidIn({ text, resolution, seq }: IncidentEntry, { state, timeline }: IncidentAccount): string[] {
  if (!resolution) return text === undefined ? [] : [text];
  const latest = timeline.findLast((entry) => entry.resolution);
  if (state === 'Resolved' && latest?.seq === seq) return [];
  return resolutionParts(resolution).map(([name, part]) => `${name}: ${part}`);
}

function printProof(paper: Paper, { level, issuedAt, records }: IncidentAccount): void {
  paper.heading('Records');
  paper.small(`Issued at ${issuedAt} for ${level}, from the evidence log of the service. All times are in UTC.`);
  if (level === 'authority') paper.small('Notes of the team to itself are not told here; their records are in the list.');
  for (const { seq, digest } of records) paper.small(`${seq}  ${digest}`);
  if (paper.hasLeftOut)
    paper.small(`${NOT_SHOWN} stands for what can not be shown here. The document in JSON has every character.`);
}
