import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { KubeConfig } from '@kubernetes/client-node';
import { load } from 'js-yaml';

import { AssayError, messageOf } from '../platform/errors.ts';

/** Where the address of the API server and the credentials come from. `Default` is what kubectl takes. */
export type ConfigSource =
  | { readonly kind: 'File'; readonly path: string; readonly context?: string }
  | { readonly kind: 'Cluster' }
  | { readonly kind: 'Default'; readonly context?: string };

/**
 * Loads the configuration and checks that requests could be sent with it.
 * @throws AssayError KUBE_CONFIG_INVALID
 */
export function loadKubeConfig(source: ConfigSource): KubeConfig {
  try {
    const config = loaded(source);
    serverUrl(config);
    return config;
  } catch (error) {
    if (error instanceof AssayError) throw error;
    throw new AssayError('KUBE_CONFIG_INVALID', `the Kubernetes configuration can not be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Address of the API server of the current context.
 * @throws AssayError KUBE_CONFIG_INVALID
 */
export function serverUrl(config: KubeConfig): URL {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new AssayError('KUBE_CONFIG_INVALID', 'the Kubernetes configuration has no current context with a cluster');
  if (!URL.canParse(cluster.server)) {
    throw new AssayError('KUBE_CONFIG_INVALID', 'the address of the API server in the Kubernetes configuration is no URL');
  }
  if (cluster.proxyUrl)
    throw new AssayError('KUBE_CONFIG_INVALID', 'a proxy-url in the Kubernetes configuration is not supported');
  const url = new URL(cluster.server);
  // client-node refuses credentials over plain HTTP unless told that it is meant; say so before the first request does.
  if (url.protocol === 'http:' && !cluster.skipTLSVerify) {
    throw new AssayError('KUBE_CONFIG_INVALID', 'an API server without TLS needs insecure-skip-tls-verify in the configuration');
  }
  return url;
}

function loaded(source: ConfigSource): KubeConfig {
  const config = new KubeConfig();
  switch (source.kind) {
    case 'Cluster':
      config.loadFromCluster();
      return config;
    case 'Default':
      config.loadFromDefault();
      break;
    case 'File':
      config.loadFromFile(source.path);
      useTokenFiles(config, source.path);
      break;
  }
  if (source.context !== undefined) config.setCurrentContext(source.context);
  return config;
}

interface TokenFileUser {
  readonly name: string;
  readonly user?: { readonly tokenFile?: string };
}

/** client-node drops a user's `tokenFile`; its file authenticator, which reads the file again each minute, takes it like this. */
function useTokenFiles(config: KubeConfig, path: string): void {
  const { users = [] } = load(readFileSync(path, 'utf8')) as { users?: readonly TokenFileUser[] };
  config.users = config.users.map((user) => {
    const tokenFile = users.find(({ name }) => name === user.name)?.user?.tokenFile;
    if (tokenFile === undefined || user.token) return user;
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(dirname(path), tokenFile) } } };
  });
}
