/** A moment (milliseconds since 1970-01-01T00:00:00Z) in RFC 3339 and UTC; parts of a second only where there are some. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** The same to the second, cut down: what people read in a message. */
export const secondText = (ms: number): string => timeText(Math.floor(ms / 1_000) * 1_000);
