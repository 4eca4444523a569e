import { constants, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

import { AssayError } from '../platform/errors.ts';

/** The texts of the files, as a Secret of cert-manager has them. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const NAMES = { cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' } as const;

/** Reads the three files of a folder. @throws AssayError SPEC_INVALID, naming the first one that can not be read */
export async function readTlsFiles(folder: string): Promise<TlsFiles> {
  const read = (name: string): Promise<string> =>
    readFile(join(folder, name), 'utf8').catch((cause: unknown) => {
      throw new AssayError('SPEC_INVALID', `${name} of the intake can not be read`, { cause });
    });
  return { cert: await read(NAMES.cert), key: await read(NAMES.key), ca: await read(NAMES.ca) };
}

/** Whether the files say the same. */
export const isSameText = (one: TlsFiles, other: TlsFiles): boolean =>
  one.cert === other.cert && one.key === other.key && one.ca === other.ca;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What a server is made of that knows senders by the authority in these files, tried out.
 * @throws AssayError SPEC_INVALID when they can not be used, or do not belong together: two may have been changed and the third not yet
 */
export function secureContextOf({ cert, key, ca }: TlsFiles): SecureContextOptions {
  const authorities = ca.match(CERTIFICATE) ?? [];
  // Without any, the authorities of all the world would be taken.
  if (authorities.length === 0) throw new AssayError('SPEC_INVALID', `${NAMES.ca} of the intake holds no certificate`);
  // Nobody takes up a connection of before, whose certificate may have run out since.
  const options = { cert, key, ca: authorities, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const;
  try {
    for (const authority of authorities) new X509Certificate(authority);
    createSecureContext(options);
  } catch (cause) {
    const names = `${NAMES.cert}, ${NAMES.key} and ${NAMES.ca}`;
    throw new AssayError('SPEC_INVALID', `${names} of the intake can not be used together`, { cause });
  }
  return options;
}
