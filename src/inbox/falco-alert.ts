import { FALCO_PRIORITIES, type FalcoPriority } from '../api/evidence-kinds.ts';

import { type Cutter, newCutter } from './cutter.ts';
import { nanosecondTime } from './nanosecond-time.ts';

type Value = string | number | boolean | null;

/** An alert of Falco, as itself or falcosidekick sends it. All its texts are written by whoever is watched. */
export interface FalcoAlert {
  /** The same alert has the same key, by whatever way it comes. */
  readonly key: string;
  readonly rule: string;
  readonly priority: FalcoPriority;
  /** UTC with nine digits of a second. */
  readonly time: string;
  readonly hostname: string;
  /** Where Falco saw it: syscall, k8s_audit, internal ...; empty where the sender does not say. */
  readonly origin: string;
  /** Absent where the sender leaves tags out. */
  readonly tags?: readonly string[];
  /** k8s.ns.name: empty where there is none, absent where the rule does not put it out. */
  readonly namespace?: string;
  readonly output: string;
  readonly fields: Readonly<Record<string, Value>>;
  /** Whether a text was cut, by us or by falcosidekick, which ends it in `[...]`. */
  readonly cut: boolean;
}

/** The alerts of a body, or what is wrong with it in a sentence that holds none of its text. */
export type ParsedAlerts =
  | { readonly kind: 'Alerts'; readonly alerts: readonly FalcoAlert[] }
  | { readonly kind: 'Refused'; readonly message: string; readonly alerts: number };

const MAX_ALERTS = 1_000;
const MAX_TAGS = 64;
const MAX_FIELDS = 512;
const LENGTHS = { rule: 512, hostname: 253, origin: 64, tag: 253, output: 8_192, name: 253, value: 2_048 } as const;
/** Characters of all fields of an alert together. */
const MAX_FIELD_CHARS = 16_384;

/** Reads one alert or a list of them; one that can not be used refuses the whole list, since only the sender can repair it. */
export function parseFalcoAlerts(body: string): ParsedAlerts {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return refused('the body is not JSON', 1);
  }
  const list: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (list.length > MAX_ALERTS) return refused(`more than ${MAX_ALERTS} alerts in one request`, list.length);
  try {
    return { kind: 'Alerts', alerts: list.map(alertOf) };
  } catch (error) {
    if (error instanceof Unusable) return refused(error.message, list.length);
    throw error;
  }
}

const INTERNAL_RULE = 'Falco internal: ';
const SNAPSHOT_RULE = 'Falco internal: metrics snapshot';

/** Whether Falco speaks of itself; a rule of a user has another origin, whatever its name. */
export function isInternal({ rule, origin }: Pick<FalcoAlert, 'rule' | 'origin'>): boolean {
  return origin === 'internal' || (origin === '' && rule.startsWith(INTERNAL_RULE));
}

/** Whether Falco tells that it missed something: all that it says of itself but the snapshot of its metrics. */
export function isDrop(alert: Pick<FalcoAlert, 'rule' | 'origin'>): boolean {
  return isInternal(alert) && alert.rule !== SNAPSHOT_RULE;
}

class Unusable extends Error {}

const refused = (message: string, alerts: number): ParsedAlerts => ({ kind: 'Refused', message, alerts });

function alertOf(item: unknown): FalcoAlert {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new Unusable('an alert is not a JSON object');
  const { rule, priority, time, hostname, source, tags, output, output_fields } = item as Record<string, unknown>;
  const [fullRule, fullHost] = [textOf(rule, 'rule'), optionalText(hostname, 'hostname')];
  if (fullRule === '') throw new Unusable('an alert names no rule');
  const at = nanosecondTime(textOf(time, 'time'));
  if (at === undefined) throw new Unusable('the time of an alert is not of RFC 3339');
  const cutter = newCutter();
  const fields = fieldsOf(output_fields, cutter);
  const namespace = namespaceIn(output_fields, cutter);
  const labels = tagsOf(tags, cutter);
  return {
    key: JSON.stringify([fullRule, at, fullHost]),
    rule: cutter.cut(fullRule, LENGTHS.rule),
    priority: priorityOf(textOf(priority, 'priority')),
    time: at,
    hostname: cutter.cut(fullHost, LENGTHS.hostname),
    origin: cutter.cut(optionalText(source, 'source'), LENGTHS.origin),
    ...(labels !== undefined && { tags: labels }),
    ...(namespace !== undefined && { namespace }),
    output: cutter.cut(optionalText(output, 'output'), LENGTHS.output),
    fields,
    cut: cutter.hasCut(),
  };
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Unusable(`${name} of an alert is not a string`);
  return value;
}

const optionalText = (value: unknown, name: string): string => (value === undefined || value === null ? '' : textOf(value, name));

const PRIORITIES: ReadonlyMap<string, FalcoPriority> = new Map([
  ...FALCO_PRIORITIES.map((name) => [name.toLowerCase(), name] as const),
  ['info', 'Informational'],
]);

function priorityOf(word: string): FalcoPriority {
  const priority = PRIORITIES.get(word.toLowerCase());
  if (priority === undefined) throw new Unusable(`priority of an alert is none of ${FALCO_PRIORITIES.join(', ')}`);
  return priority;
}

function tagsOf(value: unknown, cutter: Cutter): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new Unusable('tags of an alert are not a list');
  if (value.length > MAX_TAGS) throw new Unusable(`an alert has more than ${MAX_TAGS} tags`);
  return [...new Set(value.map((tag) => cutter.cut(textOf(tag, 'a tag'), LENGTHS.tag)))].sort();
}

function fieldsOf(value: unknown, cutter: Cutter): FalcoAlert['fields'] {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new Unusable('output_fields of an alert are not an object');
  const all = Object.entries(value);
  if (all.length > MAX_FIELDS) throw new Unusable(`an alert has more than ${MAX_FIELDS} output fields`);
  let left = MAX_FIELD_CHARS;
  const kept = (text: string, length: number): string => {
    const short = cutter.cut(text, Math.min(length, left));
    left -= short.length;
    return short;
  };
  return Object.fromEntries(all.map(([name, field]) => [kept(name, LENGTHS.name), primitiveOf(field, kept)]));
}

function primitiveOf(field: unknown, kept: (text: string, length: number) => string): Value {
  if (typeof field === 'number' || typeof field === 'boolean' || field === null) return field;
  return kept(typeof field === 'string' ? field : jsonOf(field), LENGTHS.value);
}

/** JSON can be read to any depth, and written to a smaller one only. */
function jsonOf(field: unknown): string {
  try {
    return JSON.stringify(field);
  } catch {
    throw new Unusable('an output field of an alert is too deep');
  }
}

const NAMESPACE_FIELD = 'k8s.ns.name';
/** What Falco writes for a field that an event does not have. */
const NOT_AVAILABLE = '<NA>';

/** Taken from the fields as they came: those that are kept may have been cut before it. */
function namespaceIn(fields: unknown, cutter: Cutter): string | undefined {
  const value = ((fields ?? {}) as Record<string, unknown>)[NAMESPACE_FIELD];
  if (value === undefined) return undefined;
  return typeof value === 'string' && value !== NOT_AVAILABLE ? cutter.cut(value, LENGTHS.name) : '';
}
