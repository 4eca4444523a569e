import type { UnknownReason } from '../api/conditions.ts';

export type Labels = Readonly<Record<string, string>>;

/** One series at one instant. `value` may be NaN or infinite; `sampleAt` (ms) is there where the source tells it. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly sampleAt?: number;
}

/** What one evidence item said at one slot. */
export type Reading =
  | { readonly kind: 'Samples'; readonly samples: readonly Sample[]; readonly partial?: string; readonly sourceVersion?: string }
  | { readonly kind: 'Unavailable'; readonly reason: UnknownReason; readonly message: string };
