import { join } from 'node:path';

import type { CertificationCriterion } from '../../api/criterion.ts';
import type { EvidenceSource } from '../../api/source.ts';
import { loadManifests } from '../manifests/index.ts';
import { EXAMPLE } from './example.ts';
import { CHECKOUT } from './kubectl.ts';
import { redirectSource, shortenCriterion } from './shorten.ts';

let criterion: CertificationCriterion;
let source: EvidenceSource;
beforeAll(async () => {
  const loaded = await loadManifests([join(CHECKOUT, EXAMPLE)]);
  if (loaded.kind === 'Invalid') throw new Error(JSON.stringify(loaded.findings));
  criterion = loaded.criteria[0]!.object;
  source = loaded.sources[0]!.object;
});

test('of the criterion only times change, and each change is told', () => {
  const { object, changes } = shortenCriterion(criterion);
  expect(changes.map(({ field, from, to }) => `${field}: ${from} -> ${to}`)).toEqual([
    'interval: 30s -> 1s',
    'holdFor: 1m -> 5s',
    'recoverFor: 90s -> 3s',
    'unknownFor: 5m -> 10s',
    'escalation, authority: 15m -> 15s',
    'escalation, customers: 15m -> 15s',
  ]);
  const { interval, holdFor, recoverFor, unknownFor, escalation } = criterion.spec;
  expect({ ...object, spec: { ...object.spec, interval, holdFor, recoverFor, unknownFor, escalation } }).toEqual(criterion);
  expect(object.spec.escalation?.map(({ after, audience }) => `${after ?? ''} ${audience}`)).toEqual([
    '0s internal',
    '15s authority',
    '15s customers',
  ]);
});

test('of the source only the address and the delay change', () => {
  const { object, changes } = redirectSource(source, 'http://127.0.0.1:9090');
  expect(changes.map(({ field, to }) => `${field}: ${to}`)).toEqual([
    'prometheus.url: http://127.0.0.1:9090',
    'evaluationDelay: 1s',
  ]);
  const { prometheus, evaluationDelay } = source.spec;
  expect({ ...object, spec: { ...object.spec, prometheus, evaluationDelay } }).toEqual(source);
});

test('what is so already is no change', () => {
  const once = redirectSource(source, 'http://127.0.0.1:9090').object;
  expect(redirectSource(once, 'http://127.0.0.1:9090').changes).toEqual([]);
});
