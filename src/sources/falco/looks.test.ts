import fc from 'fast-check';

import type { FalcoFacts, RuleCount } from './facts.ts';
import { Looks } from './looks.ts';
import { growthOver, lossesBetween } from './losses.ts';

const facts = (more: Partial<FalcoFacts> = {}): FalcoFacts => ({
  ...{
    counter: 'Falco',
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

const rule = (name: string, count: number, more: Partial<RuleCount> = {}): RuleCount => ({
  ...{ rule: name, priority: 'Notice', count, origin: 'syscall' },
  ...more,
});

test.each<[string, Partial<FalcoFacts>[], RuleCount[]]>([
  [
    'a new rule counts in full, and so does one that began anew',
    [
      { rules: [rule('a', 1), rule('a', 2), rule('same', 3), rule('anew', 9)] },
      { rules: [rule('a', 5), rule('a', 2), rule('same', 3), rule('anew', 2), rule('new', 1)] },
    ],
    [rule('a', 4), rule('anew', 2), rule('new', 1)],
  ],
  [
    'what was counted before a restart, and all since',
    [{ rules: [rule('a', 1)] }, { rules: [rule('a', 3)] }, { start: '2', rules: [rule('a', 5)] }],
    [rule('a', 7)],
  ],
  [
    'a restart after which as many were counted',
    [{ rules: [rule('a', 1)] }, { start: '2', rules: [rule('a', 1)] }],
    [rule('a', 1)],
  ],
  ['of what another Falco has counted, it is not known when', [{}, { hostname: 'b', start: '2', rules: [rule('a', 7)] }], []],
  [
    'namespaces are counted apart',
    [
      { rules: [rule('a', 1, { namespace: 'x' })] },
      { rules: [rule('a', 1, { namespace: 'x' }), rule('a', 1, { namespace: 'y' })] },
    ],
    [rule('a', 1, { namespace: 'y' })],
  ],
])('growth: %s', (_, states, want) => {
  expect(growthOver(states.map((state, at) => ({ at, facts: facts(state) })))).toEqual(want);
});

const moment = fc.record({ matches: fc.nat(3), restarts: fc.boolean(), isSeen: fc.boolean() });
test('growth is never more than was raised, and all of it where nothing was restarted', () => {
  fc.assert(
    fc.property(fc.array(moment), (moments) => {
      let [count, start, raised] = [5, 0, 0];
      const looks = [{ at: 0, facts: facts({ start: '0', rules: [rule('a', count)] }) }];
      let unseen = 0;
      moments.forEach(({ matches, restarts, isSeen }, index) => {
        if (restarts) [count, start] = [0, start + 1];
        [count, raised, unseen] = [count + matches, raised + matches, unseen + matches];
        if (!isSeen) return;
        unseen = 0;
        looks.push({ at: index + 1, facts: facts({ start: `${start}`, rules: count > 0 ? [rule('a', count)] : [] }) });
      });
      const grown = growthOver(looks).reduce((sum, one) => sum + one.count, 0);
      expect(grown).toBeLessThanOrEqual(raised);
      if (start === 0) expect(grown).toBe(raised - unseen);
    }),
  );
});
