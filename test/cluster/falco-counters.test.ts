import type { Reading } from '../../src/domain/sample.ts';
import { fetchParts, openSession, type Prometheus, type Session, startPrometheus } from '../../src/parts/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { exporterTextOf, type FakeFalco, sidekickTextOf, startFakeFalco } from '../../src/sources/falco/fake-falco.ts';
import { newPrometheusReader, type PrometheusReader } from '../../src/sources/prometheus/index.ts';
import type { KindReader, Questions } from '../../src/sources/source.ts';

import { falcoTarget, historyOf, type Scrape, startedAt, type Target } from './falco-scrapes.ts';
import { FIRST_SLOT, writeHistory } from './history.ts';
import { eventually } from './operator-world.ts';

// A real Prometheus that has scraped Falcos, falcosidekick and falco-exporter, which can't run here: what is read of them.

type Question = Questions['falco'];

const never = new AbortController().signal;
const FIVE_MINUTES = 300_000;
const DROP = 'Drop and execute new binary in container';
const DROPPED = { matches: { [`2 ${DROP}`]: 1 } };
const critical = (count: number, namespace = 'shop', tags = '') => ({ rule: DROP, priority: 'Critical', count, namespace, tags });

const relay = (scrape: (number: number) => Scrape): Target => ({ job: 'falcosidekick', instance: 'sidekick:2801', scrape });
const calmFalco = falcoTarget('a:8765', () => ({}));
/** A Falco whose state changes at a scrape in the middle of the window. */
const changing = (instance: string, to: Exclude<ReturnType<Parameters<typeof falcoTarget>[1]>, undefined> | undefined): Target =>
  falcoTarget(instance, (number) => (number < 5 ? {} : to));

const zero = { kind: 'Samples', samples: [{ labels: {}, value: 0 }] };
const drops = (value: number, more: object = {}): object => ({ samples: [{ labels: { rule: DROP }, value }], ...more });
const incomplete = (message: RegExp): object => ({
  ...{ kind: 'Unavailable', reason: 'IncompleteEvidence' },
  message: expect.stringMatching(message) as unknown,
});
const partly = (message: RegExp): object => ({ partial: expect.stringMatching(message) as unknown });
const whole = { partial: undefined };

interface Scene {
  readonly targets: readonly Target[];
  readonly question?: Question;
  readonly want: object;
}

