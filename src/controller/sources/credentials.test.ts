import type { EvidenceSourceSpec } from '../../api/source.ts';
import { AssayError } from '../../platform/errors.ts';
import { connectionOf, intakeAccessOf, type Secret, secretsOf } from './credentials.ts';

const TOKEN = 'tok3n-that-must-not-leak';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const secrets: Record<string, Secret> = Object.fromEntries(
  Object.entries({
    token: { token: `${TOKEN}\n` },
    login: { password: ' p w ' },
    pki: { 'ca.crt': 'CA', 'tls.crt': 'CERT', 'tls.key': 'KEY' },
    empty: {},
  }).map(([name, data]) => [
    name,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
    },
  ]),
);

const spec = (more: Partial<EvidenceSourceSpec> = {}): EvidenceSourceSpec => ({
  prometheus: { url: 'http://prometheus.monitoring:9090' },
  namespaces: { from: 'All' },
  ...more,
});
const connect = (more?: Partial<EvidenceSourceSpec>): ReturnType<typeof connectionOf> =>
  connectionOf(spec(more), (name) => secrets[name]);

test('a source that says nothing more gets the defaults of the API', () => {
  expect(connect()).toEqual({
    url: 'http://prometheus.monitoring:9090',
    headers: {},
    tls: { insecureSkipVerify: false },
    timeoutMs: 10_000,
    maxConcurrency: 8,
  });
});

test.each(
  Object.entries({
    'a token comes without the line break that editors leave behind': {
      more: { auth: { bearerToken: { name: 'token', key: 'token' } } },
      want: { bearerToken: TOKEN },
    },
    'a password is taken to the letter, blanks too': {
      more: { auth: { basic: { username: 'assay', password: { name: 'login', key: 'password' } } } },
      want: { basic: { username: 'assay', password: ' p w ' } },
    },
    'certificates and keys are taken from their Secrets': {
      more: {
        tls: {
          ca: { name: 'pki', key: 'ca.crt' },
          clientCert: { cert: { name: 'pki', key: 'tls.crt' }, key: { name: 'pki', key: 'tls.key' } },
          serverName: 'prometheus',
          insecureSkipVerify: true,
        },
      },
      want: { tls: { ca: 'CA', clientCert: { cert: 'CERT', key: 'KEY' }, serverName: 'prometheus', insecureSkipVerify: true } },
    },
    'times, bounds, headers and heartbeat are those of the spec': {
      more: { timeout: '3s', maxConcurrency: 2, headers: { 'X-Scope-OrgID': 'shop' }, heartbeat: 'count(up{a="b"})' },
      want: { timeoutMs: 3000, maxConcurrency: 2, headers: { 'X-Scope-OrgID': 'shop' }, heartbeat: 'count(up{a="b"})' },
    },
  } satisfies Record<string, { more: Partial<EvidenceSourceSpec>; want: object }>),
)('%s', (_sentence, { more, want }) => expect(connect(more)).toMatchObject(want));

describe('what is missing is named, and nothing of what is there', () => {
  test.each(
    Object.entries({
      'a Secret': {
        more: { auth: { bearerToken: { name: 'gone', key: 'token' } } },
        want: "the Secret gone is missing in the operator's namespace",
      },
      'a key of a Secret': {
        more: { auth: { bearerToken: { name: 'token', key: 'other' } } },
        want: 'the Secret token has no key other',
      },
      'a key of a Secret without any': {
        more: { auth: { bearerToken: { name: 'empty', key: 'token' } } },
        want: 'the Secret empty has no key token',
      },
      'the key of a client certificate': {
        more: { tls: { clientCert: { cert: { name: 'pki', key: 'tls.crt' }, key: { name: 'pki', key: 'gone' } } } },
        want: 'the Secret pki has no key gone',
      },
    } satisfies Record<string, { more: Partial<EvidenceSourceSpec>; want: string }>),
  )('%s', (_sentence, { more, want }) => {
    expect(() => connect(more)).toThrow(new AssayError('SECRET_MISSING', want));
  });
});

test('every Secret that a source names is known, so that its repair is noticed', () => {
  const all = spec({
    auth: { basic: { username: 'a', password: { name: 'password', key: 'p' } } },
    tls: {
      ca: { name: 'ca', key: 'c' },
      clientCert: { cert: { name: 'cert', key: 'c' }, key: { name: 'key', key: 'k' } },
    },
  });
  expect(secretsOf(all).sort()).toEqual(['ca', 'cert', 'key', 'password']);
  expect(secretsOf(spec({ auth: { bearerToken: { name: 'token', key: 't' } } }))).toEqual(['token']);
  for (const kind of ['falco', 'alertmanager'] as const)
    expect(secretsOf(spec({ [kind]: { intake: { token: { name: 'pushed', key: 't' } } } }))).toEqual(['pushed']);
  expect(secretsOf(spec())).toEqual([]);
});

describe('what a sender has to show', () => {
  const token = { name: 'token', key: 'token' };
  const clientNames = ['falco.falco'];
  const gone = { name: 'gone', key: 'token' };
  test.each<[string, Partial<EvidenceSourceSpec>, object | undefined]>([
    ['a token', { falco: { intake: { token } } }, { token: TOKEN }],
    ['a certificate', { falco: { intake: { clientNames } } }, { clientNames }],
    ['both', { falco: { intake: { token, clientNames } } }, { token: TOKEN, clientNames }],
    [
      'nobody may while the token is missing, whatever the certificate',
      { falco: { intake: { token: gone, clientNames } } },
      undefined,
    ],
    ['nobody may where nothing is taken', { falco: { metricsUrls: ['http://falco:8765'] } }, undefined],
    ['nobody may as another kind', { alertmanager: { intake: { token } } }, undefined],
  ])('%s', (_, more, want) => {
    expect(intakeAccessOf('falco', spec(more), (name) => secrets[name])).toEqual(want);
  });
});
