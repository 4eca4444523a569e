import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Connection } from '../source.ts';
import { newPrometheusClient } from './client.ts';
import { connectionTo, never } from './test-reader.ts';

describe('TLS as the connection says', () => {
  const dir = mkdtempSync(join(tmpdir(), 'assay-source-'));
  const made = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
  ];
  const name = ['-subj', '/CN=prometheus.example', '-addext', 'subjectAltName=DNS:prometheus.example'];
  execFileSync('openssl', ['req', '-x509', ...made, ...name], { cwd: dir, stdio: 'pipe' });
  const [cert = '', key = ''] = ['cert.pem', 'key.pem'].map((file) => readFileSync(join(dir, file), 'utf8'));
  rmSync(dir, { recursive: true });

  // It answers with whether it knows the client.
  const server = createServer({ cert, key, ca: cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    response.end(JSON.stringify({ status: 'success', data: 'authorized' in request.socket && request.socket.authorized }));
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const known = { ca: cert, serverName: 'prometheus.example', insecureSkipVerify: false };
  test.each<[string, Connection['tls'], object]>([
    ['an authority and a name', known, { kind: 'Data', data: false }],
    ['a client certificate', { ...known, clientCert: { cert, key } }, { kind: 'Data', data: true }],
    ['no verification', { insecureSkipVerify: true }, { kind: 'Data', data: false }],
    ['neither', { insecureSkipVerify: false }, { kind: 'Failure', reason: 'SourceUnreachable' }],
  ])('%s', async (_, tls, want) => {
    const { port } = server.address() as AddressInfo;
    const client = newPrometheusClient({ ...connectionTo(`https://127.0.0.1:${port}`), tls }, { maxBytes: 1_000 });
    expect(await client.query({ query: 'up' }, never)).toMatchObject(want);
    await client.close();
  });
});
