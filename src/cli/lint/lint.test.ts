import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { criterion, source } from '../../api/validate.fixtures.ts';
import { lintFiles, runLint } from './index.ts';

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'assay-lint-'))));
afterEach(() => rm(dir, { recursive: true }));

async function lint(text: string, output: 'text' | 'json' = 'text'): Promise<{ code: number; lines: string[] }> {
  await writeFile(join(dir, 'a.yaml'), text);
  const lines: string[] = [];
  const code = await runLint({
    paths: [join(dir, 'a.yaml')],
    output,
    write: (line) => lines.push(line.replaceAll(`${dir}/`, '')),
  });
  return { code, lines };
}

const both = (spec: object): string => `${JSON.stringify(source())}\n---\n${JSON.stringify(criterion(spec))}\n`;

test('the examples are clean', async () => expect(await lintFiles([join(import.meta.dirname, '../../../examples')])).toEqual([]));

test('a clean file exits 0 and says what was seen', async () =>
  expect(await lint(both({}))).toEqual({ code: 0, lines: ['1 file, 2 objects of assay.dev: 0 errors, 0 warnings'] }));

describe('what is allowed but hardly meant is a warning, and exits 0', () => {
  test.each(
    Object.entries({
      'a hold under the interval': {
        spec: { interval: '30s', holdFor: '10s' },
        want: 'spec.holdFor: 10s is shorter than the interval of 30s',
      },
      'a hold under the default interval': {
        spec: { holdFor: '59s' },
        want: 'spec.holdFor: 59s is shorter than the interval of 1m',
      },
      'samples older than the interval': { spec: { interval: '1h' }, want: 'spec.maxAge: 5m is shorter than the interval of 1h' },
      'a source that is defined nowhere': {
        spec: { evidence: [{ name: 'up', source: { source: 'promteheus' } }] },
        want: 'spec.evidence[0].source.source: no file here defines the EvidenceSource "promteheus": did you mean prometheus?',
      },
      'a weak query': {
        spec: { evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up or vector(0)' } }] },
        want: 'spec.evidence[0].prometheus.query: weak query',
      },
    }),
  )('%s', async (_sentence, { spec, want }) => {
    const { code, lines } = await lint(both(spec));
    expect(lines).toEqual([expect.stringContaining(`a.yaml:3: warning: ${want}`), expect.stringMatching(/0 errors, 1 warning$/)]);
    expect(code).toBe(0);
  });
});

test.each(['1m', '2m'])('a hold of %s at an interval of 1m is no warning', async (holdFor) =>
  expect((await lint(both({ holdFor }))).lines).toHaveLength(1),
);

describe('an Alertmanager without an alert that always fires is a warning', () => {
  const alertmanager = (spec: object): string =>
    JSON.stringify({ ...source(), metadata: { name: 'am' }, spec: { namespaces: { from: 'All' }, ...spec } });
  const asking = JSON.stringify(
    criterion({
      evidence: [{ name: 'up', alerts: { source: 'am', matchers: ['a="b"'] } }],
      rule: { threshold: { evidence: 'up', op: '==', value: 0 } },
    }),
  );
  const pulled = { alertmanager: { url: 'http://alertmanager:9093' } };
  const received = { alertmanager: { intake: { token: { name: 'a', key: 'b' } } } };
  const heartbeat = 'alertname="Watchdog"';
  test.each<[string, string, RegExp | undefined]>([
    ['asked', `${alertmanager(pulled)}\n---\n${asking}`, /^a.yaml:1: warning: spec.alertmanager: without a heartbeat, 0/],
    [
      'received from',
      alertmanager(received),
      /^a.yaml:1: warning: spec.alertmanager.intake: without a heartbeat it is never known/,
    ],
    ['not asked for alerts', alertmanager(pulled), undefined],
    ['with one', `${alertmanager({ ...pulled, heartbeat })}\n---\n${asking}`, undefined],
  ])('%s', async (_, text, want) => {
    const { code, lines } = await lint(text);
    expect(lines.filter((line) => line.includes('heartbeat'))).toEqual(want ? [expect.stringMatching(want)] : []);
    expect(code).toBe(0);
  });
});

test('a sources that no file defines is only a warning', async () => {
  const { code, lines } = await lint(JSON.stringify(criterion()));
  expect(lines[0]).toContain('an admin must have created it in the cluster');
  expect(code).toBe(0);
});

const BROKEN = `apiVersion: assay.dev/v1alpha1
kind: CertificationCriterion
metadata: { name: shop-availability, namespace: shop }
spec:
  titel: The shop answers from outside
  service: shop
  controls: [{ catalog: BSI-C5, version: 2020, id: OPS-02 }]
  interval: 30 s
  evidence:
    - name: up
      prometheus:
        source: prometheus
        query: |
          # the share of requests
          sum(rate(good[5m]))
            / sum(rate(all))
    - name: other
      prometheus:
        source: prometheus
        query: >-
          up{job="shop"}
          offset 5m
  rule:
    threshold: { evidence: down, op: =, value: 1 }
  escalation:
    - audience: authority
`;

test('every mistake is found in one run, each at its line, and exits 3', async () => {
  const { code, lines } = await lint(`${BROKEN}---\n${JSON.stringify(source())}`);
  expect(lines.map((line) => /^a\.yaml:\d+: (warning: )?[\w.[\]]+: /.exec(line)?.[0] ?? line)).toEqual([
    'a.yaml:5: spec.titel: ',
    'a.yaml:7: spec.controls[0].version: ',
    'a.yaml:8: spec.interval: ',
    'a.yaml:16: spec.evidence[0].prometheus.query: ',
    'a.yaml:22: warning: spec.evidence[1].prometheus.query: ',
    'a.yaml:24: spec.rule.threshold.evidence: ',
    'a.yaml:24: spec.rule.threshold.op: ',
    'a.yaml:26: spec.escalation[0]: ',
    '1 file, 2 objects of assay.dev: 7 errors, 1 warning',
  ]);
  expect(code).toBe(3);
});

test('as JSON it says the same to a program', async () => {
  const { code, lines } = await lint(both({ interval: '30 s' }), 'json');
  expect(JSON.parse(lines.join('\n'))).toMatchObject({
    files: 1,
    objects: 2,
    errors: 1,
    findings: [{ file: 'a.yaml', line: 3, path: 'spec.interval', severity: 'error' }],
  });
  expect(code).toBe(3);
});

test('the criterion of the example says what the design says', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../examples/ops-02-availability/shop-availability.yaml'), 'utf8');
  for (const word of ['interval: 30s', 'holdFor: 1m', 'recoverFor: 90s', 'after: 15m, audience: customers'])
    expect(text).toContain(word);
});
