import { AssayError } from '../platform/errors.ts';

/** An address that is secret as a whole, in the two pieces that requests are made of. */
export interface SecretAddress {
  /** Origin and path. */
  readonly url: string;
  /** Empty, or with its question mark. */
  readonly query: string;
}

/** Reads an address that a Secret holds. Throws AssayError SPEC_INVALID, which says nothing of what it read. */
export function secretAddress(text: string): SecretAddress {
  const url = URL.parse(text.trim());
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    throw new AssayError('SPEC_INVALID', 'the Secret holds no address of the form https://host/path');
  return { url: `${url.origin}${url.pathname}`, query: url.search };
}
