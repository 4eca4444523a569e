import { readFileSync } from 'node:fs';

import { calm, type FalcoState, metricsTextOf } from './fake-falco.ts';
import { factsOf } from './facts.ts';
import { metricsOf } from './metrics-text.ts';

const fixture = readFileSync(`${import.meta.dirname}/fixtures/metrics-0.41.txt`, 'utf8');

test('what a Falco says of itself', () => {
  const facts = factsOf(metricsOf(fixture));
  expect(facts).toMatchObject({ version: '0.41.0', hostname: 'node-1', upSeconds: 91, queueDrops: 0, syscallDrops: 0 });
  expect(facts.rules).toEqual([
    { rule: 'Drop and execute new binary in container', priority: 'Critical', count: 1 },
    { rule: 'Read sensitive file untrusted', priority: 'Warning', count: 18 },
    { rule: 'Terminal shell in container', priority: 'Notice', count: 3 },
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
