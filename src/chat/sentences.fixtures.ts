import type { Intent, Surroundings, Unclear } from './intent.ts';
import { parseIntent } from './parse.ts';

/** A Saturday, half past three in Berlin. */
export const NOW = Date.parse('2026-11-28T14:30:00Z');

export const SURROUNDINGS: Surroundings = {
  now: NOW,
  timeZone: 'Europe/Berlin',
  services: ['shop', 'mail', 'payment-api'],
  criteria: ['shop-probe', 'shop-cpu'],
  incidents: ['payments-stuck', 'login-slow'],
};

/** An intent on one line: its kind, and each field; a period in the days of Berlin, with the time where it is not midnight. */
export function told(text: string, surroundings: Surroundings = SURROUNDINGS): string {
  return line(parseIntent(text, surroundings));
}

function line(intent: Intent | Unclear): string {
  if (intent.kind === 'Unclear') return `Unclear ${intent.reason} [${intent.part}] ${intent.suggestions.join(' | ')}`.trim();
  const { kind, ...fields } = intent;
  return [kind, ...Object.entries(fields).map(([key, value]) => `${key}=${shown(value)}`)].join(' ');
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isPeriod(value)) return `${local(value.from)}..${value.to === NOW ? 'now' : local(value.to)}`;
  return Object.values(value as object).join(':');
}

const isPeriod = (value: unknown): value is { from: number; to: number } =>
  typeof value === 'object' && value !== null && 'from' in value && 'to' in value;

function local(ms: number): string {
  const text = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone: 'Europe/Berlin', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  }).format(ms);
  return text.replace(' 00:00', '').replace(' ', 'T');
}
