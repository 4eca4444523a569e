import { criterion, namespace, source } from './manifests.ts';
import { complaintsIn, eventually, openWorld, type TestOperator, type World } from './operator-world.ts';
import { type LyingSource, startLyingSource } from './lying-source.ts';

let world: World;
let honest: LyingSource;
let operator: TestOperator;

const asked = { source: 'honest' };
const applied = (manifest: object) =>
  world.tryKubectl(JSON.stringify({ apiVersion: 'assay.dev/v1alpha1', ...manifest }), 'apply', '-f', '-');
const conditions = async (key: string) => (await world.api.get('CertificationCriterion', key)).status?.conditions;

beforeAll(async () => {
  [world, honest] = await Promise.all([openWorld(), startLyingSource()]);
  operator = await world.startOperator();
  await world.api.apply(namespace('shop'), source('honest', honest.url('honest')), criterion('shop/good', asked));
}, 60_000);

afterAll(async () => {
  await world.close();
  await honest.stop();
}, 60_000);

const up = [{ name: 'up', prometheus: asked }];

describe('kubectl apply is told which field is wrong', () => {
  test.each(
    Object.entries({
      'an unknown field': [criterion('shop/bad', asked, { holdfor: '1m' } as object), /unknown field "spec.holdfor"/],
      'a time without a unit': [criterion('shop/bad', asked, { holdFor: '60' }), /spec\.holdFor: Invalid value: "60"/],
      'an interval of nothing': [criterion('shop/bad', asked, { interval: '0s' }), /spec\.interval: Invalid value/],
      'no rule': [
        criterion('shop/bad', asked, { rule: {} }),
        /spec\.rule: Invalid value: a rule has exactly one of threshold and expression/,
      ],
      'a rule about evidence that there is not': [
        criterion('shop/bad', asked, { rule: { threshold: { evidence: 'down', op: '==', value: 1 } } }),
        /spec\.rule\.threshold\.evidence: Invalid value/,
      ],
      'evidence of no kind': [criterion('shop/bad', asked, { evidence: [{ name: 'up' }] }), /spec\.evidence\[0\]: Invalid value/],
      'evidence without a query': [criterion('shop/bad', asked, { evidence: up as never }), /prometheus\.query: Required value/],
      'a suspension without a reason': [
        criterion('shop/bad', asked, { suspend: {} as never }),
        /spec\.suspend\.reason: Required/,
      ],
      'a verdict that nobody may ask for': [
        criterion('shop/bad', asked, { whenUnknown: 'Pass' as never }),
        /spec\.whenUnknown: Unsupported value: "Pass"/,
      ],
      'a source with a token in its address': [
        source('bad', 'http://me:secret@prometheus:9090'),
        /spec\.prometheus\.url: Invalid/,
      ],
      'a source that nobody may use': [
        source('bad', 'http://p:9090', { namespaces: undefined as never }),
        /spec\.namespaces: Required/,
      ],
    }),
  )('%s', async (_sentence, [manifest, field]) => {
    const { ok, said } = await applied(manifest as object);
    expect(ok).toBe(false);
    expect(said).toMatch(field as RegExp);
  });

  test('another service for the same criterion', async () => {
    const { ok, said } = await applied(criterion('shop/good', asked, { service: 'other' }));
    expect({ ok, said }).toEqual({
      ok: false,
      said: expect.stringContaining('the service of a criterion is immutable') as unknown,
    });
    expect(said).toContain('spec.service');
  });
});

// A CRD of an older version, or one that somebody loosened, lets through what must not be judged.
describe('what the API server let through', () => {
  const CRD = 'certificationcriteria.assay.dev';
  const RULES = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations';
  const loosely = { threshold: { evidence: 'down', op: '==', value: 1 } } as const;

  test('is not judged but named, stops nobody else, and is judged once it is right', async () => {
    await world.kubectl('patch', 'crd', CRD, '--type=json', '-p', JSON.stringify([{ op: 'remove', path: RULES }]));
    await eventually(() => world.api.apply(criterion('shop/let-through', asked, { rule: loosely })));
    await eventually(async () => {
      const message = expect.stringMatching(/^spec\.rule\.threshold\.evidence: /) as unknown;
      const ready = expect.objectContaining({ type: 'Ready', status: 'False', reason: 'InvalidSpec', message }) as unknown;
      expect(await conditions('shop/let-through')).toContainEqual(ready);
    });
    await world.api.apply(criterion('shop/beside', asked));
    await eventually(async () => {
      expect((await world.api.get('CertificationCriterion', 'shop/beside')).status?.verdict).toBe('Pass');
    });
    await world.api.apply(criterion('shop/let-through', asked));
    await eventually(async () => {
      expect((await world.api.get('CertificationCriterion', 'shop/let-through')).status?.verdict).toBe('Pass');
      expect(await conditions('shop/let-through')).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
    });
    expect(complaintsIn(await operator.logged())).toEqual([]);
  }, 90_000);
});
