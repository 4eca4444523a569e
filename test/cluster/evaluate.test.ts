import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

import type { CertificationCriterionSpec } from '../../src/api/criterion.ts';
import { type EvaluateOptions, type Result, runEvaluate } from '../../src/cli/evaluate/index.ts';
import type { ReplayResult } from '../../src/cli/evaluate/result.ts';
import { fetchParts, openSession, type Prometheus, type Session, startPrometheus, waitUntil } from '../../src/parts/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { FIRST_SLOT, type Series, writeHistory } from './history.ts';

// On a busy machine a program takes seconds to start, and a hundred questions take seconds too.
const WITHIN_MS = 60_000;
const at = (seconds: number): string => new Date(FIRST_SLOT + seconds * 1000).toISOString().replace('.000Z', 'Z');

let session: Session;
let prometheus: Prometheus;

beforeAll(async () => {
  session = await openSession();
  const { prometheus: bin } = await fetchParts(['prometheus'], { env: process.env, say: () => undefined });
  const extraFlags = ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'];
  const started = startPrometheus({ dir: `${session.dir}/prometheus`, bin, config: [], extraFlags, signal: session.signal });
  prometheus = await session.use(started);
  await writeHistory(prometheus.url, [
    ...Object.entries(EXAMPLES).map(([example, { look }]): Series => ({
      labels: { __name__: 'look', example },
      values: valuesOf(look),
    })),
    {
      labels: { __name__: 'probe_success', job: 'shop', instance: 'https://shop.example.org' },
      values: valuesOf('M*11 N*34 M*16'),
    },
    { labels: { __name__: 'wave', s: 'a' }, values: Array.from({ length: 40 }, (_, index) => Math.sin(index)) },
    {
      labels: { __name__: 'wave', s: 'b' },
      values: Array.from({ length: 40 }, (_, index) => (index % 7 < 2 ? undefined : index % 5)),
    },
    // It was collecting from 10:05 on, and not before.
    { labels: { __name__: 'up', job: 'shop' }, values: Array.from({ length: 121 }, (_, index) => (index < 10 ? undefined : 1)) },
  ]);
}, 300_000);

afterAll(() => session.close());

interface Example {
  readonly look: string;
  readonly spec: Partial<CertificationCriterionSpec>;
  readonly want: Partial<Record<'transitions' | 'deviations' | 'steps' | 'figures', string>>;
}

const steps = ['authority', 'customers'].map((audience) => ({ audience, after: '15m' }));
const quarter = { holdFor: '0s', recoverFor: '1m', escalation: steps };

/** The worked examples of judging.md. Times are seconds since the first slot. */
const EXAMPLES: Record<string, Example> = {
  '1': {
    look: 'M N*3 M',
    spec: { holdFor: '1m', recoverFor: '0s' },
    want: { transitions: 'Pass@0 Fail@90 Pass@120', deviations: '30-120 Recovered' },
  },
  '2': { look: 'M N*2 M N*3', spec: { holdFor: '1m' }, want: { transitions: 'Pass@0 Fail@180', deviations: '120- open' } },
  '3': { look: 'M N U*2 N*2', spec: { holdFor: '1m' }, want: { transitions: 'Pass@0 Fail@150', deviations: '30- open' } },
  '4': { look: 'M U M', spec: { unknownFor: '0s' }, want: { transitions: 'Pass@0 Inconclusive@30 Pass@60', deviations: '' } },
  '5': {
    look: 'M N M*3',
    spec: { holdFor: '0s', recoverFor: '1m' },
    want: { transitions: 'Pass@0 Fail@30 Pass@120', deviations: '30-60 Recovered' },
  },
  '5b': {
    look: 'M N M N M*3',
    spec: { holdFor: '0s', recoverFor: '1m' },
    want: { transitions: 'Pass@0 Fail@30 Pass@180', deviations: '30-120 Recovered' },
  },
  '6': { look: 'N*30 M*3', spec: quarter, want: { steps: '', deviations: '0-900 Recovered' } },
  '6b': { look: 'N*31', spec: quarter, want: { steps: 'authority@900 customers@900', deviations: '0- open' } },
  '6c': { look: 'N*29 M N', spec: quarter, want: { steps: 'authority@900 customers@900' } },
  '6d': { look: 'N*28 U*3', spec: quarter, want: { steps: 'authority@900', transitions: 'Fail@0 Inconclusive@900' } },
  '7': { look: 'M N U M', spec: {}, want: { figures: '66.666 50.000 75.000 75.000' } },
  '7b': {
    look: 'M N U M',
    spec: { objective: { target: '99.9', unknownCountsAs: 'Down' } },
    want: { figures: '50.000 50.000 75.000 75.000' },
  },
  '8': { look: 'N*3', spec: { holdFor: '1m' }, want: { transitions: 'Fail@60', deviations: '0- open' } },
};

