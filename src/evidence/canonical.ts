import { createHash } from 'node:crypto';

import canonicalize from 'canonicalize';

/**
 * The canonical JSON of a value (RFC 8785): the one text that every program makes of it. Members that are undefined are left out.
 * @throws Error for what JSON can not hold: NaN, infinities, lone surrogates, cycles, undefined elsewhere, functions, symbols, bigints and
 * objects of a class.
 */
export function canonical(value: unknown): string {
  // First, because it notices cycles; the check after it refuses what canonicalize would silently write as null, {} or undefined.
  const text = canonicalize(value);
  refuseForeign(value);
  return text as string;
}

/** The digest of a value: SHA-256 of its canonical JSON in UTF-8. */
export function digest(value: unknown): string {
  return sha256(canonical(value));
}

/** `sha256:<hex>` of bytes in a row; a string stands for its UTF-8. */
export function sha256(...chunks: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function refuseForeign(value: unknown): void {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return;
  if (typeof value !== 'object') throw new TypeError(`JSON can not hold a value of type ${typeof value}`);
  if (Array.isArray(value)) {
    for (const item of value) refuseForeign(item);
    return;
  }
  if (!isPlain(value)) throw new TypeError(`JSON can not hold an object of class ${value.constructor.name}`);
  for (const member of Object.values(value)) if (member !== undefined) refuseForeign(member);
}

// Not by identity with Object.prototype: an object may come from another realm (a worker, a vm context).
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
