/** A moment (milliseconds since 1970-01-01T00:00:00Z) in RFC 3339 and UTC; parts of a second only where there are some. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