describe('a replay of history', () => {
  test.each(Object.entries(EXAMPLES))('gives the verdicts of the worked example %s', async (example, { look, spec, want }) => {
    const length = valuesOf(look).length * 30;
    const { results } = await evaluated([criterion({ query: `look{example="${example}"}`, ...spec })], {
      from: at(0),
      to: at(length),
    });
    expect(told(results[0] as ReplayResult)).toMatchObject(want);
  });

  test(
    'says of each slot what one look at it says, whatever the query',
    async () => {
      const queries = [
        'wave',
        'sum(wave)',
        'avg_over_time(wave[45s])',
        'wave > 0',
        'absent(wave{s="b"})',
        'vector(1)',
        'wave offset 30s',
        'wave @ end()',
        'nothing',
      ];
      const manifests = queries.map((query, index) => criterion({ name: `q${index}`, query, op: '<', value: 0.5 }));
      for (let slot = 8; slot < 14; slot++) {
        const once = await evaluated(manifests, { at: at(slot * 30) });
        const replay = await evaluated(manifests, { from: at(0), to: at(slot * 30 + 1) });
        // One look does not know how many series there were before.
        const looks = ({ results }: Evaluated): unknown =>
          results.map(({ criterion: id, outcome, message, evidence }) => {
            return { id, outcome, message: message.replace(/; look has \d+ series fewer .*$/, ''), evidence };
          });
        expect(looks(once)).toEqual(looks(replay));
      }
    },
    WITHIN_MS,
  );

  test('says of a series that is gone that it was there', async () => {
    const messageAt = async (slot: number, query: string): Promise<string | undefined> => {
      const manifests = [criterion({ query, op: '<', value: 10 })];
      const { results } = await evaluated(manifests, { from: at(0), to: at(slot * 30 + 1) });
      return results[0]?.message;
    };
    expect(await messageAt(6, 'wave')).toMatch(/required < 10 \(2 series\)$/);
    expect(await messageAt(8, 'wave')).toMatch(/required < 10; look has 1 series fewer than at most in the last 24h: 2 -> 1$/);
    expect(await messageAt(9, 'wave')).toMatch(/required < 10 \(2 series\)$/);
    expect(await messageAt(8, 'wave > -100')).toMatch(/required < 10$/);
  });

  test('does not believe what a query says of times at which the source was not collecting', async () => {
    const blind = criterion({ query: 'sum(nothing) or vector(1)', unknownFor: '0s' });
    const { results } = await evaluated([blind], { from: at(0), to: at(600) });
    expect(told(results[0] as ReplayResult)).toMatchObject({ transitions: 'Pass@300' });
    expect(results[0]).toMatchObject({ times: { met: 300, unknown: 300 } });
  });

  test('leaves out slots of which nothing can be known yet, and says so', async () => {
    const young = criterion({ query: 'vector(1)', interval: '1s' });
    const { results, warned } = await evaluated([young], { from: '-20s', to: '+1h', output: 'json' });
    // Of the hour to come, and of the ten seconds of the evaluation delay.
    expect((results[0] as ReplayResult).times.unobserved).toBeGreaterThanOrEqual(3609);
    expect(warned).toContain(
      'The latest slots of 1 of 1 criteria are not judged: the evaluation delay of their sources has not passed.',
    );
  });

  test('counts what is suspended as suspended, until it is no longer', async () => {
    const suspend = { reason: 'we move', until: at(60) };
    const { results, code } = await evaluated([criterion({ query: 'look{example="6"}', suspend })], { from: at(0), to: at(150) });
    expect(told(results[0] as ReplayResult)).toMatchObject({ transitions: 'Suspended@0 Inconclusive@60 Fail@120' });
    expect([results[0], code]).toMatchObject([{ times: { suspended: 60, notMet: 90 } }, 1]);
  });
});

