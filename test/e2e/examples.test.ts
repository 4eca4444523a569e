import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { type Result, runEvaluate } from '../../src/cli/evaluate/index.ts';
import { lintFiles } from '../../src/cli/lint/index.ts';
import {
  type BlackboxExporter,
  fetchParts,
  type ScrapeConfig,
  type Shop,
  startBlackboxExporter,
  startShop,
} from '../../src/parts/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { eventually, openWorld, type World } from '../cluster/operator-world.ts';

// Each folder of examples/ does what its readme says: it is free of mistakes, an API server takes it, and with the monitoring that it
// asks for it passes while all is well, and fails when it is not.

const root = join(import.meta.dirname, '../../examples');

/** A world in which an example can be tried. */
interface Surroundings {
  /** Addresses of its sources, by name. */
  readonly sources: Readonly<Record<string, string>>;
  /** Makes what it watches fail. */
  readonly breakIt: () => Promise<void>;
}

/** How the surroundings of each example are set up. */
const EXAMPLES: Record<string, (folder: string) => Promise<Surroundings>> = {
  'ops-02-availability': async (folder) => {
    const shop = await startingShop();
    const blackbox = await startingBlackbox(folder);
    const prometheus = await world.startPrometheus({ config: scrapeConfigs(folder, { shop, blackbox }) });
    return { sources: { prometheus: prometheus.url }, breakIt: () => shop.daemon.stop() };
  },
};

let world: World;

beforeAll(async () => {
  world = await openWorld();
}, 60_000);

afterAll(() => world.close(), 60_000);

test('every example is tried here', () => {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(EXAMPLES).sort());
});

describe.each(Object.entries(EXAMPLES))('%s', (name, setUp) => {
  const folder = join(root, name);

  test('has no mistake, and gives no warning', async () => {
    expect(await lintFiles([folder])).toEqual([]);
  });

  test('is taken by an API server, and a second time changes nothing', async () => {
    const applied = async (): Promise<string> => {
      await world.kubectl('apply', '--validate=strict', '-f', folder);
      return world.kubectl('get', '-f', folder, '-o', 'yaml');
    };
    expect(await applied()).toBe(await applied());
  }, 30_000);

  test('passes while all is well, and fails when it is not', async () => {
    const { sources, breakIt } = await setUp(folder);
    await eventually(async () => expect(await verdictsOf(folder, sources)).toEqual({ code: 0, verdicts: ['Pass'] }));
    await breakIt();
    await eventually(async () => expect(await verdictsOf(folder, sources)).toEqual({ code: 1, verdicts: ['Fail'] }));
  }, 60_000);
});

/** What `assay evaluate` says of the example now: its exit code, and the verdicts that occur. */
async function verdictsOf(folder: string, sources: Surroundings['sources']): Promise<{ code: number; verdicts: string[] }> {
  const written: string[] = [];
  const code = await runEvaluate(
    { paths: [folder], sources, at: 'now', output: 'json' },
    {
      write: (text) => void written.push(text),
      warn: () => undefined,
      clock: systemClock,
      signal: world.session.signal,
    },
  );
  const results = JSON.parse(written.join('\n')) as Result[];
  return { code, verdicts: [...new Set(results.map(({ verdict }) => verdict))] };
}

function startingShop(): Promise<Shop> {
  const { dir, signal } = world.session;
  return world.session.use(startShop({ dir: join(dir, 'shop'), signal }));
}

interface BlackboxModules {
  readonly modules: Readonly<Record<string, { readonly http: Readonly<Record<string, unknown>> }>>;
}

/** The exporter with the modules of the example, but for TLS: the shop of the tests speaks plain HTTP. */
async function startingBlackbox(folder: string): Promise<BlackboxExporter> {
  const { dir, signal } = world.session;
  const { 'blackbox-exporter': bin } = await fetchParts(['blackbox-exporter'], {
    env: process.env,
    say: () => undefined,
    signal,
  });
  const { modules } = read(folder, 'monitoring/blackbox.yml') as BlackboxModules;
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
  const { scrape_configs: configs } = read(folder, 'monitoring/prometheus.yml') as {
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

const read = (folder: string, file: string): unknown => parse(readFileSync(join(folder, file), 'utf8'));
