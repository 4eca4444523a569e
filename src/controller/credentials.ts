import type { KubeObject, SecretKeyRef } from '../api/common.ts';
import { type EvidenceSourceSpec, sourceUrlOf } from '../api/source.ts';
import { durationMs } from '../domain/duration.ts';
import { AssayError } from '../platform/errors.ts';
import type { Connection } from '../sources/source.ts';

export interface Secret extends KubeObject {
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** Finds a Secret of the operator's own namespace. */
export type SecretLookup = (name: string) => Secret | undefined;

/**
 * How a source is reached, with its Secrets resolved. What it answers holds credentials: it goes nowhere but into a reader.
 * @throws AssayError SECRET_MISSING, naming Secret and key
 */
export function connectionOf(spec: EvidenceSourceSpec, secrets: SecretLookup): Connection {
  const { headers = {}, timeout = '10s', maxConcurrency = 8, heartbeat } = spec;
  const read = (ref: SecretKeyRef): string => secretValue(ref, secrets);
  return {
    url: sourceUrlOf(spec) ?? '',
    headers,
    ...authOf(spec, read),
    tls: tlsOf(spec, read),
    timeoutMs: durationMs(timeout),
    maxConcurrency,
    ...(heartbeat === undefined ? {} : { heartbeat }),
  };
}

type ReadSecret = (ref: SecretKeyRef) => string;

function authOf({ auth }: EvidenceSourceSpec, read: ReadSecret): Pick<Connection, 'bearerToken' | 'basic'> {
  if (auth?.bearerToken) return { bearerToken: read(auth.bearerToken).trim() };
  return auth?.basic ? { basic: { username: auth.basic.username, password: read(auth.basic.password) } } : {};
}

function tlsOf({ tls }: EvidenceSourceSpec, read: ReadSecret): Connection['tls'] {
  return {
    ...(tls?.ca ? { ca: read(tls.ca) } : {}),
    ...(tls?.clientCert ? { clientCert: { cert: read(tls.clientCert.cert), key: read(tls.clientCert.key) } } : {}),
    ...(tls?.serverName === undefined ? {} : { serverName: tls.serverName }),
    insecureSkipVerify: tls?.insecureSkipVerify ?? false,
  };
}

function secretValue({ name, key }: SecretKeyRef, secrets: SecretLookup): string {
  const secret = secrets(name);
  if (!secret) throw new AssayError('SECRET_MISSING', `the Secret ${name} is missing in the operator's namespace`);
  const value = secret.data?.[key];
  if (value === undefined) throw new AssayError('SECRET_MISSING', `the Secret ${name} has no key ${key}`);
  return Buffer.from(value, 'base64').toString('utf8');
}

/** The token with which alerts may be pushed to a source; undefined where none may, or its Secret is missing. */
export function intakeTokenOf({ falco }: EvidenceSourceSpec, secrets: SecretLookup): string | undefined {
  const ref = falco?.intake?.token;
  const value = ref && secrets(ref.name)?.data?.[ref.key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8').trim();
}

/** The Secrets that a source names. */
export function secretsOf({ auth, tls, falco }: EvidenceSourceSpec): string[] {
  return [auth?.bearerToken, auth?.basic?.password, falco?.intake?.token, ...certificatesOf(tls)].flatMap((ref) =>
    ref ? [ref.name] : [],
  );
}

const certificatesOf = (tls: EvidenceSourceSpec['tls']): (SecretKeyRef | undefined)[] => [
  tls?.ca,
  tls?.clientCert?.cert,
  tls?.clientCert?.key,
];