describe('on the command line', () => {
  const example = ['evaluate', '-f', 'examples/ops-02-availability'];
  const source = (): string[] => ['--source', `prometheus=${prometheus.url}`];

  test.each(
    Object.entries({
      'passes with 0': { flags: () => [...source(), '--at', at(60)], code: 0, out: /shop\/shop-availability {2}Pass {5}Met/ },
      'fails with 1': { flags: () => [...source(), '--at', at(600)], code: 1, out: /probe_success|up is 0, required == 1/ },
      'knows nothing with 2': {
        flags: () => ['--source', 'prometheus=http://127.0.0.1:1', '--at', at(60)],
        code: 2,
        out: /Inconclusive/,
      },
      'refuses bad input with 3': { flags: () => [...source(), '--at', 'noon'], code: 3, err: /--at is no time/ },
      'asks where an unknown source is with 3': {
        flags: () => [],
        files: ['shop-availability.yaml'],
        code: 3,
        err: /add --source prometheus=URL/,
      },
    } satisfies Record<string, { flags: () => string[]; files?: string[]; code: number; out?: RegExp; err?: RegExp }>),
  )(
    'it %s',
    async (_sentence, { flags, code, ...more }) => {
      const files = 'files' in more ? ['evaluate', '-f', `${example[2]}/${more.files[0]}`] : example;
      const run = await assay([...files, ...flags()]);
      expect(run).toMatchObject({ code, ...('out' in more ? { out: expect.stringMatching(more.out) as string } : {}) });
      if ('err' in more) expect(run.err).toMatch(more.err);
    },
    WITHIN_MS,
  );

  test(
    'the examples of docs/evaluate.md are what it prints',
    async () => {
      const docs = await readFile(new URL('../../docs/evaluate.md', import.meta.url), 'utf8');
      const examples = [...docs.matchAll(/```sh\nassay ([^`]*)\n```\n+```json\n([^`]*)\n```/g)];
      expect(examples).toHaveLength(2);
      for (const [, command = '', want = ''] of examples) {
        const flags = command.replaceAll('\\\n', ' ').trim().split(/\s+/);
        const { out } = await assay(flags.map((flag) => flag.replace('http://localhost:9090', prometheus.url)));
        expect(JSON.parse(out)).toEqual(JSON.parse(want));
      }
    },
    WITHIN_MS,
  );

  test(
    'it watches until it is interrupted, and ends with what was last known',
    async () => {
      const file = await manifestFile([await instantSource(), criterion({ query: 'vector(0)', interval: '1s', holdFor: '1s' })]);
      const child = spawn(process.execPath, ['src/main.ts', 'evaluate', '-f', file, '--watch', '-o', 'json'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      expect(await waitUntil(() => out.split('\n').length > 2, { withinMs: 20_000 })).toBe(true);
      child.kill('SIGINT');
      expect(await once(child, 'exit')).toEqual([1, null]);
      const lines = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Result);
      expect(lines.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual(['Inconclusive Pending', 'Fail NotMet']);
    },
    WITHIN_MS,
  );
});

test(
  'while it watches, a line is told only when the verdict changes',
  async () => {
    const turnsAt = Math.ceil(Date.now() / 1000) + 3;
    const turning = criterion({ query: 'time()', op: '<', value: turnsAt, interval: '1s', holdFor: '0s' });
    const done = new AbortController();
    const lines: string[] = [];
    const running = runEvaluate(
      { paths: [await manifestFile([await instantSource(), turning])], sources: {}, watch: true, output: 'table' },
      { write: (text) => void lines.push(text), warn: () => undefined, clock: systemClock, signal: done.signal },
    );
    expect(await waitUntil(() => lines.length === 2, { withinMs: 20_000 })).toBe(true);
    done.abort();
    expect(await running).toBe(1);
    expect(lines[0]).toMatch(/ {2}shop\/look {2}Pass {2}look is \d+, required < \d+$/);
    expect(lines[1]).toBe(
      `${new Date(turnsAt * 1000).toISOString().replace('.000Z', 'Z')}  shop/look  Pass -> Fail  look is ${turnsAt}, required < ${turnsAt}`,
    );
  },
  WITHIN_MS,
);

test.each(
  Object.entries({
    'a query that the source refuses': {
      query: 'sum(',
      want: 'shop/look: evidence look: the source prometheus can not be asked (InvalidQuery)',
    },
    'a manifest with a mistake': { query: '', want: 'nothing was judged: the manifests hold mistakes' },
  }),
)('%s is bad input', async (_sentence, { query, want }) => {
  const { code, warned, results } = await evaluated([criterion({ query })], { at: at(0) });
  expect([code, results]).toEqual([3, []]);
  expect(warned.join('\n')).toContain(want);
});

test('a source is asked as its manifest says, when no flag says otherwise', async () => {
  const { code } = await evaluated([await instantSource(), criterion({ query: 'vector(1)' })], { at: at(600), sources: {} });
  expect(code).toBe(0);
});

test('a source that does not answer is named once, and nothing is known of its criteria', async () => {
  const manifests = [criterion({ query: 'vector(1)' }), criterion({ name: 'other', query: 'vector(1)' })];
  const { code, results, warned } = await evaluated(manifests, { at: at(600), sources: { prometheus: 'http://127.0.0.1:1' } });
  expect([code, results.map(({ reason }) => reason)]).toEqual([2, ['SourceUnreachable', 'SourceUnreachable']]);
  expect(warned.filter((line) => line.includes('does not answer'))).toHaveLength(1);
});

interface Evaluated {
  readonly code: number;
  readonly results: readonly Result[];
  readonly warned: readonly string[];
}

async function evaluated(manifests: readonly object[], flags: Partial<EvaluateOptions>): Promise<Evaluated> {
  const written: string[] = [];
  const warned: string[] = [];
  const code = await runEvaluate(
    { paths: [await manifestFile(manifests)], sources: { prometheus: prometheus.url }, output: 'json', ...flags },
    {
      write: (text) => void written.push(text),
      warn: (text) => void warned.push(text),
      clock: systemClock,
      signal: session.signal,
    },
  );
  return { code, warned, results: written.length === 0 ? [] : (JSON.parse(written.join('\n')) as Result[]) };
}

async function assay(args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['src/main.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, out, err };
}

let files = 0;
async function manifestFile(manifests: readonly object[]): Promise<string> {
  const dir = join(session.dir, 'manifests');
  await mkdir(dir, { recursive: true });
  const file = join(dir, `${(files += 1)}.yaml`);
  await writeFile(file, manifests.map((manifest) => `---\n${stringify(manifest)}`).join(''));
  return file;
}

type Wanted = Partial<CertificationCriterionSpec> & { query: string; name?: string; op?: string; value?: number };

const criterion = ({ name = 'look', query, op = '==', value = 1, ...spec }: Wanted): object => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'CertificationCriterion',
  metadata: { name, namespace: 'shop' },
  spec: {
    ...{ title: 'It is as it should be', service: 'shop', interval: '30s', unknownFor: '1m' },
    controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
    evidence: [{ name: 'look', prometheus: { source: 'prometheus', query } }],
    rule: { threshold: { evidence: 'look', op, value } },
    ...spec,
  },
});

/** A source that is asked at once. */
const instantSource = (): Promise<object> =>
  Promise.resolve({
    apiVersion: 'assay.dev/v1alpha1',
    kind: 'EvidenceSource',
    metadata: { name: 'prometheus' },
    spec: { prometheus: { url: prometheus.url }, evaluationDelay: '0s', namespaces: { from: 'All' } },
  });

/** A replay in the words of the examples: `Pass@0 Fail@90`, in seconds since the first slot. */
function told({
  transitions,
  deviations,
  steps: due,
  availability,
  lower,
  upper,
  coverage,
}: ReplayResult): Required<Example['want']> {
  const seconds = (time: string): number => (Date.parse(time) - FIRST_SLOT) / 1000;
  return {
    transitions: transitions.map((change) => `${change.verdict}@${seconds(change.at)}`).join(' '),
    deviations: deviations
      .map(({ from, to, reason = 'open' }) => `${seconds(from)}-${to === undefined ? '' : seconds(to)} ${reason}`)
      .join(' '),
    steps: due.map((step) => `${step.audience}@${seconds(step.at)}`).join(' '),
    figures: [availability, lower, upper, coverage].join(' '),
  };
}

/** `M N*3 U`: met (1), not met (0), and unknown. */
function valuesOf(look: string): (number | undefined)[] {
  const values: Record<string, number | undefined> = { M: 1, N: 0 };
  return look.split(' ').flatMap((part) => {
    const [letter = '', count = '1'] = part.split('*');
    return Array.from({ length: Number(count) }, () => values[letter]);
  });
}
