import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares texts of any length in a time that tells nothing of them. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
