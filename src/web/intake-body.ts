import type { RequestHandler } from 'express';

/** Bodies may be this large, unpacked. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** What is wrong with a body, in a sentence of ours. */
export class UnreadableBody extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Lets plain bodies and those in gzip pass. */
export const onlyGzip: RequestHandler = ({ headers }, _response, next) => {
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  next(
    encoding === 'identity' || encoding === 'gzip' ? undefined : new UnreadableBody('the body is neither plain nor gzip', 415),
  );
};

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a body. @throws UnreadableBody */
export function textOf(body: unknown): string {
  if (!Buffer.isBuffer(body)) throw new UnreadableBody('there is no body', 400);
  try {
    return UTF_8.decode(body);
  } catch {
    throw new UnreadableBody('the body is not UTF-8', 400);
  }
}

const SENTENCES: Readonly<Record<number, string>> = { 413: `the body is larger than ${MAX_BODY_BYTES} bytes` };

/** Status and sentence for a body that can not be read; the messages of the body parser quote what was sent. */
export function refusalOf(error: unknown): { readonly status: number; readonly message: string } {
  const { status: given } = error as { status?: unknown };
  const status = typeof given === 'number' && given >= 400 && given < 500 && given !== 429 ? given : 400;
  const message = error instanceof UnreadableBody ? error.message : (SENTENCES[status] ?? 'the body can not be read');
  return { status, message };
}
