import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The names of whoever is at the other end, in small letters: none but of a certificate that was verified. */
export function peerNamesOf(socket: Socket): readonly string[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? [] : namesIn(certificate);
}

// Node puts a name into quotes, as JSON does, if it holds anything that would look like the next one.
const ALTERNATIVE = /(?:^|, )([^:,]+):("(?:[^"\\]|\\.)*"|[^",]*)(?=, |$)/g;
const NAME = /^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$/;

/** The DNS names of a certificate; its common name only where it has no alternative names of any kind. */
export function namesIn({ subject, subjectAltName }: Pick<X509Certificate, 'subject' | 'subjectAltName'>): readonly string[] {
  if (subjectAltName !== undefined) {
    const found = [...subjectAltName.matchAll(ALTERNATIVE)].flatMap(([, type, name = '']) => (type === 'DNS' ? [name] : []));
    return usable(found);
  }
  const common = subject.split('\n').filter((line) => line.startsWith('CN='));
  // Of several it is not clear which is meant.
  return common.length === 1 ? usable(common.map((line) => line.slice('CN='.length))) : [];
}

const usable = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase()).filter((name) => NAME.test(name));
