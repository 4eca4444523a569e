import type { Times } from './timeline.ts';

/** A share as an exact fraction of whole milliseconds; `of` 0 means that there is none. */
export interface Share {
  readonly part: number;
  readonly of: number;
}

/** What judging.md prints of a period: never one figure alone. */
export interface Figures {
  readonly availability: Share;
  readonly lower: Share;
  readonly upper: Share;
  readonly coverage: Share;
}

export function figuresOf(times: Times, unknownCountsAs: 'Excluded' | 'Down' = 'Excluded'): Figures {
  const { met, notMet, unknown } = times;
  const all = met + notMet + unknown;
  return {
    availability: { part: met, of: unknownCountsAs === 'Down' ? all : met + notMet },
    lower: { part: met, of: all },
    upper: { part: met + unknown, of: all },
    coverage: { part: met + notMet, of: all },
  };
}

/** Percent with three decimals, cut and never rounded up: 99.9996 prints 99.999. Without a denominator "-", never 100. */
export function percentText({ part, of }: Share): string {
  if (of === 0) return '-';
  const thousandths = (BigInt(part) * 100_000n) / BigInt(of);
  return `${thousandths / 1000n}.${String(thousandths % 1000n).padStart(3, '0')}`;
}

/** Whether a share reaches a target in percent ("99.9"), compared as exact fractions. */
export function reaches({ part, of }: Share, target: string): boolean {
  const { numerator, denominator } = fractionOf(target);
  return BigInt(part) * 100n * denominator >= numerator * BigInt(of);
}

function fractionOf(decimal: string): { numerator: bigint; denominator: bigint } {
  const [whole = '0', decimals = ''] = decimal.split('.');
  return { numerator: BigInt(whole + decimals), denominator: 10n ** BigInt(decimals.length) };
}
