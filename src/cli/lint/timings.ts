import { CRITERION } from '../../api/kinds.ts';
import { valueAt } from '../../api/validate-paths.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Finding, Manifest } from '../manifests/index.ts';

type TimeField = 'interval' | 'holdFor' | 'maxAge';

/** Times of a criterion that are allowed but hardly meant. */
export function timingFindings(manifest: Manifest): Finding[] {
  if (valueAt(manifest.object, ['kind']) !== CRITERION.kind) return [];
  const interval = spanOf(manifest, 'interval');
  if (interval === undefined) return [];
  return [...shorter(manifest, 'holdFor', interval, HOLD), ...shorter(manifest, 'maxAge', interval, MAX_AGE)];
}

const HOLD = 'one failed look may already be a Fail; write two intervals or more, or leave it out';
const MAX_AGE = 'a sample may be too old by the next slot; write at least the interval';

function shorter(manifest: Manifest, field: TimeField, interval: Span, because: string): Finding[] {
  const span = spanOf(manifest, field);
  if (!span || span.ms >= interval.ms) return [];
  return [
    manifest.finding('warning', ['spec', field], `${span.text} is shorter than the interval of ${interval.text}: ${because}`),
  ];
}

interface Span {
  readonly text: string;
  readonly ms: number;
}

function spanOf({ object }: Manifest, field: TimeField): Span | undefined {
  const text = valueAt(object, ['spec', field]);
  if (typeof text !== 'string') return undefined;
  try {
    return { text, ms: durationMs(text) };
  } catch {
    return undefined; // no duration at all: validation says so
  }
}
