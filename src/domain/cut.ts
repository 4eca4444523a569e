/**
 * A text of at most `most` UTF-16 units, which no platform counts as more, and well-formed, as records have to be; what is cut ends in an
 * ellipsis, never in half a character.
 */
export function cut(text: string, most: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= most) return whole;
  const end = most - 1;
  const half = /[\ud800-\udbff]/.test(whole.charAt(end - 1));
  return `${whole.slice(0, half ? end - 1 : end).trimEnd()}…`;
}
