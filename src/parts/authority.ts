import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate and its key, in PEM, and the files that hold them. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** What a certificate is to say; `names` as OpenSSL writes alternative names: `DNS:a,IP:127.0.0.1`. */
export interface Wanted {
  readonly subject?: string;
  readonly names?: string;
  /** How long it is good; -1: it was until yesterday. */
  readonly days?: number;
}

/** A certificate authority of one's own, for tests. */
export interface Authority {
  readonly ca: string;
  readonly caPath: string;
  issue(wanted: Wanted): Promise<Issued>;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes one in a folder of its own; it takes the openssl of the machine. */
export async function newAuthority(dir: string): Promise<Authority> {
  await mkdir(dir, { recursive: true });
  const openssl = (...args: string[]): Promise<unknown> => promisify(execFile)('openssl', args, { cwd: dir });
  await openssl(
    'req',
    '-x509',
    ...KEY,
    '-days',
    '2',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=authority of the tests',
  );
  const caPath = join(dir, 'ca.crt');
  let issued = 0;
  return {
    ...{ ca: await readFile(caPath, 'utf8'), caPath },
    issue: async ({ subject = '/', names, days = 1 }) => {
      const name = `issued-${(issued += 1)}`;
      const [key, request, cert, extensions] = ['key', 'csr', 'crt', 'ext'].map((ending) => `${name}.${ending}`) as [
        string,
        string,
        string,
        string,
      ];
      await openssl('req', ...KEY, '-keyout', key, '-out', request, '-subj', subject);
      await writeFile(join(dir, extensions), names === undefined ? '' : `subjectAltName = ${names}\n`);
      const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days), '-extfile', extensions];
      await openssl('x509', '-req', '-in', request, ...by, '-out', cert);
      const [certPath, keyPath] = [join(dir, cert), join(dir, key)];
      return { certPath, keyPath, cert: await readFile(certPath, 'utf8'), key: await readFile(keyPath, 'utf8') };
    },
  };
}
