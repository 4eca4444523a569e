import fc from 'fast-check';

import type { CertificationCriterionSpec } from '../api/criterion.ts';
import { FALCO_PRIORITIES, type FalcoPriority } from '../api/evidence-kinds.ts';
import {
  OPEN_INCIDENTS,
  openingOfAlert,
  openingOfDeviation,
  type OpenedDeviation,
  type OpenIncidents,
  OPENS_WITHIN_MS,
  type SeenAlert,
} from './incident-opening.ts';

const NOW = Date.UTC(2026, 10, 28, 12);
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

const spec = (more: Partial<CertificationCriterionSpec> = {}): CertificationCriterionSpec => ({
  ...{ title: 'The shop answers', service: 'shop', controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  ...more,
});
const deviation = (criterion = 'up', from = NOW - 60_000): OpenedDeviation['body'] => ({
  ...{ criterion, id: '01KB5ZJ3Q0ABCDEFGHJKMNPQRS', from, at: from + 30_000, reopened: false },
});
const opened = (more: Partial<CertificationCriterionSpec>, from: OpenIncidents = 'low', is: Partial<OpenedDeviation> = {}) =>
  openingOfDeviation({ body: deviation(), spec: spec(more), isGoingOn: true, ...is }, { from, now: NOW });

test('a deviation opens a suspicion that says with what it began, and whose name says nothing of it', () => {
  expect(opened({ severity: 'high' })).toEqual({
    name: expect.stringMatching(/^shop-2026-11-28-[0-9a-f]{10}$/) as string,
    spec: {
      ...{ service: 'shop', title: 'Not met since 2026-11-28T11:59:00Z: The shop answers', severity: 'high', state: 'Suspected' },
      ...{ reporter: 'assay', origin: { criterion: 'up', deviation: '01KB5ZJ3Q0ABCDEFGHJKMNPQRS' } },
    },
  });
});

test.each(OPEN_INCIDENTS)('from %s on, what is less grave opens none', (from) => {
  const severities = ['critical', 'high', 'medium', 'low'] as const;
  const want = { never: 0, critical: 1, high: 2, medium: 3, low: 4 }[from];
  expect(severities.filter((severity) => opened({ severity }, from))).toEqual(severities.slice(0, want));
  expect(opened({}, from) !== undefined).toBe(want >= 3);
});

test.each(
  Object.entries({
    'a dry run is told to nobody': opened({ mode: 'DryRun' }),
    'how incidents are handled is no incident': opened({ evidence: [{ name: 'r', records: { of: 'Incident' } as never }] }),
    'what ended more than a day ago': opened({}, 'low', {
      ...{ isGoingOn: false, body: deviation('up', NOW - OPENS_WITHIN_MS - 60_000) },
    }),
  }),
)('%s: none opens', (_sentence, opening) => expect(opening).toBeUndefined());

test('what still goes on opens one however long it has, and what ended within a day too', () => {
  expect(opened({}, 'low', { body: deviation('up', NOW - 50 * OPENS_WITHIN_MS) })).toBeDefined();
  expect(opened({}, 'low', { isGoingOn: false })).toBeDefined();
});

test('deviations of any criterion have names that the API server takes, each its own', () => {
  const criterion = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/);
  fc.assert(
    fc.property(criterion, criterion, fc.nat(NOW), fc.nat(NOW), (one, other, from, later) => {
      const nameOf = (name: string, at: number): string =>
        openingOfDeviation({ body: deviation(name, at), spec: spec(), isGoingOn: true }, { from: 'low', now: NOW })?.name ?? '';
      expect(nameOf(one, from)).toMatch(NAME);
      expect(nameOf(one, from) === nameOf(other, later)).toBe(one === other && from === later);
    }),
  );
});

test('the origin of a criterion with a long name is its deviation alone', () => {
  const name = 'a'.repeat(64);
  expect(opened({}, 'low', { body: deviation(name) })?.spec.origin).toEqual({ deviation: '01KB5ZJ3Q0ABCDEFGHJKMNPQRS' });
});

