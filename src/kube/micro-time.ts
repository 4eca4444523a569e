/** A moment as `metav1.MicroTime` writes it. */
export function microTime(at: Date): string {
  return at.toISOString().replace(/Z$/, '000Z');
}
