import { type Kind, type Manifest, Refused } from '../cluster/kube-api.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { complaintsIn, eventually, openWorld, type SpawnedOperator, type World } from '../cluster/operator-world.ts';
import { atOnce } from './at-once.ts';
import { mutantsOf } from './mutants.ts';
import { answerOf } from './replica.ts';
import { loggedOf, verdictsOf } from './shop-scene.ts';

export interface MutantWorld {
  readonly world: World;
  readonly operator: SpawnedOperator;
  /** Applies mutants of all kinds, of which none had been there. */
  send(mutants: { readonly count: number; readonly seed: number }): Promise<{ accepted: number; refused: number }>;
  /** From now on the API server takes whatever anybody writes into a spec. */
  loosen(): Promise<void>;
  /** A good neighbour was judged at each of its slots, a new one is judged, and no work failed but by what the API server refuses. */
  expectNobodyStopped(): Promise<void>;
  /** The object of this kind that came when the CRDs were loosened, whose spec is a text, says so in its status. */
  expectToBeNamed(kind: Templated): Promise<void>;
  close(): Promise<void>;
}

const WIDTH = 8;
const PLURALS = ['certificationcriteria', 'evidencesources', 'evidencereports'];

/** An operator with a real Prometheus and a good criterion, into whose neighbourhood mutants come. */
export async function openMutantWorld(): Promise<MutantWorld> {
  const world = await openWorld();
  const prometheus = await world.startPrometheus({
    config: [{ job_name: 'nobody', static_configs: [{ targets: ['127.0.0.1:9'] }] }],
  });
  const operator = await world.spawnOperator();
  const rule = { threshold: { evidence: 'up', op: '<', value: 1 } } as const;
  const good = (name: string): Manifest => criterion(`mutants/${name}`, { source: 'prometheus' }, { rule, unknownFor: '10m' });
  await world.api.apply(namespace('mutants'), source('prometheus', prometheus.url), good('good'));
  const verdict = async (): Promise<unknown> => (await world.api.get('CertificationCriterion', 'mutants/good')).status?.verdict;
  await eventually(async () => expect(await verdict()).toBe('Pass'), 40_000);
  const goodSince = Date.now();
  const templates: Record<Templated, unknown> = {
    CertificationCriterion: specOf(
      criterion(
        'mutants/x',
        { source: 'prometheus' },
        { rule, escalation: ESCALATION, objective: { target: '99.9', window: '1h' } },
      ),
    ),
    EvidenceSource: specOf(source('x', prometheus.url)),
    EvidenceReport: {
      service: 'good',
      criteria: { names: ['good'] },
      period: { type: 'Last', last: '1h' },
      audience: 'internal',
    },
  };
  let sent = 0;
  let greeted = 0;
  return {
    ...{ world, operator },
    send: async ({ count, seed }) => {
      const mutants = TEMPLATED.flatMap(({ kind, share }) =>
        mutantsOf(templates[kind], Math.round(count * share), seed).map((spec) => manifestOf(kind, `m-${(sent += 1)}`, spec)),
      );
      const taken = await atOnce(mutants, WIDTH, (mutant) => isTaken(world, mutant));
      const accepted = taken.filter(Boolean).length;
      return { accepted, refused: taken.length - accepted };
    },
    loosen: () => loosen(world),
    expectNobodyStopped: async () => {
      const newcomer = `new-${(greeted += 1)}`;
      await eventually(() => world.api.apply(good(newcomer)));
      await eventually(async () => {
        const { records } = await loggedOf(operator.store, `mutants/${newcomer}`);
        expect(verdictsOf(records, newcomer)).toEqual(['Pass']);
      }, 60_000);
      const { records } = await loggedOf(operator.store, 'mutants/good');
      expect(records.filter(({ kind, body }) => kind === 'Gap' && body.from >= goodSince)).toEqual([]);
      expect(verdictsOf(records, 'good')).toEqual(['Pass']);
      expect((await answerOf(`${operator.url}/readyz`)).text).toBe('ok\n');
      expect(surprisesIn(await operator.logged())).toEqual([]);
    },
    expectToBeNamed: async (kind) => {
      const key = `${kind === 'EvidenceSource' ? '' : 'mutants/'}loose-${kind.toLowerCase()}`;
      const invalid = expect.objectContaining({ status: 'False', reason: 'InvalidSpec' }) as unknown;
      await eventually(async () => expect((await world.api.get(kind, key)).status?.conditions).toContainEqual(invalid), 60_000);
    },
    close: () => world.close(),
  };
}

export type Templated = Extract<Kind, 'CertificationCriterion' | 'EvidenceSource' | 'EvidenceReport'>;

export const TEMPLATED: readonly { readonly kind: Templated; readonly share: number }[] = [
  { kind: 'CertificationCriterion', share: 0.7 },
  { kind: 'EvidenceSource', share: 0.15 },
  { kind: 'EvidenceReport', share: 0.15 },
];

const ESCALATION = [
  { after: '0s', audience: 'internal' },
  { accumulated: '1m', within: '1h', audience: 'authority' },
];

const specOf = (manifest: Manifest): unknown => (manifest as { spec?: unknown }).spec;

function manifestOf(kind: Templated, name: string, spec: unknown): Manifest {
  const within = kind === 'EvidenceSource' ? {} : { namespace: 'mutants' };
  return { kind, metadata: { name, ...within }, ...{ spec } };
}

async function isTaken({ api }: World, mutant: Manifest): Promise<boolean> {
  try {
    await api.apply(mutant);
    return true;
  } catch (error) {
    // Also by 500: so it says that a patch can not be read as an object of this kind.
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** Any value at all for a spec, or none; until the API server does so. */
async function loosen(world: World): Promise<void> {
  const schema = '/spec/versions/0/schema/openAPIV3Schema';
  for (const plural of PLURALS) {
    const selectable = await world.kubectl(
      'get',
      'crd',
      `${plural}.assay.dev`,
      '-o',
      'jsonpath={.spec.versions[0].selectableFields}',
    );
    const change = [
      { op: 'replace', path: `${schema}/properties/spec`, value: { 'x-kubernetes-preserve-unknown-fields': true } },
      { op: 'remove', path: `${schema}/required` },
      ...(selectable === '' ? [] : [{ op: 'remove', path: '/spec/versions/0/selectableFields' }]),
    ];
    await world.kubectl('patch', 'crd', `${plural}.assay.dev`, '--type=json', '-p', JSON.stringify(change));
  }
  for (const { kind } of TEMPLATED)
    await eventually(() => world.api.apply(manifestOf(kind, `loose-${kind.toLowerCase()}`, 'not even an object')));
}

/** What the operator logged as failed, but for what the API server said no to. */
const surprisesIn = (log: string): string[] => complaintsIn(log).filter((line) => !/\b(conflict|HTTP 4\d\d)\b/i.test(line));
