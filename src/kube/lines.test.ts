import fc from 'fast-check';

import { linesOf } from './lines.ts';

async function lines(chunks: readonly Uint8Array[], maxLineBytes = 1000): Promise<string[]> {
  const found: string[] = [];
  // eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  for await (const line of linesOf(stream(), maxLineBytes)) found.push(line);
  return found;
}
const bytes = (...texts: string[]): Uint8Array[] => texts.map((text) => Buffer.from(text));

test.each(
  Object.entries({
    'several lines in one chunk': { chunks: bytes('a\nb\n'), want: ['a', 'b'] },
    'one line in several chunks': { chunks: bytes('a', 'b', '', 'c\n'), want: ['abc'] },
    'a last line without an end': { chunks: bytes('a\nb'), want: ['a', 'b'] },
    'empty lines are left out': { chunks: bytes('\na\n\n\nb\n'), want: ['a', 'b'] },
    'a character cut in two by the network': {
      chunks: [Buffer.from('ä\n').subarray(0, 1), Buffer.from('ä\n').subarray(1)],
      want: ['ä'],
    },
    'nothing at all': { chunks: [], want: [] },
  }),
)('%s', async (_sentence, { chunks, want }) => {
  expect(await lines(chunks)).toEqual(want);
});

test('where the chunks are cut makes no difference', async () => {
  const text = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter((line) => !line.includes('\n')));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (written, size) => {
      const all = Buffer.from(written.map((line) => `${line}\n`).join(''));
      const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.subarray(i * size, (i + 1) * size));
      expect(await lines(chunks)).toEqual(written);
    }),
  );
});

test.each(
  Object.entries({
    'within one chunk': bytes('abcdef\n'),
    'over several chunks': bytes('abc', 'def\n'),
    'without an end in sight': bytes('abc', 'def', 'ghi'),
  }),
)('a line longer than allowed is refused: %s', async (_sentence, chunks) => {
  await expect(lines(chunks, 5)).rejects.toThrow(RangeError);
  expect(await lines(bytes('abcde\n', 'abcde\n'), 5)).toHaveLength(2);
});

test('it is refused before the rest of it is read', async () => {
  let read = 0;
  // eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; read < 1000; read += 1) yield Buffer.from('abc');
  }
  await expect(linesOf(endless(), 5).next()).rejects.toThrow(RangeError);
  expect(read).toBeLessThan(3);
});
