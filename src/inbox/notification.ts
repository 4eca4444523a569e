import { createHash } from 'node:crypto';

import { nanosecondTime } from './nanosecond-time.ts';

/** An alert as a notification of Alertmanager tells it. Its labels are written by whoever writes rules, and by what they watch. */
export interface ToldAlert {
  /** In the order of their names: equal labels are equal texts, and one alert. */
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly startsAt: number;
  /** Milliseconds; absent while it fires. */
  readonly endedAt?: number;
}

/** What Alertmanager sends to a webhook: what fires in one group of alerts, and what has ended since the time before. */
export interface Notification {
  /** Stands for the group: its key is of any length. */
  readonly group: Uint8Array;
  readonly alerts: readonly ToldAlert[];
  /** Alerts of the group that the notification leaves out. */
  readonly truncated: number;
}

/** The notification of a body, or what is wrong with it in a sentence that holds none of its text. */
export type ParsedNotification =
  | { readonly kind: 'Notification'; readonly notification: Notification }
  | { readonly kind: 'Refused'; readonly message: string; readonly alerts: number };

const VERSION = '4';
const MAX_ALERTS = 10_000;
const MAX_LABELS = 128;
const LENGTHS = { name: 512, value: 8_192 } as const;
/** Characters of all labels of an alert together. */
const MAX_LABEL_CHARS = 32_768;
const DIGEST_BYTES = 16;

/**
 * Reads the payload of a webhook, version 4. Nothing is cut: a matcher would be tried on what an alert does not have. So one alert that
 * can not be used refuses all of them.
 */
export function parseNotification(body: string): ParsedNotification {
  let known = 1;
  try {
    const { version, groupKey, truncatedAlerts, alerts } = fieldsOf(jsonIn(body), 'the body');
    if (version !== VERSION) throw new Unusable(`the body is no webhook payload of Alertmanager of version ${VERSION}`);
    if (!Array.isArray(alerts)) throw new Unusable('the body has no list of alerts');
    known = Math.max(1, alerts.length);
    if (alerts.length > MAX_ALERTS) throw new Unusable(`more than ${MAX_ALERTS} alerts in one request`);
    const group = digestOf(textOf(groupKey, 'the groupKey'));
    return { kind: 'Notification', notification: { group, alerts: alerts.map(alertOf), truncated: countOf(truncatedAlerts) } };
  } catch (error) {
    if (error instanceof Unusable) return { kind: 'Refused', message: error.message, alerts: known };
    throw error;
  }
}

/** What stands for a text of any length. */
export function digestOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES);
}

class Unusable extends Error {}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Unusable('the body is not JSON');
  }
}

function fieldsOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unusable(`${what} is not a JSON object`);
  return value as Record<string, unknown>;
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Unusable(`${what} is not a string`);
  return value;
}

/** Alertmanagers before 0.21 leave none out, and do not say so. */
function countOf(truncated: unknown): number {
  if (truncated === undefined || truncated === null) return 0;
  if (!Number.isSafeInteger(truncated) || (truncated as number) < 0) throw new Unusable('truncatedAlerts is no number of alerts');
  return truncated as number;
}

function alertOf(item: unknown): ToldAlert {
  const { status, labels, startsAt, endsAt } = fieldsOf(item, 'an alert');
  if (status !== 'firing' && status !== 'resolved') throw new Unusable('status of an alert is neither firing nor resolved');
  const alert = { labels: labelsOf(labels), startsAt: timeOf(startsAt, 'startsAt') };
  return status === 'firing' ? alert : { ...alert, endedAt: timeOf(endsAt, 'endsAt') };
}

function labelsOf(value: unknown): ToldAlert['labels'] {
  const labels = Object.entries(fieldsOf(value, 'labels of an alert'));
  if (labels.length > MAX_LABELS) throw new Unusable(`an alert has more than ${MAX_LABELS} labels`);
  let chars = 0;
  for (const [name, text] of labels) {
    if (typeof text !== 'string') throw new Unusable('a label of an alert is not a string');
    if (name.length > LENGTHS.name || text.length > LENGTHS.value) throw new Unusable('a label of an alert is too long');
    // Half a surrogate pair fits no canonical JSON, and so no record.
    if (!name.isWellFormed() || !text.isWellFormed()) throw new Unusable('a label of an alert is not well-formed text');
    chars += name.length + text.length;
  }
  if (chars > MAX_LABEL_CHARS) throw new Unusable('the labels of an alert are too long');
  return Object.fromEntries(labels.sort(([a], [b]) => (a < b ? -1 : 1))) as ToldAlert['labels'];
}

function timeOf(value: unknown, name: string): number {
  const at = typeof value === 'string' ? nanosecondTime(value) : undefined;
  if (at === undefined) throw new Unusable(`${name} of an alert is not a time of RFC 3339`);
  return Date.parse(at);
}
