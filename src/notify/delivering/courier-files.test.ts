import { World } from './courier.fixtures.ts';
import type { Attachment } from '../notifier.ts';
import { deviation, MINUTE, more, over, START } from '../stories/stories.fixtures.ts';

const up = deviation('up', START);
const DOCUMENT: Attachment = { name: 'incident.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF') };
const abilities = { edits: true, threads: true, files: true, once: true };
const filesOf = () => Promise.resolve([DOCUMENT]);

/** What was sent, each with how many files. */
const sent = ({ platform }: World): string[] =>
  platform.deliveries.map(({ action, attachments }) => `${action.kind} ${attachments.length}`);

test('files go with the message that says that it is over, and with no other', async () => {
  const world = new World({ abilities, filesOf });
  world.courier.offer(up);
  await world.clock.advance(MINUTE);
  const ended = over(up, START + MINUTE);
  world.courier.offer(ended);
  await world.clock.advance(MINUTE);
  world.courier.offer(more(ended, START + 2 * MINUTE, 'acknowledged'));
  await world.clock.advance(MINUTE);
  expect(sent(world)).toEqual(['Post 0', 'Reply 1', 'Edit 0', 'Reply 0', 'Edit 0']);
});

test('what was over before it could be told brings them with its first message, also when that is sent again', async () => {
  const world = new World({ abilities, filesOf });
  world.platform.fates = ['Lost'];
  world.courier.offer(over(up, START + MINUTE));
  await world.clock.advance(5 * MINUTE);
  expect(sent(world)).toEqual(['Post 1', 'Post 1']);
});

test.each(
  Object.entries({
    'a platform that takes none gets none': { abilities: { ...abilities, files: false }, filesOf },
    'files that can not be made hold up nothing': { abilities, filesOf: () => Promise.reject(new Error('no font')) },
    'without anybody who makes some there are none': { abilities },
  }),
)('%s', async (_sentence, options) => {
  const world = new World(options);
  world.courier.offer(over(up, START + MINUTE));
  await world.clock.advance(MINUTE);
  expect(sent(world)).toEqual(['Post 0']);
});

test('files that the platform refuses keep nobody from being told that it is over', async () => {
  const world = new World({ abilities, filesOf });
  world.platform.fates = ['Rejected'];
  world.courier.offer(over(up, START + MINUTE));
  await world.clock.advance(MINUTE);
  expect(sent(world)).toEqual(['Post 1', 'Post 0']);
  expect(world.phases()).toEqual(['Post Attempted', 'Post Delivered']);
  expect(new Set(world.platform.deliveries.map(({ id }) => id)).size).toBe(1);
  // It may be there without them.
  expect(world.platform.deliveries.map(({ repeated }) => repeated)).toEqual([false, true]);
});

test('a message that is refused without its files too was refused', async () => {
  const world = new World({ abilities, filesOf });
  world.platform.fates = ['Rejected', 'Rejected'];
  world.courier.offer(over(up, START + MINUTE));
  await world.clock.advance(MINUTE);
  expect(world.phases()).toEqual(['Post Attempted', 'Post Rejected']);
});
