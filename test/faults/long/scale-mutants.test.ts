import { type MutantWorld, openMutantWorld } from '../mutant-world.ts';
import { expectAllToHold } from '../what-must-hold.ts';

// Other mutants each time; the number that names them stands in the failure.

const COUNT = 1_000;

let mutants: MutantWorld;

beforeAll(async () => {
  mutants = await openMutantWorld();
}, 120_000);

afterAll(() => mutants.close(), 60_000);

const seedOfToday = (): number => Math.floor(Math.random() * 2 ** 31);

async function sendAndLook(seed: number): Promise<void> {
  await mutants.send({ count: COUNT, seed });
  await mutants.expectNobodyStopped().catch((cause: unknown) => {
    throw new Error(`mutants of seed ${seed}`, { cause });
  });
}

test('five thousand mutants, and those that the API server takes stop nobody', async () => {
  for (let round = 0; round < 5; round += 1) await sendAndLook(seedOfToday());
}, 600_000);

test('a thousand mutants that all reach the operator stop nobody, nor do they after a restart', async () => {
  await mutants.loosen();
  await sendAndLook(seedOfToday());
  await mutants.operator.restart();
  await mutants.expectNobodyStopped();
  await expectAllToHold({ api: mutants.world.api, store: mutants.operator.store }, 300_000);
}, 900_000);
