import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { AssayError } from './errors.ts';

// An error page is looked at for one sentence only.
const ERROR_BODY_BYTES = 64 * 1024;

/** What is known of a body before it is read. */
export interface BodyHead {
  readonly status: number;
  readonly encoding: string | undefined;
}

/**
 * Reads a body as UTF-8, at most `maxBytes` after decoding; a longer one is destroyed, so its connection is not kept. The body
 * of an error status is read as far as a sentence may reach and is empty beyond that: too long an error page is still that error.
 */
export async function readBody(body: Readable, head: BodyHead, maxBytes: number): Promise<string> {
  if (head.status < 400) return decode(await collect(body, head.encoding, maxBytes));
  try {
    return decode(await collect(body, head.encoding, Math.min(maxBytes, ERROR_BODY_BYTES)));
  } catch (error) {
    if (error instanceof AssayError) return '';
    throw error;
  }
}

/** Gives up a body that nobody wants: its connection is closed, and its late errors disturb nobody. */
export function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}

async function collect(body: Readable, encoding: string | undefined, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const take = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > maxBytes) throw new AssayError('SOURCE_ANSWER_TOO_LARGE', `the answer is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  };
  switch (encoding ?? 'identity') {
    case 'identity':
      // Leaving the loop by an error destroys the body.
      await take(body);
      break;
    case 'gzip':
      await pipeline(body, createGunzip(), take);
      break;
    default:
      discard(body);
      throw new AssayError('SOURCE_BAD_ANSWER', 'the answer has a content encoding that was not asked for');
  }
  return Buffer.concat(chunks, size);
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw new AssayError('SOURCE_BAD_ANSWER', 'the answer is not UTF-8');
  }
}
