import type { FalcoFacts } from './facts.ts';
import { Looks } from './looks.ts';
import { growthBetween, lossesBetween } from './losses.ts';

const facts = (more: Partial<FalcoFacts> = {}): FalcoFacts => ({
  ...{
    version: '0.41.0',
    hostname: 'node-1',
    start: '1',
    upSeconds: 10,
    rulesFiles: 'a',
    rules: [],
    queueDrops: 0,
    syscallDrops: 0,
  },
  ...more,
});

function looksAt(...times: number[]): Looks {
  const looks = new Looks();
  looks.keepFor(1_000);
  for (const at of times) looks.add({ at, facts: facts({ upSeconds: at }) });
  return looks;
}
const timesAround = (looks: Looks, from: number, to: number): number[] | string => {
  const around = looks.around(from, to);
  return around.kind === 'Around' ? around.looks.map(({ at }) => at) : around.kind;
};

test.each<[string, number[], [number, number], number[] | string]>([
  ['the newest before, all within, the first after', [100, 200, 300, 400, 500], [250, 350], [200, 300, 400]],
  ['looks at its very ends', [100, 200, 300], [100, 300], [100, 200, 300]],
  ['nobody looked before', [200, 300], [100, 250], 'NotSeen'],
  ['nobody looked since', [100, 200], [150, 250], 'NotSeen'],
  ['nobody looked at all', [], [1, 2], 'NotSeen'],
])('around a span: %s', (_, times, [from, to], want) => expect(timesAround(looksAt(...times), from, to)).toEqual(want));

test('what no span needs any more is forgotten, and what is kept is bounded', () => {
  const looks = looksAt(...Array.from({ length: 100 }, (_, index) => index * 100));
  expect(timesAround(looks, 9_000, 9_900)).toHaveLength(10);
  expect(timesAround(looks, 1_000, 9_900)).toBe('NotSeen');
  looks.keepFor(10_000_000);
  for (let at = 10_000; at < 20_000; at += 1) looks.add({ at, facts: facts() });
  const kept = timesAround(looks, 9_900, 19_999);
  expect(kept.length).toBeLessThanOrEqual(1_500);
  expect(timesAround(looks, 19_900, 19_990)).toHaveLength(91);
});

test.each<[string, Partial<FalcoFacts>[], string[]]>([
  ['nothing', [{}, {}], []],
  ['it answers as another host', [{}, { hostname: 'b' }, {}], ['another Falco answered']],
  ['it started anew', [{}, { start: '2' }], ['Falco was restarted']],
  ['it started anew, and does not say when', [{ upSeconds: 9 }, { upSeconds: 3 }, { upSeconds: 20 }], ['Falco was restarted']],
  ['other rules for a while', [{}, { rulesFiles: 'b' }, {}], ['the rules files were changed']],
  ['the queue was full', [{ queueDrops: 1 }, { queueDrops: 4 }], ['3 alerts dropped by the queue of Falco']],
  ['system calls went by', [{ syscallDrops: 1 }, { syscallDrops: 2 }], ['1 system calls dropped']],
  [
    'nobody counts them',
    [{}, { syscallDrops: undefined }],
    ['the drops of system calls are not counted (kernel_event_counters_enabled)'],
  ],
])('lost: %s', (_, states, want) => {
  const looks = new Looks();
  looks.keepFor(1_000);
  states.forEach((state, index) => looks.add({ at: index, facts: facts(state) }));
  const around = looks.around(0, states.length - 1);
  expect(around.kind === 'Around' && lossesBetween(around)).toEqual(want);
});

test('growth is by rule and priority, of all sources of events together; a new rule and one that began anew count in full', () => {
  const rule = (name: string, count: number) => ({ rule: name, priority: 'Notice' as const, count });
  const before = { at: 0, facts: facts({ rules: [rule('a', 1), rule('a', 2), rule('same', 3), rule('anew', 9)] }) };
  const after = {
    at: 1,
    facts: facts({ rules: [rule('a', 5), rule('a', 2), rule('same', 3), rule('anew', 2), rule('new', 1)] }),
  };
  expect(growthBetween(before, after)).toEqual([rule('a', 4), rule('anew', 2), rule('new', 1)]);
});
