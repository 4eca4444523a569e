import type { KubeObject, SecretKeyRef } from '../../api/common.ts';
import { type EvidenceSourceSpec, PUSHED_KINDS, type PushedKind, sourceUrlOf } from '../../api/source.ts';
import { durationMs } from '../../domain/duration.ts';
import { AssayError } from '../../platform/errors.ts';
import type { Connection } from '../../sources/source.ts';

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

export function secretValue({ name, key }: SecretKeyRef, secrets: SecretLookup): string {
  const secret = secrets(name);
  if (!secret) throw new AssayError('SECRET_MISSING', `the Secret ${name} is missing in the operator's namespace`);
  const value = secret.data?.[key];
  if (value === undefined) throw new AssayError('SECRET_MISSING', `the Secret ${name} has no key ${key}`);
  return Buffer.from(value, 'base64').toString('utf8');
}

/** What whoever pushes alerts to a source has to show: all that is there. */
export interface IntakeAccess {
  readonly token?: string;
  readonly clientNames?: readonly string[];
}

/** What the senders of a source have to show; undefined where it takes nothing of this kind, or the Secret of its token is missing. */
export function intakeAccessOf(kind: PushedKind, spec: EvidenceSourceSpec, secrets: SecretLookup): IntakeAccess | undefined {
  const intake = spec[kind]?.intake;
  if (intake === undefined) return undefined;
  const { token: ref, clientNames } = intake;
  const names = clientNames === undefined ? {} : { clientNames };
  if (ref === undefined) return names;
  const value = secrets(ref.name)?.data?.[ref.key];
  return value === undefined ? undefined : { ...names, token: Buffer.from(value, 'base64').toString('utf8').trim() };
}

/** The Secrets that a source names. */
export function secretsOf(spec: EvidenceSourceSpec): string[] {
  const { auth, tls } = spec;
  const tokens = PUSHED_KINDS.map((kind) => spec[kind]?.intake?.token);
  return [auth?.bearerToken, auth?.basic?.password, ...tokens, ...certificatesOf(tls)].flatMap((ref) => (ref ? [ref.name] : []));
}

const certificatesOf = (tls: EvidenceSourceSpec['tls']): (SecretKeyRef | undefined)[] => [
  tls?.ca,
  tls?.clientCert?.cert,
  tls?.clientCert?.key,
];
