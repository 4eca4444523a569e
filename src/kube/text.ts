/**
 * Cuts a text to at most `maxBytes` of UTF-8, between characters, with an ellipsis where something is missing. The API server
 * calls its limits characters and counts bytes in some of them (measured: an Event's note); bytes satisfy both.
 */
export function cutText(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const ellipsis = '…';
  let room = maxBytes - Buffer.byteLength(ellipsis);
  let end = 0;
  for (const character of text) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    end += character.length;
  }
  return text.slice(0, end) + ellipsis;
}
