import type { LabelSelector } from '../../api/common.ts';
import { labelQuery } from './label-query.ts';

const expression = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }],
});

const cases: Record<string, { selector: LabelSelector | undefined; want: string | undefined }> = {
  'no selector asks for everything': { selector: undefined, want: undefined },
  'an empty selector too': { selector: {}, want: undefined },
  'labels have one value each': {
    selector: { matchLabels: { app: 'shop', 'x.org/tier': '' } },
    want: 'app in (shop),x.org/tier in ()',
  },
  'a set of values': { selector: expression('tier', 'In', 'gold', 'silver'), want: 'tier in (gold,silver)' },
  'none of a set of values': { selector: expression('tier', 'NotIn', 'gold'), want: 'tier notin (gold)' },
  'a label that is there': { selector: expression('tier', 'Exists'), want: 'tier' },
  'a label that is not there': { selector: expression('tier', 'DoesNotExist'), want: '!tier' },
  'a set without values can not be written': { selector: expression('tier', 'In'), want: undefined },
  'a value can not say more than a value': { selector: { matchLabels: { a: '1', b: 'x),c' } }, want: 'a in (1)' },
  'a key can not say more than a key': { selector: { matchLabels: { 'a,b': '1' } }, want: undefined },
};

test.each(Object.entries(cases))('%s', (_sentence, { selector, want }) => expect(labelQuery(selector)).toBe(want));
