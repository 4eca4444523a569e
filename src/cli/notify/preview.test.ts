import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type PlatformKind, PLATFORMS } from '../../api/channel.ts';
import { HandClock } from '../../platform/hand-clock.ts';
import { type Sample, SAMPLES } from './options.ts';
import { runPreview } from './preview.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'assay-preview-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const key = { name: 'secrets', key: 'token' };
const SETTINGS: Readonly<Record<PlatformKind, object>> = {
  matrix: { url: 'https://matrix.example.org', room: '#{service}:example.org', tokenSecret: key },
  slack: { channel: '#{service}-ops', tokenSecret: key },
  mattermost: { url: 'https://chat.example.org', channel: 'ops/{service}', tokenSecret: key },
  teams: { webhookSecret: key },
  discord: { webhookSecret: key },
  webhook: { url: 'https://hook.example.org/assay', signingSecret: key },
  alertmanager: { urls: ['http://am-0:9093', 'http://am-1:9093'], tokenSecret: key },
  email: { server: 'mail.example.org', from: 'a@example.org', to: ['b@example.org'], username: 'a', passwordSecret: key },
};

const channel = (platform: object, audience = 'internal') => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'NotificationChannel', metadata: { name: 'ops' } },
  spec: { audience, namespaces: { from: 'All' }, services: ['*'], topics: ['Alerts', 'Incidents'], ...platform },
});

const criterion = (name: string, title: string) => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'CertificationCriterion', metadata: { name, namespace: 'web' } },
  spec: {
    ...{ service: 'books', title, interval: '30s', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
    evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'canary_query' } }],
    rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  },
});

interface Shown {
  readonly criteria: readonly string[];
  readonly messages: readonly {
    readonly action: string;
    readonly requests: readonly { readonly url: string; readonly body: unknown }[];
  }[];
}

/** What the command writes about these objects. */
async function preview(
  objects: readonly object[],
  sample: Sample = 'failing',
  output: 'text' | 'json' | 'yaml' = 'json',
): Promise<string> {
  const file = join(dir, 'manifests.yaml');
  writeFileSync(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  const written: string[] = [];
  const io = { write: (text: string) => void written.push(text), warn: () => undefined, clock: new HandClock() };
  expect(await runPreview({ paths: [file], sample, output }, io)).toBe(0);
  return written.join('\n');
}
const shown = async (...asked: Parameters<typeof preview>): Promise<Shown[]> => JSON.parse(await preview(...asked)) as Shown[];

const platforms = Object.keys(PLATFORMS) as PlatformKind[];

test.each(platforms)('%s: every sample is shown, as its adapter would send it, and nothing that is secret', async (kind) => {
  for (const sample of SAMPLES) {
    const text = await preview([channel({ [kind]: SETTINGS[kind] })], sample);
    const [one] = JSON.parse(text) as Shown[];
    expect(one?.messages.length).toBeGreaterThan(0);
    for (const { requests } of one?.messages ?? []) expect(requests.length).toBeGreaterThan(0);
    expect(text).not.toMatch(/preview-instead|preview\.invalid|whsec_/);
  }
});

test('a bot of Slack gets an answer in the thread and a new text for the first message at the end', async () => {
  const [one] = await shown([channel({ slack: SETTINGS.slack })], 'ended');
  expect(one?.messages.map(({ action, requests }) => [action, requests[0]?.url])).toEqual([
    ['Reply', 'https://slack.com/api/chat.postMessage'],
    ['Edit', 'https://slack.com/api/chat.update'],
  ]);
});

test('each criterion is shown by itself, and a storm of them together', async () => {
  const files = [channel({ slack: SETTINGS.slack }), criterion('one', 'The first'), criterion('two', 'The second')];
  expect((await shown(files)).map(({ criteria }) => criteria)).toEqual([['web/one'], ['web/two']]);
  const storm = await shown(files, 'storm');
  expect(storm).toMatchObject([{ criteria: ['web/one', 'web/two'], messages: [{ action: 'Post' }] }]);
  expect(JSON.stringify(storm)).toMatch(/The first.*The second/);
});

test.each(SAMPLES)('customers read of %s nothing of the inside', async (sample) => {
  const text = await preview([channel({ slack: SETTINGS.slack }, 'customers'), criterion('canary-name', 'canary title')], sample);
  const [{ messages }] = JSON.parse(text) as [Shown];
  expect(JSON.stringify(messages)).not.toMatch(/canary|alice/);
});

test('a mail is shown as it would be written', async () => {
  const text = await preview([channel({ email: SETTINGS.email }), criterion('one', 'The first')], 'failing', 'text');
  expect(text).toMatch(/^SMTP smtp:\/\/mail\.example\.org:587$/m);
  expect(text).toMatch(/^To: b@example\.org\r?$/m);
});

test('nothing that a terminal would obey is written', async () => {
  const text = await preview([channel({ webhook: SETTINGS.webhook }), criterion('one', 'a\u001b[2Jb\u202ec')], 'failing', 'text');
  expect(['\u001b', '\u202e'].filter((char) => text.includes(char))).toEqual([]);
});

test.each(['json', 'yaml'] as const)('%s is one document of all', async (output) => {
  expect(await preview([channel({ slack: SETTINGS.slack })], 'failing', output)).toMatch(
    output === 'json' ? /^\[\n/ : /^- channel: ops\n/,
  );
});

test("a channel's own words stand around ours", async () => {
  const templates = { title: '[ACME] {title} ({controls})', note: 'Call 555 about {service}.' };
  const text = await preview([channel({ slack: SETTINGS.slack, templates }), criterion('one', 'The first')], 'failing', 'text');
  expect(text).toContain('[ACME] Failing: books: The first (BSI-C5:2020 OPS-02)');
  expect(text).toContain('Call 555 about books.');
});

const REFUSED: Readonly<Record<string, { objects: readonly object[]; sample?: Sample; message: RegExp }>> = {
  'files without a channel': { objects: [criterion('one', 'The first')], message: /no NotificationChannel in/ },
  'a channel with a mistake': { objects: [channel({ slack: { chanel: 'x' } })], message: /the manifests hold mistakes/ },
  'an audience that no incident is told to': {
    objects: [channel({ slack: SETTINGS.slack }, 'partners')],
    sample: 'incident',
    message: /the channel ops: nobody of the audience partners is told/,
  },
  'a template with a name that there is not': {
    objects: [channel({ slack: SETTINGS.slack, templates: { title: '{value}' } })],
    message: /the manifests hold mistakes/,
  },
  'a template for customers that names the criterion': {
    objects: [channel({ slack: SETTINGS.slack, templates: { note: 'see {criterion}' } }, 'customers')],
    message: /the manifests hold mistakes/,
  },
  'a room that no adapter takes': {
    objects: [channel({ matrix: { ...SETTINGS.matrix, room: 'shop' } })],
    message: /the channel ops: the room begins neither with ! nor with #/,
  },
};

test.each(Object.entries(REFUSED))('%s is refused', async (_name, { objects, sample, message }) => {
  await expect(preview(objects, sample)).rejects.toThrow(message);
});
