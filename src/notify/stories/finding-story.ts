import type { FindingRecord } from '../../api/finding.ts';
import type { LogRecord } from '../../api/records.ts';
import { secondText } from '../../domain/moment.ts';
import type { Addressed, Entry, Story } from './story.ts';

type Recorded = Extract<LogRecord, { kind: 'FindingChanged' }>;

/** The id of a finding's story: that of no incident of the same name. */
export const findingId = ({ head, body }: Recorded): string => `${head.namespace}/finding/${body.finding}`;

/**
 * The story of a finding after a record of it. The team hears of it at once; the authority of what is said to it, not of its own words
 * alone. Customers never do.
 */
export function findingStory(before: Story | undefined, record: Recorded): Story {
  const { head, body } = record;
  const { at, state, title } = body;
  const begun: Story = before ?? {
    ...{ id: findingId(record), kind: 'Finding', namespace: head.namespace, service: head.service, standing: 'Unclear' },
    ...{ since: at, firstSeq: head.seq, seen: '', addressed: {}, history: [] },
  };
  const { ended, ...going } = begun;
  const now: Addressed = { at, late: false };
  return {
    ...going,
    ...{ title: `${TYPES[body.type]}: ${title}`, standing: STANDINGS[state], history: [...begun.history, entryOf(body)] },
    addressed: { internal: now, ...(!isOwnWord(body) && { authority: now }), ...begun.addressed },
    ...(state === 'Closed' && { ended: ended ?? { at, how: state } }),
  };
}

const TYPES: Readonly<Record<FindingRecord['type'], string>> = {
  Finding: 'finding',
  Question: 'question',
  SpotCheck: 'spot check',
};

const STANDINGS: Readonly<Record<FindingRecord['state'], Story['standing']>> = {
  Open: 'Unclear',
  Overdue: 'Failing',
  Answered: 'Notice',
  Closed: 'Ended',
};

/** What the authority itself has just said, and need not be told; that it is over is worth a message all the same. */
const isOwnWord = ({ change }: FindingRecord): boolean => ['Raised', 'Changed', 'Reopened'].includes(change);

function entryOf(body: FindingRecord): Entry {
  return { at: body.at, words: { authority: wordsOf(body) }, turn: true, ...(isOwnWord(body) && { turnFor: 'internal' }) };
}

const SAID: Readonly<Record<FindingRecord['change'], string>> = {
  Raised: 'raised',
  Changed: 'changed',
  Answered: 'answered',
  SpotChecked: 'the evidence log says',
  Overdue: 'overdue: not answered',
  Closed: 'closed',
  Reopened: 'opened again',
  Deleted: 'its object was deleted',
};

function wordsOf(body: FindingRecord): string {
  const { change, by, due, text, seen, severity } = body;
  const who = by === undefined ? '' : ` by ${by}`;
  const rated = isOwnWord(body) && severity !== undefined ? ` (${severity})` : '';
  const until = due !== undefined && DATED.includes(change) ? `, due ${secondText(due)}` : '';
  const said = seen ? seenText(seen) : text;
  return `${SAID[change]}${rated}${who}${until}${said === undefined ? '' : `: ${said}`}`;
}

const DATED: readonly FindingRecord['change'][] = ['Raised', 'Changed', 'Reopened', 'Overdue'];

/** What the log holds of the slot, and where; and what the sources say of it now. */
function seenText({ result, slot, outcome, message, record, again }: NonNullable<FindingRecord['seen']>): string {
  if (result === 'NothingJudged' || slot === undefined) return `nothing was judged then (${message})`;
  const where = record === undefined ? '' : ` (record ${record.seq}, ${record.digest})`;
  const now = again === undefined ? '' : `; asked again: ${again.outcome}, ${again.message}`;
  return `${outcome ?? ''} at ${secondText(slot)}, ${message}${where}${now}`;
}
