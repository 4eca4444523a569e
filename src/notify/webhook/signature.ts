import { createHmac } from 'node:crypto';

import { AssayError } from '../../platform/errors.ts';

/** The headers of Standard Webhooks for a body; `now` in milliseconds. */
export type Sign = (id: string, body: string, now: number) => Readonly<Record<string, string>>;

// github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md ("Signature scheme"): 24 to 64 bytes.
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const BYTES = { least: 24, most: 64 } as const;
const MOST_SECRETS = 4;

/**
 * Reads one secret, or several with blanks between them while one is exchanged for another: each gives a signature of its own.
 * Throws AssayError SPEC_INVALID, which says nothing of what it read.
 */
export function newSign(secrets: string): Sign {
  const keys = secrets.trim().split(/\s+/).map(keyOf);
  if (keys.length > MOST_SECRETS)
    throw new AssayError('SPEC_INVALID', `the Secret holds more than ${MOST_SECRETS} signing secrets`);
  return (id, body, now) => {
    const timestamp = String(Math.floor(now / 1_000));
    const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
    return { 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
  };
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(SECRET.exec(secret)?.[1] ?? '', 'base64');
  if (key.length < BYTES.least || key.length > BYTES.most)
    throw new AssayError('SPEC_INVALID', `the Secret holds no whsec_ with ${BYTES.least} to ${BYTES.most} bytes in base64`);
  return key;
}