const SCENES: Readonly<Record<string, Scene>> = {
  'nothing was scraped': { targets: [], want: incomplete(/^nothing proves that Falco was running: Prometheus has no falcosec/) },
  'a Falco that has counted nothing': { targets: [calmFalco], want: { ...zero, ...whole } },
  'a rule that matches for the first time': { targets: [changing('a:8765', DROPPED)], want: drops(1, whole) },
  'growth of several Falcos, not what was counted before': {
    targets: [changing('a:8765', DROPPED), falcoTarget('b:8765', (n) => ({ matches: { [`2 ${DROP}`]: n < 3 ? 7 : 9 } }))],
    want: drops(3, whole),
  },
  'what was counted before alone': { targets: [falcoTarget('a:8765', () => DROPPED)], want: zero },
  'a rule that is not urgent enough': { targets: [changing('a:8765', { matches: { '4 b': 1 } })], want: zero },
  'a scrape that failed in between': {
    targets: [falcoTarget('a:8765', (n) => (n === 4 ? 'down' : {}))],
    want: { ...zero, ...whole },
  },
  'a restart': {
    targets: [falcoTarget('a:8765', (n) => (n < 5 ? {} : startedAt(5, n)))],
    want: incomplete(/^Falco was restarted$/),
  },
  'a restart, and what was counted before and after': {
    targets: [
      falcoTarget('a:8765', (n) => (n < 5 ? { matches: { [`2 ${DROP}`]: n < 2 ? 1 : 3 } } : { ...startedAt(5, n), ...DROPPED })),
    ],
    want: drops(3, partly(/^Falco was restarted$/)),
  },
  'counters that fall': {
    targets: [falcoTarget('a:8765', (n) => ({ matches: n < 5 ? { '2 x': 9 } : {} }))],
    want: incomplete(/^the counters of Falco began anew$/),
  },
  'drops of the queue': { targets: [changing('a:8765', { queueDrops: 4 })], want: incomplete(/^4 alerts dropped by the queue/) },
  'drops of system calls': { targets: [changing('a:8765', { syscallDrops: 9 })], want: incomplete(/^9 system calls dropped$/) },
  'other rules for a while': {
    targets: [falcoTarget('a:8765', (n) => ({ rulesFile: n === 5 ? 'b' : 'a' }))],
    want: incomplete(/^the rules files were changed$/),
  },
  'a Falco that vanished': {
    targets: [calmFalco, changing('b:8765', undefined)],
    want: incomplete(/^a Falco was not there at the end of the window$/),
  },
  'all of them vanished': { targets: [changing('b:8765', undefined)], want: incomplete(/not there at the end of the window$/) },
  'a Falco that vanished, and what it had counted': {
    targets: [calmFalco, falcoTarget('b:8765', (n) => (n < 5 ? { matches: n < 2 ? {} : DROPPED.matches } : undefined))],
    want: drops(1, partly(/not there at the end/)),
  },
  'a Falco that is down since long': {
    targets: [calmFalco, falcoTarget('b:8765', () => 'down')],
    want: incomplete(/Prometheus can not scrape one of them$/),
  },
  'a job of many programs, one of which is down': {
    targets: [
      calmFalco,
      { job: 'falco', instance: 'c:1', scrape: () => 'x 1\n' },
      { job: 'falco', instance: 'd:1', scrape: () => 'down' },
    ],
    want: zero,
  },
  'a Falco that came up': {
    targets: [calmFalco, falcoTarget('b:8765', (n) => (n < 5 ? undefined : startedAt(5, n)))],
    want: incomplete(/^a Falco was not there at the beginning of the window$/),
  },
  'a Falco that came up, and all that it has counted': {
    targets: [calmFalco, falcoTarget('b:8765', (n) => (n < 5 ? undefined : { ...startedAt(5, n), ...DROPPED }))],
    want: drops(1, partly(/not there at the beginning/)),
  },
  'a Falco that is scraped since a while, and what it has counted since it came up': {
    targets: [calmFalco, falcoTarget('b:8765', (n) => (n < 5 ? undefined : DROPPED))],
    want: incomplete(/^a Falco was not there at the beginning of the window$/),
  },
  'metrics that are not whole': {
    targets: [{ ...calmFalco, scrape: () => 'falcosecurity_falco_rules_matches_total{priority="2",rule_name="a"} 1\n' }],
    want: { kind: 'Unavailable', reason: 'QueryFailed', message: expect.stringMatching(/not of Falco's metrics$/) as unknown },
  },
  'targets with labels of the same names': {
    targets: [
      {
        ...changing('a:8765', undefined),
        labels: { source: 'x', hostname: 'y', version: 'z' },
        scrape: (n) => metricsWithTargetLabels(n < 5 ? 0 : 2),
      },
    ],
    want: drops(2, whole),
  },
  'falcosidekick alone, which counted': {
    targets: [relay((n) => sidekickTextOf([critical(n < 5 ? 1 : 3)]))],
    want: drops(2, whole),
  },
  'falcosidekick alone, and its first alert': {
    targets: [relay((n) => sidekickTextOf(n < 5 ? [] : [critical(1)]))],
    want: drops(1, whole),
  },
  'falcosidekick alone, as it was called before': {
    targets: [relay((n) => sidekickTextOf(n < 5 ? [] : [critical(1)], 'old'))],
    want: drops(1, whole),
  },
  'falco-exporter alone': { targets: [relay((n) => exporterTextOf([critical(n < 5 ? 1 : 2)]))], want: drops(1, whole) },
  'falcosidekick alone, which counted nothing': {
    targets: [relay(() => sidekickTextOf([critical(1)]))],
    want: incomplete(/^falcosidekick and falco-exporter do not prove that Falco was running: its own metrics/),
  },
  'falcosidekick, which is scraped since a while': {
    targets: [relay((n) => (n < 5 ? undefined : sidekickTextOf([critical(4)])))],
    want: incomplete(/^a relay of alerts was not there at the beginning/),
  },
  'falcosidekick began anew': {
    targets: [relay((n) => sidekickTextOf([critical(n < 5 ? 4 : 1)]))],
    want: drops(1, partly(/^the counters of falcosidekick began anew$/)),
  },
  'a Falco and its falcosidekick, which count the same': {
    targets: [changing('a:8765', DROPPED), relay((n) => sidekickTextOf([critical(n < 5 ? 1 : 2)]))],
    want: drops(1, whole),
  },
  'a Falco that counted nothing, and a falcosidekick that is gone': {
    targets: [calmFalco, relay((n) => (n < 5 ? sidekickTextOf([critical(1)]) : undefined))],
    want: { ...zero, ...whole },
  },
  'a namespace, by falcosidekick; that there is none by Falco': {
    targets: [changing('a:8765', DROPPED), relay((n) => sidekickTextOf([critical(n < 5 ? 1 : 2, 'bar')]))],
    question: { namespaces: ['shop'] },
    want: { ...zero, ...whole },
  },
  'a namespace that alerts were raised in': {
    targets: [calmFalco, relay((n) => sidekickTextOf([critical(1, 'bar'), critical(n < 5 ? 1 : 2)]))],
    question: { namespaces: ['sh*'] },
    want: drops(1, whole),
  },
  'a namespace, of which Falco says nothing': {
    targets: [changing('a:8765', DROPPED)],
    question: { namespaces: ['shop'] },
    want: incomplete(/^1 alerts that do not say their tags or their namespace$/),
  },
  'a tag, by Falco': { targets: [changing('a:8765', DROPPED)], question: { tags: ['container'] }, want: drops(1, whole) },
  'another tag, by Falco': { targets: [changing('a:8765', DROPPED)], question: { tags: ['host'] }, want: { ...zero, ...whole } },
  'a tag, by falco-exporter': {
    targets: [relay((n) => exporterTextOf([critical(n < 5 ? 1 : 2, 'shop', ',a.b,c,')]))],
    question: { tags: ['a.b'] },
    want: drops(1, whole),
  },
};

function metricsWithTargetLabels(matches: number): string {
  const rule = `falcosecurity_falco_rules_matches_total{priority="2",rule_name="${DROP}",exported_source="syscall"} ${matches}`;
  return `falcosecurity_falco_version_info{exported_version="0.41.0"} 1
falcosecurity_evt_hostname_info{exported_hostname="h"} 1
falcosecurity_scap_n_drops_total 0
falcosecurity_falco_outputs_queue_num_drops_total 0
falcosecurity_falco_duration_seconds_total 7
${matches === 0 ? '' : rule}
`;
}

const BEFORE = 15;
const SCRAPES = 30;
const slotOf = (scene: number): number => FIRST_SLOT + (scene * SCRAPES + BEFORE + 10) * 30_000;

describe.each(['prometheus2', 'prometheus3'] as const)('%s', (part) => {
  let session: Session;
  let prometheus: Prometheus;
  let reader: PrometheusReader;
  let counters: KindReader<Question>;
  const connectionTo = (url: string) => ({
    ...{ url, headers: {}, tls: { insecureSkipVerify: false }, timeoutMs: 20_000, maxConcurrency: 8 },
  });

  beforeAll(async () => {
    session = await openSession();
    const bins = await fetchParts([part], { env: process.env, say: () => undefined });
    const extraFlags = ['--web.enable-remote-write-receiver'];
    const dir = `${session.dir}/${part}`;
    prometheus = await session.use(startPrometheus({ dir, bin: bins[part], config: [], extraFlags }));
    const scenes = Object.values(SCENES).map(({ targets }) => targets);
    await writeHistory(prometheus.url, historyOf(scenes, SCRAPES, -BEFORE));
    reader = newPrometheusReader(connectionTo(prometheus.url), { clock: systemClock });
    counters = reader.kinds.falco!;
  }, 60_000);
  afterAll(async () => {
    await reader.close();
    await session.close();
  });

  const scenes = Object.entries(SCENES).map(([name, scene], index) => [name, scene, index] as const);
  const asked = ({ question = {} }: Scene): Question => ({ minimumPriority: 'Error', ...question });
  test.each(scenes)('%s', async (_, scene, index) => {
    const reading = await counters.read({ query: asked(scene), slot: slotOf(index), maxAgeMs: FIVE_MINUTES }, never);
    expect({ partial: undefined, ...reading }).toMatchObject(scene.want);
  });

  test.each([
    ['whose windows share their moments', 30_000],
    ['whose windows do not', 7 * 30_000 + 7_000],
    ['further apart than a window', 45 * 30_000],
  ])(
    'past slots %s read what they read alone',
    async (_, stepMs) => {
      const query = { minimumPriority: 'Error', window: '5m' } as const;
      const range = { query, from: FIRST_SLOT - 60_000, to: slotOf(scenes.length), stepMs, maxAgeMs: FIVE_MINUTES };
      const readings = await counters.readRange(range, never);
      const every = stepMs === 30_000 ? 7 : 1;
      const picked = readings
        .map((reading, index) => [reading, range.from + index * stepMs] as const)
        .filter((__, i) => i % every === 0);
      const alone: Reading[] = [];
      for (const [, slot] of picked) alone.push(await counters.read({ query, slot, maxAgeMs: FIVE_MINUTES }, never));
      expect(picked.map(([reading]) => reading)).toEqual(alone);
      expect(new Set(readings.map(({ kind }) => kind))).toEqual(new Set(['Samples', 'Unavailable']));
    },
    60_000,
  );

  test('a window that begins before anything that Prometheus keeps', async () => {
    // The Falco of this scene is younger than the window, so what it has counted is of it.
    const query = { window: '30d' } as const;
    expect(await counters.read({ query, slot: slotOf(2), maxAgeMs: FIVE_MINUTES }, never)).toMatchObject(
      drops(1, partly(/^a Falco was not there at the beginning of the window/)),
    );
  });

  test('which maxAge can be had', async () => {
    const refusal = await counters.check({ query: {}, maxAgeMs: 60_000 }, never);
    expect(refusal?.reason).toBe(part === 'prometheus2' ? 'MaxAgeNotSupported' : undefined);
    expect(await counters.check({ query: {}, maxAgeMs: FIVE_MINUTES }, never)).toBeUndefined();
  });
});

describe.each(['prometheus2', 'prometheus3'] as const)('%s that scrapes', (part) => {
  let session: Session;
  let falco: FakeFalco;
  let sidekick: FakeFalco;
  let reader: PrometheusReader;
  let events: Parameters<typeof sidekickTextOf>[0] = [];
  const started = Date.now();

  beforeAll(async () => {
    session = await openSession();
    falco = await session.use(startFakeFalco());
    Object.defineProperty(falco.state, 'upSeconds', { get: () => 1_000 + (Date.now() - started) / 1000 });
    sidekick = await session.use(startFakeFalco());
    sidekick.answer = (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(sidekickTextOf(events));
    const bins = await fetchParts([part], { env: process.env, say: () => undefined });
    const config = Object.entries({ falco, sidekick }).map(([job, { url }]) => ({
      job_name: job,
      static_configs: [{ targets: [url.replace('http://', '')] }],
    }));
    const dir = `${session.dir}/${part}`;
    const { url } = await session.use(startPrometheus({ dir, bin: bins[part], config }));
    const connection = { url, headers: {}, tls: { insecureSkipVerify: false }, timeoutMs: 5_000, maxConcurrency: 8 };
    reader = newPrometheusReader(connection, { clock: systemClock });
  }, 60_000);
  afterAll(async () => {
    await reader.close();
    await session.close();
  });

  const read = (query: Question): Promise<Reading> =>
    reader.kinds.falco!.read({ query: { window: '4s', ...query }, slot: Date.now(), maxAgeMs: FIVE_MINUTES }, never);

  test('none, then some by Falco and by its relay, then a Falco that is down', async () => {
    await eventually(async () => expect(await read({})).toMatchObject(zero), 20_000);
    falco.state.matches = DROPPED.matches;
    events = [critical(1)];
    await eventually(async () => expect(await read({ namespaces: ['shop'] })).toMatchObject(drops(1)), 20_000);
    await eventually(async () => expect(await read({})).toMatchObject(zero), 20_000);
    expect(await reader.kinds.falco!.check({ query: { namespaces: ['shop'] }, maxAgeMs: FIVE_MINUTES }, never)).toBeUndefined();
    falco.answer = (response) => response.socket?.destroy();
    await eventually(
      async () => expect(await read({})).toMatchObject({ kind: 'Unavailable', reason: 'IncompleteEvidence' }),
      20_000,
    );
  }, 90_000);

  test('what the labels of Falco do not tell is refused', async () => {
    falco.answer = undefined;
    events = [];
    const check = () => reader.kinds.falco!.check({ query: { namespaces: ['shop'] }, maxAgeMs: FIVE_MINUTES }, never);
    await eventually(
      async () =>
        expect(await check()).toEqual({
          reason: 'InvalidQuery',
          message: expect.stringMatching(/^counters of Falco carry no namespaces/) as unknown,
        }),
      20_000,
    );
  }, 40_000);
});
