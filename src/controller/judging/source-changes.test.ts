import type { CertificationCriterionSpec, EvidenceItem } from '../../api/criterion.ts';
import type { EvidenceSource } from '../../api/source.ts';
import { create } from '../../domain/criterion.ts';
import { rulesOf } from '../../domain/rules.ts';
import { systemClock } from '../../platform/clock.ts';
import { type KnownCriterion, derivedFrom } from './known.ts';
import { SourcePool } from '../sources/source-pool.ts';
import { sourceChanges } from './source-changes.ts';

const AT = Date.UTC(2026, 0, 1, 12);
// Nobody listens there: that is no business of this test.
const NOWHERE = 'http://127.0.0.1:1';

const item = (name: string, source: string): EvidenceItem => ({ name, prometheus: { source, query: name } });
const spec: CertificationCriterionSpec = {
  title: 'The shop answers',
  service: 'shop',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  evidence: [item('up', 'one')],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
};
const known = (sources: KnownCriterion['sources']): KnownCriterion => ({
  ...{
    namespace: 'shop',
    service: 'shop',
    name: 'up',
    uid: 'u',
    spec,
    changedAt: 0,
    ...derivedFrom({ namespace: 'shop', service: 'shop' }, spec),
    sources,
  },
  state: create('shop/up', { at: AT, rules: rulesOf(spec) }),
});
const source = (name: string, timeout = '1s'): EvidenceSource => ({
  apiVersion: 'assay.dev/v1alpha1',
  kind: 'EvidenceSource',
  metadata: { name },
  spec: { prometheus: { url: NOWHERE }, timeout, namespaces: { from: 'All' } },
});

let pool: SourcePool;
beforeEach(async () => {
  const unused = (): undefined => undefined;
  pool = new SourcePool({ clock: systemClock, secrets: unused, namespace: unused, onRequest: unused, onProbe: unused });
  await pool.set('one', source('one'));
  await pool.set('two', source('two', '2s'));
});
afterEach(() => pool.stop());

const digestOf = (name: string): string => pool.digestOf(name) ?? '';
const changed = (sources: KnownCriterion['sources'], items: readonly EvidenceItem[]): unknown =>
  sourceChanges(known(sources), items, pool, AT).map((record) => record.body);

test('the first sight of a source is put on record as what later ones are compared with', () => {
  const digest = digestOf('one');
  expect(changed({}, [item('up', 'one')])).toEqual([{ source: 'one', at: AT, digest, criteria: ['up'] }]);
});

test('a source as it is on record is no change', () => {
  expect(changed({ one: digestOf('one') }, [item('up', 'one')])).toEqual([]);
});

test('a source that was changed goes on record with what it was', async () => {
  const before = digestOf('one');
  await pool.set('one', source('one', '9s'));
  const digest = digestOf('one');
  expect(digest).not.toBe(before);
  expect(changed({ one: before }, [item('up', 'one')])).toEqual([{ source: 'one', at: AT, digest, before, criteria: ['up'] }]);
});

test('a source that is gone, or never was, is none', () => {
  expect(changed({ gone: 'sha256:ab' }, [item('up', 'gone')])).toEqual([]);
});

test('each source once, be it asked by several items; a source that is observed itself counts too', () => {
  const items = [item('up', 'one'), item('down', 'one'), { name: 'there', source: { source: 'two' } }];
  expect(changed({}, items)).toMatchObject([{ source: 'one' }, { source: 'two' }]);
});
