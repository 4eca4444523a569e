import type { LabelSelector } from '../api/common.ts';
import { matches } from './selector.ts';

const shop = { team: 'shop', tier: 'gold' };

const cases: Record<string, { selector: LabelSelector; labels?: Record<string, string>; want: boolean }> = {
  'an empty selector matches everything': { selector: {}, labels: shop, want: true },
  'an empty selector matches what has no labels': { selector: {}, want: true },
  'a label with the demanded value matches': { selector: { matchLabels: { team: 'shop' } }, labels: shop, want: true },
  'a label with another value does not match': { selector: { matchLabels: { team: 'bank' } }, labels: shop, want: false },
  'a label that is missing does not match': { selector: { matchLabels: { team: 'shop' } }, labels: {}, want: false },
  'an object without labels does not match a demand': { selector: { matchLabels: { team: 'shop' } }, want: false },
  'all labels are demanded, not one of them': {
    selector: { matchLabels: { team: 'shop', tier: 'silver' } },
    labels: shop,
    want: false,
  },
  'In: one of the values is enough': {
    selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['silver', 'gold'] }] },
    labels: shop,
    want: true,
  },
  'In: another value does not match': {
    selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['silver'] }] },
    labels: shop,
    want: false,
  },
  'In: a missing label does not match': {
    selector: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] },
    labels: shop,
    want: false,
  },
  'In: a missing label is not an empty one': {
    selector: { matchExpressions: [{ key: 'zone', operator: 'In', values: [''] }] },
    labels: shop,
    want: false,
  },
  'In without values matches nothing': {
    selector: { matchExpressions: [{ key: 'tier', operator: 'In' }] },
    labels: shop,
    want: false,
  },
  'NotIn: another value matches': {
    selector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['silver'] }] },
    labels: shop,
    want: true,
  },
  'NotIn: a missing label matches, as in Kubernetes': {
    selector: { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] },
    labels: shop,
    want: true,
  },
  'NotIn: one of the values does not match': {
    selector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['gold'] }] },
    labels: shop,
    want: false,
  },
  'Exists: any value will do, an empty one too': {
    selector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
    labels: { team: '' },
    want: true,
  },
  'Exists: a missing label does not match': {
    selector: { matchExpressions: [{ key: 'zone', operator: 'Exists' }] },
    labels: shop,
    want: false,
  },
  'DoesNotExist: a missing label matches': {
    selector: { matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] },
    labels: shop,
    want: true,
  },
  'DoesNotExist: a label that is there does not match': {
    selector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] },
    labels: shop,
    want: false,
  },
  'labels and expressions must all hold': {
    selector: { matchLabels: { team: 'shop' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['silver'] }] },
    labels: shop,
    want: false,
  },
};

test.each(Object.entries(cases))('%s', (_sentence, { selector, labels, want }) => expect(matches(selector, labels)).toBe(want));
