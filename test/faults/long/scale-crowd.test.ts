import { eventually } from '../../cluster/operator-world.ts';
import { applyAndWatch, type Crowd, expectCalm, openCrowd } from '../crowd.ts';
import { expectAllToHold } from '../what-must-hold.ts';

const SIZE = 2_000;
// The limit of the chart.
const MOST_BYTES = 512 * 2 ** 20;

let crowd: Crowd;

beforeAll(async () => {
  crowd = await openCrowd(SIZE, { interval: '30s' });
}, 120_000);

afterAll(() => crowd.close(), 60_000);

test('2,000 applied at once: each is judged and shown, and the operator goes on answering', async () => {
  const watched = await applyAndWatch(crowd, SIZE, 600_000);
  expectCalm(watched, MOST_BYTES);
  const { answerMs, largestBytes, writesASecond, untilShownMs } = watched;
  console.info({
    readyMs: { half: answerMs[answerMs.length >> 1], most: answerMs.at(-1) },
    largestMegabytes: Math.round(largestBytes / 2 ** 20),
    writesASecond: Math.round(writesASecond),
    untilShownSeconds: Math.round(untilShownMs / 1000),
  });
  await expectAllToHold({ api: crowd.world.api, store: crowd.operator.store }, 600_000);
}, 1_500_000);

test('2,000 deleted at once: each deletion is on record', async () => {
  await crowd.removeAll();
  await eventually(async () => expect(await crowd.standing()).toEqual({ judged: SIZE, deleted: SIZE, shown: 0 }), 300_000);
  await expectAllToHold({ api: crowd.world.api, store: crowd.operator.store }, 600_000);
}, 1_200_000);
