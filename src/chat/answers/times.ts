import type { Language } from '../intent.ts';

/** Writes moments as people of a time zone write them. */
export interface Times {
  readonly zone: string;
  /** `2026-11-28 15:30`, `28.11.2026 15:30`. @param ms milliseconds since 1970-01-01T00:00:00Z */
  at(ms: number): string;
}

/** A zone that nobody knows is UTC; each answer says which one it uses. */
export function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone === '' ? 'UTC' : zone;
  } catch {
    return 'UTC';
  }
}

const LOCALES: Readonly<Record<Language, string>> = { en: 'sv-SE', de: 'de-DE' };

export function timesIn(zone: string, language: Language): Times {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat(LOCALES[language], { timeZone: zone, hourCycle: 'h23', ...digits });
  return { zone, at: (ms) => format.format(ms).replace(',', '') };
}
