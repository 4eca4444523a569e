import type { ChangeRecordSpec } from '../../api/change.ts';
import type { RecordBody } from '../../api/records.ts';
import { windowOf } from '../../domain/change.ts';
import { secondText } from '../../domain/moment.ts';
import type { Period } from '../../domain/timeline.ts';
import type { Entry, ExplainedBy } from './story.ts';

/*
 * What the history of a change says. Customers read its window and the text that was written for them, and nothing else of it.
 */

type Body = RecordBody<'ChangeRecorded'>;
type ToCustomers = Body['toCustomers'];

export const windowText = ({ from, to }: Period): string => `${secondText(from)} to ${secondText(to)}`;

/** What a record says, for the team and the authority. */
export function changeWords(body: Body, recordedAt: number): string {
  const { event, by, spec, at } = body;
  const { from, to } = windowOf(spec);
  const whose = by === undefined ? '' : ` by ${by}`;
  switch (event) {
    case 'Planned':
      return `planned${whose}${recordedAt < from ? '' : ', after its window had opened'}: ${windowText({ from, to })}`;
    case 'Changed':
      return `the plan was changed, so that it has to be approved anew: ${windowText({ from, to })}`;
    case 'Approved':
      return recordedAt < from ? approvedWords(whose, spec) : `approved${whose} after its window had opened: it explains nothing`;
    case 'Withdrawn':
      return at < to
        ? 'the approval was taken back: it explains nothing'
        : 'the approval was taken back after the window: it stands';
    case 'Ended':
      return outcomeWords(whose, spec);
    case 'Deleted':
      return at < to ? 'called off: its object was deleted' : 'its object was deleted';
  }
}

const approvedWords = (whose: string, { adjustFigures = false }: ChangeRecordSpec): string =>
  `approved${whose}${adjustFigures ? ', and adjusts figures' : ''}`;

function outcomeWords(whose: string, { outcome }: ChangeRecordSpec): string {
  const text = outcome?.text === undefined ? '' : `: ${outcome.text}`;
  return `${outcome?.success === false ? 'did not succeed' : 'succeeded'}, says the outcome${whose}${text}`;
}

/** What is new for customers in what they may know now; nothing where nothing is. */
export function customersWords(before: ToCustomers, now: ToCustomers): Pick<Entry['words'], 'customers'> {
  if (now === undefined) return {};
  if (now.isCalledOff) return before && !before.isCalledOff ? { customers: 'called off' } : {};
  const planned = `planned for ${windowText(now)}\n${now.text}`;
  if (before === undefined) return { customers: planned };
  const isSame = before.from === now.from && before.to === now.to && before.text === now.text;
  return isSame && !before.isCalledOff ? {} : { customers: `now ${planned}` };
}

/** That the window is over. */
export const OVER: Entry['words'] = { authority: 'its window is over', customers: 'over' };

export const UNAPPROVED: Entry['words'] = { authority: 'its window opened without an approval: it explains nothing' };

/** Which change explains something: `change new-disk, 2026-12-01T22:00:00Z to 2026-12-01T23:00:00Z`. */
export const explanationText = ({ change, window }: ExplainedBy): string => `change ${change}, ${windowText(window)}`;
