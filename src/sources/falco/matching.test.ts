import fc from 'fast-check';

import type { FalcoPriority } from '../../api/evidence-kinds.ts';
import type { RuleCount } from './facts.ts';
import { countGroups, type FalcoQuestion, together } from './matching.ts';

const count = (more: Partial<RuleCount> = {}): RuleCount => ({
  ...{ rule: 'a', priority: 'Notice', count: 1, origin: 'syscall' },
  ...more,
});
const native = count({ tags: ['PCI_DSS_11_5_1', 'container'], tagsAreLabels: true });

test.each<[string, RuleCount, FalcoQuestion, 'Yes' | 'No' | 'Unclear']>([
  ['a tag of a label, whose name has other characters', native, { tags: ['PCI_DSS_11.5.1'] }, 'Yes'],
  ['another tag', native, { tags: ['host'] }, 'No'],
  ['tags that nobody changed', count({ tags: ['PCI_DSS_11_5_1'] }), { tags: ['PCI_DSS_11.5.1'] }, 'No'],
  ['no tags at all', count(), { tags: ['host'] }, 'Unclear'],
  ['a namespace', count({ namespace: 'shop' }), { namespaces: ['sh*'] }, 'Yes'],
  ['no namespace', native, { namespaces: ['sh*'] }, 'Unclear'],
  ['a priority that is none', count({ priority: undefined }), { minimumPriority: 'Critical' }, 'Unclear'],
  ['any priority', count({ priority: undefined }), {}, 'Yes'],
  ['another rule, whatever is unclear', count({ priority: undefined }), { rules: ['b'], minimumPriority: 'Critical' }, 'No'],
])('%s', (_, group, question, want) => {
  const { byRule, unclear } = countGroups([group], question);
  expect([byRule.size, unclear.size]).toEqual({ Yes: [1, 0], No: [0, 0], Unclear: [0, 1] }[want]);
});

test('what Falco says of itself is counted nowhere, and its drops are told', () => {
  const told = count({ rule: 'Falco internal: syscall event drop', origin: 'internal', count: 2 });
  expect(countGroups([told], {})).toMatchObject({ byRule: new Map(), drops: 2 });
});

test('two that count the same alerts count them once, and one answers for the other', () => {
  const question = { namespaces: ['shop'] };
  const ofFalco = countGroups([count({ count: 3 })], question);
  const ofRelay = (all: number) =>
    countGroups([count({ count: 1, namespace: 'shop' }), count({ count: all - 1, namespace: 'bar' })], question);
  expect(together([ofFalco, ofRelay(3)])).toMatchObject({ byRule: new Map([['a', 1]]), unclear: new Map() });
  expect(together([ofFalco, ofRelay(2)])).toMatchObject({ byRule: new Map([['a', 1]]), unclear: new Map([['a', 1]]) });
  expect(together([ofFalco])).toBe(ofFalco);
  expect(together([])).toMatchObject({ byRule: new Map(), comparable: new Map(), drops: 0 });
});

const counts = fc.array(
  fc.record({
    rule: fc.constantFrom('a', 'b'),
    priority: fc.constantFrom<(FalcoPriority | undefined)[]>('Critical', 'Debug', undefined),
    count: fc.integer({ min: 1, max: 9 }),
    origin: fc.constant('syscall'),
    namespace: fc.constantFrom('shop', 'bar'),
  }),
);

test('another counter never makes it fewer, and none more than the most that one may mean', () => {
  fc.assert(
    fc.property(counts, counts, (one, other) => {
      const question: FalcoQuestion = { minimumPriority: 'Error', namespaces: ['shop'] };
      const each = [one, other].map((groups) => countGroups(groups, question));
      const both = together(each);
      for (const rule of ['a', 'b']) {
        const yes = each.map(({ byRule }) => byRule.get(rule) ?? 0);
        const may = each.map(({ comparable }) => comparable.get(rule) ?? 0);
        expect(both.byRule.get(rule) ?? 0).toBe(Math.max(...yes));
        expect((both.byRule.get(rule) ?? 0) + (both.unclear.get(rule) ?? 0)).toBeGreaterThanOrEqual(Math.max(...yes));
        expect(both.unclear.get(rule) ?? 0).toBeLessThanOrEqual(Math.max(...may));
      }
    }),
  );
});
