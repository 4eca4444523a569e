const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration in the form of the API: `0s`, `30s`, `15m`, `24h`, `30d`. @throws RangeError for any other form */
export function durationMs(text: string): number {
  const match = /^(\d+)([smhd])$/.exec(text);
  if (!match) throw new RangeError(`not a duration: ${text}`);
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** The shortest form that the API takes for a whole number of seconds: 90000 is `90s`, 120000 is `2m`. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s';
  const unit = (['d', 'h', 'm'] as const).find((name) => ms % UNIT_MS[name] === 0) ?? 's';
  return `${Math.trunc(ms / UNIT_MS[unit])}${unit}`;
}

/** A span for people, its two largest units: `17m 30s`, `2h 5m`, `3d 4h`. Parts of a second are cut. */
export function spanText(ms: number): string {
  let rest = Math.trunc(ms / 1000) * 1000;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.trunc(rest / UNIT_MS[unit]);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * UNIT_MS[unit];
  }
  return parts.length === 0 ? '0s' : parts.slice(0, 2).join(' ');
}
