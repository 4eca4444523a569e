import { timeText } from '../../domain/moment.ts';
import type { Period } from '../../domain/timeline.ts';
import type { Place } from '../notifier.ts';

/*
 * The id of a digest says of which channel and which period it is, so that the record of its delivery says what was told: it is
 * `digest-CHANNEL-FROM-UNTIL`, with `NAMESPACE.SERVICE-` before the period where the room is that of one service.
 */

const START = 'digest-';
const PERIOD = /^(\d{4}-[\d-]+T[\d:.]+Z)-(\d{4}-[\d-]+T[\d:.]+Z)$/;

/** How the ids of the digests of a channel begin, or of its room for one service. */
export const digestPrefix = (channel: string, service?: Place): string =>
  `${START}${channel}-${service === undefined ? '' : `${service.namespace}.${service.service}-`}`;

export const digestId = (prefix: string, { from, to }: Period): string => `${prefix}${timeText(from)}-${timeText(to)}`;

/** Whether a story is a digest: ids of others have a slash, begin with `channel-`, or are capital letters and digits. */
export const isDigestId = (story: string): boolean => story.startsWith(START) && !story.includes('/');

/** The period of a digest whose id begins so; undefined for anything else. */
export function digestPeriod(story: string, prefix: string): Period | undefined {
  const [, from = '', to = ''] = story.startsWith(prefix) ? (PERIOD.exec(story.slice(prefix.length)) ?? []) : [];
  const period = { from: Date.parse(from), to: Date.parse(to) };
  return Number.isNaN(period.from) || Number.isNaN(period.to) ? undefined : period;
}
