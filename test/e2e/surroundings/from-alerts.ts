import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fetch } from 'undici';
import { stringify } from 'yaml';

import { startAlertmanager, startShop } from '../../../src/parts/index.ts';
import { eventually } from '../../cluster/operator-world.ts';
import { binaryOf, readYaml, type SetUp } from './surroundings.ts';

const FIRES_WITHIN_MS = 60_000;

interface Group {
  readonly name: string;
  readonly rules: readonly { readonly alert: string; readonly for?: string }[];
}

/** A shop, a Prometheus with the rules of the example and its Alertmanager; the shop stops, and somebody silences that. */
export const alerts: SetUp = async (world, folder) => {
  const { dir, signal } = world.session;
  const shop = await world.session.use(startShop({ dir: join(dir, 'alerting-shop'), signal }));
  const bin = await binaryOf(world, 'alertmanager');
  const alertmanager = await world.session.use(startAlertmanager({ dir: join(dir, 'alertmanager'), bin, signal }));
  const rules = join(dir, 'shop-rules.yaml');
  await mkdir(dir, { recursive: true });
  await writeFile(rules, stringify({ groups: hastenedGroups(folder) }));
  const second = { scrape_interval: '1s', scrape_timeout: '1s' };
  const prometheus = await world.startPrometheus({
    config: stringify({
      global: { ...second, evaluation_interval: '1s' },
      rule_files: [rules],
      scrape_configs: [{ job_name: 'shop', ...second, static_configs: [{ targets: [new URL(shop.url).host] }] }],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
    }),
    extraFlags: ['--rules.alert.resend-delay=1s'],
  });
  return {
    sources: { prometheus: prometheus.url, alertmanager: alertmanager.url },
    judge: 'operator',
    breakIt: async () => {
      await shop.daemon.stop();
      await eventually(async () => expect(await firing(alertmanager.url)).toContain('ShopDown'), FIRES_WITHIN_MS);
      await silence(alertmanager.url);
    },
  };
};

/** The groups of the PrometheusRule, with times of seconds. */
function hastenedGroups(folder: string): object[] {
  const { spec } = readYaml(folder, 'monitoring/shop-rules.yaml') as { readonly spec: { readonly groups: readonly Group[] } };
  return spec.groups.map((group) => ({
    ...group,
    interval: '1s',
    rules: group.rules.map((rule) => (rule.for === undefined ? rule : { ...rule, for: '1s' })),
  }));
}

async function firing(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/v2/alerts`);
  const found = (await answer.json()) as readonly { readonly labels: { readonly alertname: string } }[];
  return found.map(({ labels }) => labels.alertname);
}

async function silence(url: string): Promise<void> {
  const [startsAt, endsAt] = [0, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString());
  const matchers = [{ name: 'service', value: 'shop', isRegex: false, isEqual: true }];
  const body = JSON.stringify({ matchers, startsAt, endsAt, createdBy: 'a test', comment: 'known' });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v2/silences`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`the Alertmanager answers ${answer.status}: ${await answer.text()}`);
}
