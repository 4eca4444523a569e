import { openMutantWorld, type MutantWorld, TEMPLATED } from './mutant-world.ts';
import { expectAllToHold } from './what-must-hold.ts';

// A thousand randomly mutated resources; test/faults/long takes other ones each time.

const STRICT = { count: 1_000, seed: 4 };
const LOOSE = { count: 250, seed: 5 };

let mutants: MutantWorld;

beforeAll(async () => {
  mutants = await openMutantWorld();
}, 120_000);

afterAll(() => mutants.close(), 60_000);

test('most are refused by the API server, and those that pass stop nobody', async () => {
  const { accepted, refused } = await mutants.send(STRICT);
  expect(refused).toBeGreaterThan(STRICT.count / 2);
  expect(accepted).toBeGreaterThan(20);
  await mutants.expectNobodyStopped();
}, 240_000);

test('where the CRDs say nothing all of them reach the operator, and stop nobody', async () => {
  await mutants.loosen();
  const { accepted } = await mutants.send(LOOSE);
  expect(accepted).toBeGreaterThan(LOOSE.count / 2);
  await mutants.expectNobodyStopped();
}, 240_000);

test.each(TEMPLATED.map(({ kind }) => kind))(
  '%s: whoever wrote it is told that it can not be used',
  (kind) => mutants.expectToBeNamed(kind),
  90_000,
);

test('a restart finds them all again, and judges on', async () => {
  await mutants.operator.restart();
  await mutants.expectNobodyStopped();
  await expectAllToHold({ api: mutants.world.api, store: mutants.operator.store }, 120_000);
}, 240_000);
