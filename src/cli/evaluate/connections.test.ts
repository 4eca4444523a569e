import type { EvidenceSource, EvidenceSourceSpec } from '../../api/source.ts';
import { placeOf } from './connections.ts';

const manifest = (spec: Partial<EvidenceSourceSpec> = {}): EvidenceSource => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'EvidenceSource',
  metadata: { name: 'prometheus' },
  spec: { prometheus: { url: 'http://prometheus.monitoring:9090' }, namespaces: { from: 'All' }, ...spec },
});
const LOCAL = 'http://localhost:9090';

test('an address alone is enough; the rest is as by default', () => {
  expect(placeOf('prometheus', LOCAL, undefined)).toEqual({
    kind: 'prometheus',
    spec: {},
    connection: {
      url: LOCAL,
      headers: {},
      tls: { insecureSkipVerify: false },
      timeoutMs: 10_000,
      maxConcurrency: 8,
    },
    delayMs: 10_000,
  });
});

test('a manifest alone is enough too', () => {
  const spec = {
    headers: { 'X-Scope-OrgID': 'shop' },
    timeout: '3s',
    evaluationDelay: '30s',
    heartbeat: 'vector(1)',
    tls: { serverName: 'p' },
  };
  expect(placeOf('prometheus', undefined, manifest(spec))).toMatchObject({
    connection: {
      url: 'http://prometheus.monitoring:9090',
      headers: spec.headers,
      tls: { serverName: 'p' },
      timeoutMs: 3_000,
      heartbeat: 'vector(1)',
    },
    delayMs: 30_000,
  });
});

test('an address of the command line replaces that of the manifest, and the Secrets that went with it', () => {
  const secured = manifest({ headers: { a: 'b' }, auth: { bearerToken: { name: 's', key: 'k' } } });
  const { connection } = placeOf('prometheus', LOCAL, secured, 500);
  expect(connection).toMatchObject({ url: LOCAL, headers: { a: 'b' }, timeoutMs: 500 });
  expect(connection.bearerToken).toBeUndefined();
});

const ref = { name: 's', key: 'k' };

test.each(
  Object.entries({
    'a source that nothing is known of': { url: undefined, spec: undefined, want: 'add --source prometheus=URL' },
    'a token from a Secret': {
      url: undefined,
      spec: { auth: { bearerToken: ref } },
      want: "can't be read without a cluster: add --source prometheus=URL",
    },
    'a certificate authority from a Secret': { url: undefined, spec: { tls: { ca: ref } }, want: 'Secret' },
    'credentials in the address': { url: 'http://me:secret@host:9090', spec: undefined, want: 'credentials in it is refused' },
    'an address with a query': { url: 'http://host:9090?a=b', spec: undefined, want: 'base address' },
    'no address': { url: 'localhost:9090', spec: undefined, want: 'base address' },
  } satisfies Record<string, { url: string | undefined; spec: Partial<EvidenceSourceSpec> | undefined; want: string }>),
)('%s is refused with a sentence', (_sentence, { url, spec, want }) => {
  const place = (): unknown => placeOf('prometheus', url, spec && manifest(spec));
  expect(place).toThrow(want);
  expect(place).not.toThrow('secret@');
});
