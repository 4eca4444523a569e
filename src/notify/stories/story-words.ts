import type { CriterionChange, RecordBody } from '../../api/records.ts';
import { spanText } from '../../domain/duration.ts';
import { secondText } from '../../domain/moment.ts';
import type { Entry } from './story.ts';

/*
 * What the history of a story says. Words for customers name nothing of the inside; who may read more reads them where there are no others.
 */

/** How a story begins for whoever hears of it. */
export function beginning(since: number): Entry {
  return { at: since, words: { customers: `disrupted since ${secondText(since)}` } };
}

/** What became of a criterion. */
export function verdictEntry({ at, to, reason, message }: RecordBody<'VerdictChanged'>): Entry {
  return {
    at,
    words: { authority: to === 'Fail' ? `not met: ${message}` : `nobody can say (${reason}): ${message}` },
    turn: true,
  };
}

const CHANGES: Readonly<Record<CriterionChange, readonly [authority: string, customers: string]>> = {
  Created: ['the criterion was created', 'it is measured now'],
  Changed: ['the criterion was changed while it was not met', 'what is measured was changed while it was not met'],
  Suspended: ['the criterion was suspended while it was not met', 'it is not measured for now'],
  Resumed: ['the criterion is judged again', 'it is measured again'],
  Deleted: ['the criterion was deleted while it was not met', 'it is not measured any more'],
  Recreated: ['the criterion was created again, and is as it was before', 'it is measured again'],
};

/** A change of the criterion while it was not met. */
export function changeEntry(change: CriterionChange, at: number): Entry {
  const [authority, customers] = CHANGES[change];
  return { at, words: { authority, customers }, turn: true };
}

/** What somebody says of a deviation; the authority reads it with the deviation. */
export function commentEntry({ at, about, author, text, audience }: RecordBody<'Commented'>): Entry {
  const said = about === 'Withhold' ? `${audience ?? ''} not to be told, says ${author}` : `${COMMENTS[about]} by ${author}`;
  return { at, words: { authority: `${said}: ${text}` }, turn: true };
}

const COMMENTS: Readonly<Record<Exclude<RecordBody<'Commented'>['about'], 'Withhold'>, string>> = {
  Maintenance: 'maintenance, says a comment',
  FalsePositive: 'a false alarm, says a comment',
  Cause: 'the cause, says a comment',
  Note: 'a comment',
};

/** That an audience was told before it came to be withheld. */
export function tooLateEntry(at: number, audience: string, channels: readonly string[]): Entry {
  return { at, words: { authority: `too late: ${audience} already told by way of ${channels.join(', ')}` }, turn: true };
}

type Notice = RecordBody<'Notified'>;

/** That an audience is told: nothing for customers, for whom their story begins with it. */
export function toldEntry({ audience, step, at, late }: Notice): Entry {
  const details = [...(step === undefined ? [] : [step]), ...(late ? ['late'] : [])].join(', ');
  return { at, words: { authority: `${audience} to be told${details === '' ? '' : ` (${details})`}` } };
}

/** That a further step of the same audience is due, which is worth a message to it. */
export function againEntry({ audience, step, at, late }: Notice, since: number): Entry {
  const { words } = toldEntry({ audience, step, at, late } as Notice);
  const customers = `still disrupted after ${spanText(at - since)}`;
  return {
    at,
    words: { authority: `still open after ${spanText(at - since)}: ${words.authority ?? ''}`, customers },
    turn: true,
    turnFor: audience,
  };
}

/** What happens without being a deviation, and is told in one message. */
export function noticeEntry({ at, notice, message }: Notice): Entry {
  const customers =
    notice === 'CriterionChanged'
      ? 'what is measured was changed while it was not met'
      : 'disrupted again and again, for a short time each';
  return { at, words: { authority: message, customers }, turn: true };
}

/** Why something is over that did not recover. */
const ENDINGS: Readonly<Record<string, string>> = {
  CriterionChanged: ', because what is measured was changed',
  CriterionDeleted: ', because it is not measured any more',
};

/** How a story ends: `recovered after 17m`. */
export function endingEntry(how: string, { from, to }: { readonly from: number; readonly to: number }): Entry {
  const verb = how === 'Recovered' ? 'recovered' : 'over';
  return { at: to, words: { customers: `${verb} after ${spanText(to - from)}${ENDINGS[how] ?? ''}` }, turn: true };
}

/** Whether an agreed figure is reached. */
export function objectiveText({ met, achieved, target }: RecordBody<'ObjectiveChanged'>): string {
  return met
    ? `The objective is met again: ${achieved} %, agreed ${target} %`
    : `The objective is missed: ${achieved} %, agreed ${target} %`;
}

/** How a criterion that flaps begins to fail once more. */
export function failingAgain(at: number, times: number, turn: boolean): Entry {
  const often = `${times} times in the last hour`;
  return { at, words: { authority: `failing again, ${often}`, customers: `disrupted again, ${often}` }, turn };
}
