import type { CriterionState } from '../../src/domain/criterion.ts';
import { durationMs } from '../../src/domain/duration.ts';
import { slotOffsetMs } from '../../src/domain/slots.ts';
import { waitUntil } from '../../src/parts/index.ts';
import type { Manifest } from '../cluster/kube-api.ts';
import { namespace } from '../cluster/manifests.ts';
import type { World } from '../cluster/operator-world.ts';
import type { Chronicle } from '../scenarios/chronicle.ts';
import type { Happening, Story } from '../scenarios/story.ts';
import { chronicleOf } from './chronicle-of-log.ts';
import { folded, readLog } from './evidence.ts';
import { HandClock } from './hand-clock.ts';
import { type HandDrivenOperator, startHandDriven } from './hand-driven-operator.ts';

/** A story with the namespace in which it plays. */
export interface Cast {
  readonly story: Story;
  readonly namespace: string;
}

/** What became of a story, and the state of its criterion: as the operator had it, and as its log gives it. */
export interface Told {
  readonly chronicle: Chronicle;
  readonly known: CriterionState | undefined;
  readonly folded: CriterionState;
}

const NAME = 'told';
const SERVICE = 'shop';
const WITHIN_MS = 20_000;

/** A namespace in which the slots of the service lie at whole intervals, so that all stories can be told at the same pace. */
export function castOf(name: string, story: Story): Cast {
  const intervalMs = durationMs(story.spec.interval ?? '1m');
  for (let index = 0; ; index++) {
    const found = `${name}-${index}`;
    if (slotOffsetMs(found, SERVICE, intervalMs) === 0) return { story, namespace: found };
  }
}

/** The query by which a story is judged. */
export const queryOf = (cast: Cast): string => `told{story="${cast.namespace}"}`;

/** Tells stories side by side to one operator. `beganAt` is 00:00 of all of them; Prometheus already knows what will be seen. */
export async function tell(world: World, casts: readonly Cast[], beganAt: number): Promise<Map<Cast, Told>> {
  const { kubeconfigPath: kubeconfig } = world.cluster;
  const clock = new HandClock(beganAt - 10_000);
  const start = (): Promise<HandDrivenOperator> =>
    startHandDriven({ kubeconfig, store: `${world.session.dir}/told-at-${beganAt}.db`, clock });
  await world.api.apply(...casts.map((cast) => namespace(cast.namespace)));
  let operator = await start();
  try {
    for (const [atMs, scenes] of scenesInOrder(casts)) {
      const restarts = scenes.find(({ act }) => act.kind === 'Stop' || act.kind === 'Start')?.act.kind;
      if (restarts === 'Stop') await operator.stop();
      clock.moveTo(beganAt + atMs);
      if (restarts === 'Start') operator = await start();
      if (restarts !== 'Stop') await play(world, operator, { scenes, now: clock.now() });
    }
    return await collect(operator, casts, beganAt);
  } finally {
    await operator.stop();
  }
}

type Act = Exclude<Happening, { kind: 'Miss' }> | { readonly kind: 'Begin' | 'End' | 'Stop' | 'Start'; readonly atMs: number };

interface Scene {
  readonly cast: Cast;
  readonly act: Act;
}

/** What happens in all stories, by time. */
function scenesInOrder(casts: readonly Cast[]): (readonly [number, Scene[]])[] {
  const scenes = casts.flatMap((cast) => actsOf(cast.story).map((act): Scene => ({ cast, act })));
  const times = [...new Set(scenes.map(({ act }) => act.atMs))].sort((a, b) => a - b);
  return times.map((atMs) => [atMs, scenes.filter(({ act }) => act.atMs === atMs)] as const);
}

function actsOf({ happenings, spec, endMs }: Story): Act[] {
  const intervalMs = durationMs(spec.interval ?? '1m');
  const acts = happenings.flatMap((happening): Act[] =>
    happening.kind === 'Miss'
      ? [
          { kind: 'Stop', atMs: happening.atMs - 1000 },
          { kind: 'Start', atMs: happening.atMs + happening.slots * intervalMs },
        ]
      : [happening],
  );
  return [{ kind: 'Begin', atMs: 0 }, ...acts, { kind: 'End', atMs: endMs }];
}

