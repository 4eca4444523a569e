const NEWLINE = 0x0a;

/**
 * Splits a stream of bytes into lines without their ends; a last line without an end is a line too, empty lines are left out.
 * @throws RangeError once a line is longer than `maxLineBytes`
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<string> {
  let open: Uint8Array[] = [];
  let openBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      open.push(chunk.subarray(from, to));
      const line = joined(open, openBytes + to - from, maxLineBytes);
      if (line !== '') yield line;
      [open, openBytes, from] = [[], 0, to + 1];
    }
    open.push(chunk.subarray(from));
    openBytes += chunk.length - from;
    if (openBytes > maxLineBytes) throw tooLong(maxLineBytes);
  }
  const last = joined(open, openBytes, maxLineBytes);
  if (last !== '') yield last;
}

function joined(parts: readonly Uint8Array[], bytes: number, maxLineBytes: number): string {
  if (bytes > maxLineBytes) throw tooLong(maxLineBytes);
  return Buffer.concat(parts, bytes).toString('utf8');
}

const tooLong = (maxLineBytes: number): RangeError => new RangeError(`a line is longer than ${maxLineBytes} bytes`);
