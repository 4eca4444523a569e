import { eventually } from '../cluster/operator-world.ts';
import { applyAndWatch, type Crowd, expectCalm, openCrowd } from './crowd.ts';
import { expectAllToHold } from './what-must-hold.ts';

// Many criteria at once; test/faults/long does it with 2,000.

const SIZE = 200;
const MOST_BYTES = 400 * 2 ** 20;

let crowd: Crowd;

beforeAll(async () => {
  crowd = await openCrowd(SIZE, { interval: '5s' });
}, 120_000);

afterAll(() => crowd.close(), 60_000);

test('applied at once: each is judged and shown, and the operator goes on answering', async () => {
  expectCalm(await applyAndWatch(crowd, SIZE, 180_000), MOST_BYTES);
  await expectAllToHold({ api: crowd.world.api, store: crowd.operator.store }, 120_000);
}, 330_000);

test('deleted at once: each deletion is on record', async () => {
  await crowd.removeAll();
  await eventually(async () => expect(await crowd.standing()).toEqual({ judged: SIZE, deleted: SIZE, shown: 0 }), 90_000);
  await expectAllToHold({ api: crowd.world.api, store: crowd.operator.store }, 120_000);
}, 240_000);
