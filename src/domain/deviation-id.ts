import { createHash } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Digits of an id that tell its time. */
const TIME_LENGTH = 10;

/**
 * The id of a deviation or evidence gap: a ULID (48 bits of time, 80 bits of chance) whose chance is the SHA-256 of criterion and
 * start, so that judging the same records again gives the same id.
 * @param criterion `namespace/name`
 * @param from start, in milliseconds since 1970-01-01T00:00:00Z
 */
export function deviationId(criterion: string, from: number): string {
  const hash = createHash('sha256').update(`${criterion}@${from}`).digest('hex').slice(0, 20);
  let bits = (BigInt(from) << 80n) | BigInt(`0x${hash}`);
  let id = '';
  for (let count = 0; count < 26; count++) {
    id = (CROCKFORD[Number(bits & 31n)] ?? '') + id;
    bits >>= 5n;
  }
  return id;
}

/** The start that an id tells, in milliseconds; undefined for what is no such id. */
export function deviationStart(id: string): number | undefined {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)) return undefined;
  return Array.from(id.slice(0, TIME_LENGTH)).reduce((ms, digit) => ms * 32 + CROCKFORD.indexOf(digit), 0);
}
