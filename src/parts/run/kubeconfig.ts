import { writeFile } from 'node:fs/promises';

/** What a client needs in order to reach an API server. */
export interface Access {
  readonly url: string;
  /** The certificate authority in PEM. */
  readonly ca: string;
  readonly user: string;
  readonly token: string;
}

/** Writes a kubeconfig (JSON, which every reader of YAML takes), readable by its owner only. */
export async function writeKubeconfig(path: string, { url, ca, user, token }: Access): Promise<void> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'assay-parts',
    contexts: [{ name: 'assay-parts', context: { cluster: 'assay-parts', user, namespace: 'default' } }],
    clusters: [
      { name: 'assay-parts', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: user, user: { token } }],
  };
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
