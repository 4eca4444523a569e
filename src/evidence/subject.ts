import type { LogRecord } from '../api/records.ts';

/** What a record speaks of, as far as records are searched by it. */
export interface Subject {
  /** The criterion, of a record that speaks of one. */
  readonly criterion?: string;
  /** First and last instant that it speaks of, in milliseconds; unset where it speaks of none but its own time. */
  readonly fromSlot?: number;
  readonly toSlot?: number;
}

const INSTANTS = ['slot', 'at', 'from', 'to'] as const;

/** The subject of a body: its `criterion`, and the span of its `slot`, `at`, `from` and `to` and of the slots of its observations. */
export function subjectOf(body: object, slot?: number): Subject {
  const fields = body as Readonly<Record<string, unknown>>;
  const instants = [slot, ...INSTANTS.map((name) => fields[name]), ...observed(body).map((each) => each.slot)].filter(isNumber);
  return {
    ...(typeof fields['criterion'] === 'string' && { criterion: fields['criterion'] }),
    ...(instants.length > 0 && { fromSlot: Math.min(...instants), toSlot: Math.max(...instants) }),
  };
}

/** Whether a record speaks of a criterion, be it as one of several. */
export function concerns({ body }: LogRecord, criterion: string): boolean {
  if ('criteria' in body) return body.criteria.includes(criterion);
  if ('criterion' in body) return body.criterion === criterion;
  return observed(body).some((each) => each.criterion === criterion);
}

function observed(body: object): readonly { criterion: string; slot: number }[] {
  return 'observations' in body ? (body.observations as { criterion: string; slot: number }[]) : [];
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
