import { join } from 'node:path';

import {
  type BlackboxExporter,
  type ScrapeConfig,
  type Shop,
  startBlackboxExporter,
  startShop,
} from '../../../src/parts/index.ts';
import type { World } from '../../cluster/operator-world.ts';
import { binaryOf, readYaml, type SetUp } from './surroundings.ts';

/** A shop, a blackbox exporter that asks it and a Prometheus; the shop stops. */
export const availability: SetUp = async (world, folder) => {
  const { dir, signal } = world.session;
  const shop = await world.session.use(startShop({ dir: join(dir, 'shop'), signal }));
  const blackbox = await startingBlackbox(world, folder);
  const prometheus = await world.startPrometheus({ config: scrapeConfigs(folder, { shop, blackbox }) });
  return { sources: { prometheus: prometheus.url }, breakIt: () => shop.daemon.stop() };
};

interface BlackboxModules {
  readonly modules: Readonly<Record<string, { readonly http: Readonly<Record<string, unknown>> }>>;
}

/** The exporter with the modules of the example, but for TLS: the shop of the tests speaks plain HTTP. */
async function startingBlackbox(world: World, folder: string): Promise<BlackboxExporter> {
  const { dir, signal } = world.session;
  const bin = await binaryOf(world, 'blackbox-exporter');
  const { modules } = readYaml(folder, 'monitoring/blackbox.yml') as BlackboxModules;
  const plain = Object.entries(modules).map(([name, module]) => [
    name,
    { ...module, http: { ...module.http, fail_if_not_ssl: false } },
  ]);
  const options = { dir: join(dir, 'blackbox'), bin, modules: Object.fromEntries(plain) as Record<string, unknown>, signal };
  return world.session.use(startBlackboxExporter(options));
}

interface Probing extends ScrapeConfig {
  readonly relabel_configs: readonly Readonly<Record<string, unknown>>[];
}

/** The scrape configuration of the example with other addresses, each second. */
function scrapeConfigs(folder: string, { shop, blackbox }: { shop: Shop; blackbox: BlackboxExporter }): ScrapeConfig[] {
  const { scrape_configs: configs } = readYaml(folder, 'monitoring/prometheus.yml') as {
    readonly scrape_configs: readonly Probing[];
  };
  return configs.map((config) => ({
    ...config,
    ...{ scrape_interval: '1s', scrape_timeout: '1s', static_configs: [{ targets: [shop.url] }] },
    relabel_configs: config.relabel_configs.map((relabel) =>
      'replacement' in relabel ? { ...relabel, replacement: new URL(blackbox.url).host } : relabel,
    ),
  }));
}