/** Does what people do, and waits until the operator has on record what was done and seen. */
async function play(
  world: World,
  operator: HandDrivenOperator,
  { scenes, now }: { readonly scenes: readonly Scene[]; readonly now: number },
): Promise<void> {
  const before = new Map(scenes.map(({ cast }) => [cast, operator.ledger.get(keyOf(cast))?.specDigest]));
  for (const scene of scenes) await act(world, scene);
  const open = (): Scene[] => scenes.filter((scene) => !isOnRecord(operator, scene, { now, digest: before.get(scene.cast) }));
  const done = await waitUntil(() => open().length === 0 && operator.isQuiet(), { withinMs: WITHIN_MS, everyMs: 5 });
  if (!done) {
    const [missing] = open();
    const what = missing ? `${missing.act.kind} at ${missing.act.atMs / 1000}s in ${missing.cast.namespace}` : 'quiet';
    throw new Error(`the operator does not get on: ${what}`);
  }
}

/** Does what a person does in a scene. */
async function act({ api }: World, { cast, act: { kind, atMs } }: Scene): Promise<void> {
  switch (kind) {
    case 'Begin':
    case 'Change':
    case 'Recreate':
      return api.apply(manifestAt(cast, atMs));
    case 'Suspend':
      return api.patch('CertificationCriterion', keyOf(cast), { spec: { suspend: { reason: 'told so' } } });
    case 'Resume':
      return api.patch('CertificationCriterion', keyOf(cast), { spec: { suspend: null } });
    case 'Delete':
      return api.remove('CertificationCriterion', keyOf(cast));
    case 'End':
      if (await api.find('CertificationCriterion', keyOf(cast))) await api.remove('CertificationCriterion', keyOf(cast));
      return;
    case 'See':
    case 'Stop':
    case 'Start':
      return;
  }
}

function isOnRecord(
  { ledger }: HandDrivenOperator,
  { cast, act }: Scene,
  { now, digest }: { readonly now: number; readonly digest: string | undefined },
): boolean {
  const known = ledger.get(keyOf(cast));
  if (!known) return false;
  const { state } = known;
  switch (act.kind) {
    case 'See':
      return state.track.last?.slot === now && state.track.last.outcome === act.outcome;
    case 'Change':
      return known.specDigest !== digest;
    case 'Suspend':
      return state.standing === 'Suspended';
    case 'Delete':
    case 'End':
      return state.standing === 'Deleted';
    case 'Begin':
    case 'Resume':
    case 'Recreate':
    case 'Start':
      return state.standing === 'InForce';
    case 'Stop':
      return true;
  }
}

/** The criterion as it is applied at this point of its story. */
function manifestAt(cast: Cast, at: number): Manifest {
  const { story } = cast;
  const changes = story.happenings.filter((happening) => happening.kind === 'Change');
  const spec = changes.findLast(({ atMs }) => atMs <= at)?.spec ?? story.spec;
  const evidence = [{ name: 'up', prometheus: { source: 'prometheus', query: queryOf(cast) } }];
  return {
    kind: 'CertificationCriterion',
    metadata: { name: NAME, namespace: cast.namespace },
    ...{ spec: { ...spec, service: SERVICE, evidence } },
  };
}

async function collect(operator: HandDrivenOperator, casts: readonly Cast[], beganAt: number): Promise<Map<Cast, Told>> {
  const told = new Map<Cast, Told>();
  for (const cast of casts) {
    const log = await readLog(operator.store, { namespace: cast.namespace, service: SERVICE });
    told.set(cast, {
      chronicle: chronicleOf(log, keyOf(cast), { beganAt, endMs: cast.story.endMs }),
      known: operator.ledger.get(keyOf(cast))?.state,
      folded: folded(log.events, keyOf(cast)).state,
    });
  }
  return told;
}

const keyOf = (cast: Cast): string => `${cast.namespace}/${NAME}`;
