import { join } from 'node:path';

import { startNodeExporter } from '../../../src/parts/index.ts';
import { startMachine } from './machine.ts';
import { binaryOf, readYaml, type SetUp } from './surroundings.ts';

/** A machine, a node exporter that tells of it and a Prometheus; the machine runs short of everything. */
export const capacity: SetUp = async (world, folder) => {
  const { dir, signal } = world.session;
  const machine = await world.session.use(startMachine(join(dir, 'machine')));
  const bin = await binaryOf(world, 'node-exporter');
  const { procfs, rootfs } = machine;
  const exporter = await world.session.use(startNodeExporter({ dir: join(dir, 'node-exporter'), bin, procfs, rootfs, signal }));
  const { scrape_configs: configs } = readYaml(folder, 'monitoring/prometheus.yml') as {
    readonly scrape_configs: readonly { readonly job_name: string }[];
  };
  const target = { static_configs: [{ targets: [new URL(exporter.url).host] }], scrape_interval: '1s', scrape_timeout: '1s' };
  const prometheus = await world.startPrometheus({ config: configs.map((config) => ({ ...config, ...target })) });
  return {
    sources: { prometheus: prometheus.url },
    breakIt: () => machine.runShort(),
    ...(machine.hasDisk ? {} : { failing: ['shop-cpu', 'shop-memory'] }),
  };
};