const alert = (more: Partial<SeenAlert> = {}): SeenAlert => ({
  ...{ rule: 'Shell in container', priority: 'Critical', hostname: 'node-7', namespace: 'shop', receivedAt: NOW - 1000 },
  ...{ fields: { 'k8s.pod.name': 'front-6b7f9c4d5-x2k4q' }, ...more },
});
const nameOf = (more: Partial<SeenAlert>, service = 'shop') =>
  openingOfAlert(service, alert(more), { from: 'low', now: NOW })?.name;

test('an alert opens a suspicion whose name says nothing of it', () => {
  const opening = openingOfAlert('shop', alert(), { from: 'critical', now: NOW });
  expect(opening).toEqual({
    name: expect.stringMatching(/^falco-2026-11-28-[0-9a-f]{10}$/) as string,
    spec: {
      ...{ service: 'shop', title: 'Falco reports on shop/front: Shell in container', severity: 'critical', state: 'Suspected' },
      ...{ reporter: 'assay', origin: { rule: 'Shell in container', workload: 'shop/front' } },
    },
  });
});

test('one for each rule, workload and day', () => {
  const same = [{}, { fields: { 'k8s.pod.name': 'front-6b7f9c4d5-zz9t7' } }, { receivedAt: NOW - 3_600_000 }, { hostname: 'b' }];
  expect(new Set(same.map((more) => nameOf(more))).size).toBe(1);
  const pod = (name: string): Partial<SeenAlert> => ({ fields: { 'k8s.pod.name': name } });
  const others = [
    ...[{}, { rule: 'Another' }, { receivedAt: NOW - 13 * 3_600_000 }, { namespace: 'bank' }, pod('till-6b7f9c4d5-x2k4q')],
    ...[pod('front-0'), pod('front-1'), { fields: {} }, { fields: {}, hostname: 'node-8' }, pod('<NA>')],
  ];
  // Without a pod it is the host; `<NA>` is none.
  expect(new Set(others.map((more) => nameOf(more))).size).toBe(others.length - 1);
  expect(nameOf({}, 'till')).not.toBe(nameOf({}));
});

test('only Critical and above, and only where incidents open by themselves', () => {
  const opens = (priority: FalcoPriority, from: OpenIncidents): boolean =>
    openingOfAlert('shop', alert({ priority }), { from, now: NOW }) !== undefined;
  expect(FALCO_PRIORITIES.filter((priority) => opens(priority, 'critical'))).toEqual(['Emergency', 'Alert', 'Critical']);
  expect(FALCO_PRIORITIES.filter((priority) => opens(priority, 'never'))).toEqual([]);
  expect(nameOf({ receivedAt: NOW - OPENS_WITHIN_MS - 1 })).toBeUndefined();
});

test('whatever an alert says, its incident keeps to the limits of its kind', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 600 });
  fc.assert(
    fc.property(text, text, text, (rule, pod, hostname) => {
      const { name = '', spec: made } =
        openingOfAlert('shop', alert({ rule, hostname, fields: { 'k8s.pod.name': pod } }), { from: 'low', now: NOW }) ?? {};
      expect(name).toMatch(NAME);
      expect(made?.title.length).toBeLessThanOrEqual(150);
      expect(made?.origin?.rule?.length).toBeLessThanOrEqual(253);
      expect(made?.origin?.workload?.length).toBeLessThanOrEqual(512);
      expect(JSON.stringify(made)).toBe(JSON.stringify(made).toWellFormed());
    }),
  );
});

test('a long name that is cut at a dot is still one that the API server takes', () => {
  const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
  const cutAt = (length: number): string => `${'a'.repeat(length)}.${'b'.repeat(40)}.${'c'.repeat(30)}`;
  for (const length of [186, 187, 188, 189]) {
    const { name } = openingOfDeviation(
      { body: deviation(cutAt(length)), spec: spec(), isGoingOn: true },
      { from: 'low', now: NOW },
    )!;
    expect(name).toMatch(new RegExp(`^${label}(\\.${label})*$`));
  }
});
