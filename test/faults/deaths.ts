import type { Daemon } from '../../src/parts/index.ts';
import { eventually } from '../cluster/operator-world.ts';
import type { Death } from './dying-process.ts';
import { FRONT, type ShopScene } from './shop-scene.ts';

/**
 * Where an operator that watches the shop dies: between what it puts on record and what it tells. In this order, from a store that is
 * new: what one death leaves undone, the next start has to do.
 */
export const DEATHS = {
  'before its first start is on record': at('before append OperatorStarted'),
  'once its start is on record': at('after append OperatorStarted'),
  'while it reads what is there': at('after GET certificationcriteria'),
  'before it has a criterion on record': at('before append CriterionChanged', edit),
  'with one criterion on record': at('after append CriterionChanged', edit),
  'before the first report': (scene) => ({ point: 'before PATCH evidencereports', deed: () => loseReport(scene) }),
  'with the report and no status': at('before PATCH status', turn),
  'before an observation is durable': at('before append Observation', undefined, 3),
  'once an observation is durable': at('after append Observation', undefined, 3),
  'before a verdict is on record': at('before append VerdictChanged', turn),
  'with a verdict on record that nobody was told': at('after append VerdictChanged', turn),
  'before the Event': at('before POST events', turn),
  'with an Event that it does not remember': at('after POST events', turn),
  'before it remembers what it told': at('before setCursor', turn),
  'once it remembers what it told': at('after setCursor', turn),
  'with a status written and not noted': at('after PATCH status', turn),
  'before missed slots are on record': at('before append ReadBack'),
  'with half of the missed slots on record': at('after append ReadBack'),
  'before a change is on record': at('before append CriterionChanged', edit),
  'with a change on record that nobody was told': at('after append CriterionChanged', edit),
  'before its end is on record': at('before append OperatorStopped', end),
  'once its end is on record': at('after append OperatorStopped', end),
  'before its states are saved': at('before saveSnapshot', workAndEnd),
  'once its states are saved': at('after saveSnapshot', workAndEnd),
  'while it lets go of the store': at('before close', end),
} satisfies Record<string, (scene: ShopScene) => Death>;

/** Those that CI tries; the others are for `make faults`. */
export const DEATHS_IN_CI: readonly (keyof typeof DEATHS)[] = [
  'while it reads what is there',
  'with one criterion on record',
  'with the report and no status',
  'once an observation is durable',
  'before a verdict is on record',
  'with a verdict on record that nobody was told',
  'with an Event that it does not remember',
  'before it remembers what it told',
  'with half of the missed slots on record',
  'with a change on record that nobody was told',
  'once its end is on record',
  'before its states are saved',
  'once its states are saved',
];

type Deed = (scene: ShopScene, operator: Daemon) => Promise<unknown>;

function at(point: string, deed?: Deed, nth = 1): (scene: ShopScene) => Death {
  return (scene) => ({ point, nth, ...(deed && { deed: (operator: Daemon) => deed(scene, operator) }) });
}

function turn(scene: ShopScene): Promise<void> {
  return scene.turn();
}

function edit({ world }: ShopScene): Promise<void> {
  return world.api.patch('CertificationCriterion', FRONT, { spec: { title: `Edited at ${Date.now()}` } });
}

function end(_scene: ShopScene, operator: Daemon): Promise<void> {
  return operator.stop();
}

/** It has something to save. */
async function workAndEnd(scene: ShopScene, operator: Daemon): Promise<void> {
  await edit(scene);
  await eventually(async () => {
    const { metadata, status } = await scene.world.api.get('CertificationCriterion', FRONT);
    expect(status?.observedGeneration).toBe(metadata.generation);
  }, 60_000);
  await operator.stop();
}

/** It is made anew at once. */
async function loseReport({ world }: ShopScene): Promise<void> {
  if (await world.api.find('EvidenceReport', FRONT)) await world.api.remove('EvidenceReport', FRONT);
}
