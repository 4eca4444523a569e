import { DEFAULT_HEARTBEAT, type EvidenceSource, type EvidenceSourceSpec } from '../../api/source.ts';
import { durationMs } from '../../domain/duration.ts';
import { AssayError } from '../../platform/errors.ts';
import type { Connection } from '../../sources/source.ts';

/** How a source is reached, and how long after a slot it is asked. */
export interface Place {
  readonly connection: Connection;
  readonly delayMs: number;
}

const ADDRESS = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/;
const CREDENTIALS = /^[a-z]+:\/\/[^/?#]*@/i;

/**
 * How a source is reached: by the address of the command line, else by that of its manifest; all else is as the manifest says.
 * @throws AssayError USAGE or SECRET_MISSING when it can't be
 */
export function placeOf(name: string, url: string | undefined, manifest: EvidenceSource | undefined, timeoutMs?: number): Place {
  const spec: Partial<EvidenceSourceSpec> = manifest?.spec ?? {};
  if (url !== undefined) return { connection: connectionOf(addressOf(name, url), spec, timeoutMs), delayMs: delayOf(spec) };
  if (spec.prometheus === undefined) {
    throw new AssayError('USAGE', `no --source and no EvidenceSource manifest says where ${name} is: add --source ${name}=URL`);
  }
  if (needsSecret(spec)) {
    throw new AssayError(
      'SECRET_MISSING',
      `EvidenceSource ${name} takes credentials from a Secret, which can't be read without a cluster: add --source ${name}=URL with an address that needs none, a port-forward for example`,
    );
  }
  return { connection: connectionOf(spec.prometheus.url, spec, timeoutMs), delayMs: delayOf(spec) };
}

function addressOf(name: string, url: string): string {
  if (CREDENTIALS.test(url)) throw new AssayError('USAGE', `--source ${name}: an address with credentials in it is refused`);
  if (!ADDRESS.test(url))
    throw new AssayError('USAGE', `--source ${name}: write the base address of the server, http://localhost:9090`);
  return url;
}

const needsSecret = ({ auth, tls }: Partial<EvidenceSourceSpec>): boolean =>
  auth !== undefined || (tls?.ca ?? tls?.clientCert) !== undefined;

const delayOf = ({ evaluationDelay = '10s' }: Partial<EvidenceSourceSpec>): number => durationMs(evaluationDelay);

function connectionOf(url: string, spec: Partial<EvidenceSourceSpec>, timeoutMs: number | undefined): Connection {
  const { headers = {}, tls, timeout = '10s', maxConcurrency = 8, heartbeat = DEFAULT_HEARTBEAT } = spec;
  return {
    url,
    headers,
    tls: {
      insecureSkipVerify: tls?.insecureSkipVerify ?? false,
      ...(tls?.serverName === undefined ? {} : { serverName: tls.serverName }),
    },
    timeoutMs: timeoutMs ?? durationMs(timeout),
    maxConcurrency,
    heartbeat,
  };
}
