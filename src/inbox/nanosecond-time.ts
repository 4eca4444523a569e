const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * A time of RFC 3339 in UTC with nine digits of a second, so that equal times are equal texts: Falco writes nine digits,
 * falcosidekick leaves the zeros at the end out. Undefined for anything else.
 */
export function nanosecondTime(text: string): string | undefined {
  const [, date, time, fraction = '', zone = ''] = RFC_3339.exec(text) ?? [];
  if (date === undefined || time === undefined) return undefined;
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  // A day that its month does not have would be read as one of the next month.
  if (!Number.isFinite(ms) || new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) !== date) return undefined;
  const utc = new Date(ms).toISOString();
  return utc.length === 24 ? `${utc.slice(0, 19)}.${fraction.padEnd(9, '0')}Z` : undefined;
}
