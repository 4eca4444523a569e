import { DURATION_PATTERN, NAME_PATTERN } from '../../api/common.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Period } from '../../domain/timeline.ts';
import type { Clock } from '../../platform/clock.ts';
import { AssayError } from '../../platform/errors.ts';
import { timeText } from '../../domain/moment.ts';
import { momentOf } from './moment.ts';

export const OUTPUT_FORMATS = ['table', 'json', 'yaml', 'junit'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** The flags of the command, as they are written. */
export interface EvaluateOptions {
  /** Files and folders of manifests. */
  readonly paths: readonly string[];
  /** Addresses by the name of the source; each stands before that of a manifest. */
  readonly sources: Readonly<Record<string, string>>;
  readonly at?: string | undefined;
  readonly watch?: boolean | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Where slots lie within their interval: a duration, or `service` for where the operator has them. */
  readonly offset?: string | undefined;
  readonly output: OutputFormat;
  /** How long an answer may take; stands before that of a manifest. */
  readonly timeoutMs?: number | undefined;
}

/** What the command needs of the world around it. A newline follows each text. */
export interface EvaluateIo {
  readonly write: (text: string) => void;
  readonly warn: (text: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What is asked of the command. */
export type Mode =
  | { readonly kind: 'Once'; readonly at?: number }
  | { readonly kind: 'Watch' }
  | { readonly kind: 'Replay'; readonly period: Period };

/** Offset of the slots within their interval, in milliseconds, or that of the operator for their service. */
export type OffsetChoice = number | 'service';

/** Reads `name=url` flags. @throws AssayError USAGE */
export function sourcesOf(flags: readonly string[]): Record<string, string> {
  const named = flags.map((flag): [string, string] => {
    const [, name, url] = /^([^=]*)=(.*)$/s.exec(flag) ?? [];
    // The flag is not repeated: it may hold a password.
    if (name === undefined || url === undefined)
      throw new AssayError('USAGE', '--source takes a name and an address: prometheus=http://localhost:9090');
    if (!new RegExp(NAME_PATTERN).test(name))
      throw new AssayError('USAGE', '--source begins with the name that the criteria give to the source');
    return [name, url];
  });
  const twice = named.map(([name]) => name).find((name, index, names) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new AssayError('USAGE', `--source names ${twice} twice`);
  return Object.fromEntries(named);
}

/** What the flags mean together. @throws AssayError USAGE */
export function modeOf(options: EvaluateOptions, now: number): Mode {
  const { at, from, to, watch = false } = options;
  refuseTogether({ '--at': at !== undefined, '--watch': watch, '--from and --to': (from ?? to) !== undefined });
  if (watch) return watchMode(options);
  if (at !== undefined) return { kind: 'Once', at: notLater('--at', momentOf('--at', at, now), now) };
  if (from !== undefined) return { kind: 'Replay', period: periodOf(from, to ?? 'now', now) };
  if (to !== undefined) throw new AssayError('USAGE', '--to needs --from');
  return { kind: 'Once' };
}

const LONGEST_TIMEOUT_MS = 3_600_000;

/** @throws AssayError USAGE */
export function refuseTimeout({ timeoutMs = 1 }: EvaluateOptions): void {
  if (timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT_MS) return;
  throw new AssayError('USAGE', '--timeout is no number of seconds from 0 to 3600');
}

function refuseTogether(given: Readonly<Record<string, boolean>>): void {
  const flags = Object.keys(given).filter((flag) => given[flag]);
  if (flags.length > 1) throw new AssayError('USAGE', `these do not go together: ${flags.join(', ')}`);
}

function watchMode({ output }: EvaluateOptions): Mode {
  if (output === 'junit') throw new AssayError('USAGE', '--watch has no end that a junit file could wait for: write -o json');
  return { kind: 'Watch' };
}

function periodOf(fromText: string, toText: string, now: number): Period {
  const from = notLater('--from', momentOf('--from', fromText, now), now);
  const to = momentOf('--to', toText, now);
  if (from >= to) throw new AssayError('USAGE', `--from (${timeText(from)}) is not before --to (${timeText(to)})`);
  return { from, to };
}

function notLater(flag: string, at: number, now: number): number {
  if (at > now) throw new AssayError('USAGE', `${flag} lies in the future: nothing is known of ${timeText(at)} yet`);
  return at;
}

/** @throws AssayError USAGE */
export function offsetOf(text: string | undefined): OffsetChoice {
  if (text === undefined) return 0;
  if (text === 'service') return text;
  if (new RegExp(DURATION_PATTERN).test(text)) return durationMs(text);
  throw new AssayError('USAGE', '--offset is no duration: write 12s, or service for the offset that the operator has');
}
