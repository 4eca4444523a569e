import { join } from 'node:path';

import { startAlertmanager } from '../../../src/parts/index.ts';
import { binaryOf, readYaml, type SetUp } from './surroundings.ts';

/** A Prometheus, an Alertmanager and a second Prometheus that watches both; the host of the first two is gone. */
export const monitoring: SetUp = async (world, folder) => {
  const { dir, signal } = world.session;
  const prometheus = await world.startPrometheus({ config: [] });
  const bin = await binaryOf(world, 'alertmanager');
  const alertmanager = await world.session.use(startAlertmanager({ dir: join(dir, 'watched-alertmanager'), bin, signal }));
  const places: Readonly<Record<string, string>> = { prometheus: prometheus.url, alertmanager: alertmanager.url };
  const { scrape_configs: configs } = readYaml(folder, 'monitoring/watchdog.yml') as {
    readonly scrape_configs: readonly { readonly job_name: string }[];
  };
  const watchdog = await world.startPrometheus({
    config: configs.map((config) => ({
      ...config,
      ...{ scrape_interval: '1s', scrape_timeout: '1s' },
      static_configs: [{ targets: [new URL(places[config.job_name] ?? '').host] }],
    })),
  });
  return {
    sources: { ...places, watchdog: watchdog.url },
    breakIt: async () => {
      await Promise.all([prometheus.stop(), alertmanager.stop()]);
    },
  };
};
