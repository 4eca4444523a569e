import {
  evaluationDelayOf,
  type EvidenceSource,
  type EvidenceSourceSpec,
  type SourceKind,
  sourceKindOf,
  sourceUrlOf,
} from '../../api/source.ts';
import { durationMs } from '../../domain/duration.ts';
import { AssayError } from '../../platform/errors.ts';
import type { Connection } from '../../sources/source.ts';

/** How a source is reached, and how long after a slot it is asked. */
export interface Place {
  readonly kind: SourceKind;
  readonly spec: Partial<EvidenceSourceSpec>;
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
  const kind = sourceKindOf(spec) ?? 'prometheus';
  const place = { kind, spec, delayMs: durationMs(evaluationDelayOf(spec)) };
  if (url !== undefined) return placeAt(place, addressOf(name, url), timeoutMs);
  const written = sourceUrlOf(spec) ?? spec.falco?.metricsUrls?.[0];
  if (written === undefined) {
    throw new AssayError('USAGE', `no --source and no EvidenceSource manifest says where ${name} is: add --source ${name}=URL`);
  }
  if (needsSecret(spec)) {
    throw new AssayError(
      'SECRET_MISSING',
      `EvidenceSource ${name} takes credentials from a Secret, which can't be read without a cluster: add --source ${name}=URL with an address that needs none, a port-forward for example`,
    );
  }
  return { ...place, connection: connectionOf(written, spec, timeoutMs) };
}

/** The source at the address of the command line. */
function placeAt(place: Omit<Place, 'connection'>, url: string, timeoutMs: number | undefined): Place {
  const { spec } = place;
  const moved = place.kind === 'falco' ? { ...spec, falco: { ...spec.falco, metricsUrls: [url] } } : spec;
  return { ...place, spec: moved, connection: connectionOf(url, spec, timeoutMs) };
}

function addressOf(name: string, url: string): string {
  if (CREDENTIALS.test(url)) throw new AssayError('USAGE', `--source ${name}: an address with credentials in it is refused`);
  if (!ADDRESS.test(url))
    throw new AssayError('USAGE', `--source ${name}: write the base address of the server, http://localhost:9090`);
  return url;
}

const needsSecret = ({ auth, tls }: Partial<EvidenceSourceSpec>): boolean =>
  auth !== undefined || (tls?.ca ?? tls?.clientCert) !== undefined;

function connectionOf(url: string, spec: Partial<EvidenceSourceSpec>, timeoutMs: number | undefined): Connection {
  const { headers = {}, tls, timeout = '10s', maxConcurrency = 8, heartbeat } = spec;
  return {
    url,
    headers,
    tls: {
      insecureSkipVerify: tls?.insecureSkipVerify ?? false,
      ...(tls?.serverName === undefined ? {} : { serverName: tls.serverName }),
    },
    timeoutMs: timeoutMs ?? durationMs(timeout),
    maxConcurrency,
    ...(heartbeat === undefined ? {} : { heartbeat }),
  };
}
