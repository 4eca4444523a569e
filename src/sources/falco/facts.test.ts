import { readFileSync } from 'node:fs';

import type { FalcoPriority } from '../../api/evidence-kinds.ts';
import { calm, type FalcoState, metricsTextOf } from './fake-falco.ts';
import { factsOf, type RuleCount } from './facts.ts';
import { metricsOf } from './metrics-text.ts';

const fixture = readFileSync(`${import.meta.dirname}/fixtures/metrics-0.41.txt`, 'utf8');

const count = (rule: string, priority: FalcoPriority, sum: number, tags: string[]): RuleCount => ({
  ...{ rule, priority, count: sum, origin: 'syscall', tags, tagsAreLabels: true },
});

test('what a Falco says of itself', () => {
  const facts = factsOf(metricsOf(fixture));
  expect(facts).toMatchObject({ version: '0.41.0', hostname: 'node-1', upSeconds: 91, queueDrops: 0, syscallDrops: 0 });
  expect(facts.rules).toEqual([
    count('Drop and execute new binary in container', 'Critical', 1, ['PCI_DSS_11_5_1', 'container', 'maturity_stable']),
    count('Read sensitive file untrusted', 'Warning', 18, ['T1555', 'container', 'host']),
    count('Terminal shell in container', 'Notice', 3, ['T1059', 'container', 'shell']),
  ]);
});

const without = (name: string): string =>
  fixture
    .split('\n')
    .filter((line) => !line.startsWith(`falcosecurity_${name}`))
    .join('\n');

test.each<[string, string, RegExp]>([
  ['no version', without('falco_version_info'), /not of Falco's metrics/],
  ['no duration', without('falco_duration'), /not of Falco's metrics/],
  ['no drops of the queue', without('falco_outputs_queue'), /not of Falco's metrics/],
  ['metrics of something else', 'up 1\n', /not of Falco's metrics/],
  ['nothing', '', /not of Falco's metrics/],
  ['a sum over all rules, of an old version', `${fixture}falcosecurity_falco_rules_matches_total 2\n`, /no name or no priority/],
  ['a priority of another tool', fixture.replace('priority="4"', 'priority="8"'), /no name or no priority/],
  ['a counter that is negative', fixture.replace('scap_n_drops_total 0', 'scap_n_drops_total -1'), /is not a number/],
  ['a counter that is none', fixture.replace('duration_seconds_total 91', 'duration_seconds_total NaN'), /is not a number/],
])('refused: %s', (_, text, message) => {
  expect(() => factsOf(metricsOf(text))).toThrow(
    expect.objectContaining({ code: 'SOURCE_BAD_ANSWER', message: expect.stringMatching(message) as unknown }) as Error,
  );
});

test.each<[string, Partial<FalcoState>, number | undefined]>([
  ['are counted', { syscallDrops: 7 }, 7],
  ['may be switched off', { syscallDrops: undefined }, undefined],
  ['can not happen where only a plug-in is read', { syscallDrops: undefined, engine: 'source_plugin' }, 0],
])('drops of system calls %s', (_, more, want) => {
  expect(factsOf(metricsOf(metricsTextOf({ ...calm(), ...more }))).syscallDrops).toBe(want);
});

test('tags in one label, as Falco 0.39 writes them', () => {
  const line = 'falcosecurity_falco_rules_matches_total{priority="4",rule_name="a",source="syscall",tags="T1555, container"} 1';
  expect(factsOf(metricsOf(`${metricsTextOf(calm())}${line}\n`)).rules).toEqual([
    { rule: 'a', priority: 'Warning', count: 1, origin: 'syscall', tags: ['T1555', 'container'] },
  ]);
});

test('loading itself anew is a start', () => {
  const text = fixture.replace(
    'reload_timestamp_nanoseconds 1748557118882077336',
    'reload_timestamp_nanoseconds 1748557918882077336',
  );
  expect(factsOf(metricsOf(text)).start).not.toBe(factsOf(metricsOf(fixture)).start);
});
