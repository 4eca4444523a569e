import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCredentials } from './credentials.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { openSession, type Session } from './session.ts';

let session: Session;
beforeEach(async () => {
  session = await openSession();
});
afterEach(() => session.close());

test('each user has a token of its own, in a file for its owner only', async () => {
  const users = [{ name: 'admin', groups: ['system:masters', 'staff'] }, { name: 'eve "the" guest' }];
  const { tokens, tokenFile } = await writeCredentials(session.dir, users);
  const [admin = '', eve = ''] = [tokens.admin, tokens['eve "the" guest']];
  expect(admin).toMatch(/^[0-9a-f]{48}$/);
  expect(eve).not.toBe(admin);
  expect(await readFile(tokenFile, 'utf8')).toBe(
    `"${admin}","admin","uid-admin","system:masters,staff"\n"${eve}","eve ""the"" guest","uid-eve ""the"" guest",""\n`,
  );
  expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
});

test('a kubeconfig names the server, its authority and the token, for its owner only', async () => {
  const path = join(session.dir, 'kubeconfig');
  await writeKubeconfig(path, { url: 'https://127.0.0.1:1', ca: 'PEM', user: 'eve', token: 'secret' });
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
    clusters: [{ cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': 'UEVN' } }],
    users: [{ name: 'eve', user: { token: 'secret' } }],
  });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});
