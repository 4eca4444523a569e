import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A user whom the API server knows by a static token; what it may do is up to RBAC. */
export interface ClusterUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** The files with which an API server tells who is asking, and the token of each user. */
export interface Credentials {
  readonly tokenFile: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
}

/** Makes fresh tokens and a fresh key for service accounts, readable by their owner only. */
export async function writeCredentials(dir: string, users: readonly ClusterUser[]): Promise<Credentials> {
  const tokens = Object.fromEntries(users.map(({ name }) => [name, randomBytes(24).toString('hex')]));
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  return {
    tokens,
    tokenFile: await file('tokens.csv', users.map((user) => tokenLine(user, tokens[user.name] ?? '')).join('')),
    serviceAccountKey: await file('service-accounts.key', keys.privateKey),
    serviceAccountPublicKey: await file('service-accounts.pub', keys.publicKey),
  };
}

/** One line of a token file: `token,user,uid,"group,group"`. */
function tokenLine({ name, groups = [] }: ClusterUser, token: string): string {
  const cells = [token, name, `uid-${name}`, groups.join(',')];
  return `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`;
}
