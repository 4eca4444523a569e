import fc from 'fast-check';

import { type Fate, World } from './courier.fixtures.ts';
import { deviation, MINUTE, more, over, START } from '../stories/stories.fixtures.ts';
import type { Story } from '../stories/story.ts';

/** What happens: a story moves on, time passes, the courier is killed so many steps later. */
type Happening =
  | { readonly kind: 'Turn' | 'End'; readonly story: number }
  | { readonly kind: 'Pass'; readonly ms: number }
  | { readonly kind: 'Kill'; readonly steps: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('Turn' as const, 'End' as const), story: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('Pass' as const), ms: fc.constantFrom(0, 500, 1_500, 5_000, 70_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('Kill' as const), steps: fc.integer({ min: 1, max: 12 }) }) },
);
const fates = (...of: Fate[]) => fc.array(fc.constantFrom<Fate>('Delivered', ...of), { maxLength: 25 });

/** Stories of two services, of which two have one cause. */
const beginnings = (): Story[] => [
  ...[deviation('a', START), deviation('b', START), deviation('c', START, { namespace: 'post', service: 'mail' })],
  deviation('d', START + 1, { namespace: 'post', service: 'wiki' }),
];

/** Plays it, and everything that is left until nothing more is to be told. */
async function played(
  happenings: readonly Happening[],
  script: readonly Fate[],
  options: ConstructorParameters<typeof World>[0] = {},
): Promise<World & { stories: Story[] }> {
  const world = Object.assign(new World(options), { stories: beginnings() });
  world.platform.fates = [...script];
  let turns = 0;
  const offerAll = (): void => world.stories.forEach((story) => world.courier.offer(story));
  const restartIfDead = (): void => {
    if (!world.isDead) return;
    world.restart();
    offerAll();
  };
  const move = (index: number, change: (story: Story) => Story): void => {
    const story = world.stories[index]!;
    if (story.ended) return;
    world.stories[index] = change(story);
    world.courier.offer(world.stories[index]);
  };
  offerAll();
  for (const each of happenings) {
    if (each.kind === 'Pass') await world.clock.advance(each.ms);
    else if (each.kind === 'Kill') world.killAfter(each.steps);
    else if (each.kind === 'Turn') move(each.story, (story) => more(story, world.clock.now(), `turn <${turns++}>`));
    else move(each.story, (story) => over(story, world.clock.now()));
    restartIfDead();
  }
  for (const index of world.stories.keys()) move(index, (story) => over(story, world.clock.now()));
  for (let count = 0; count < 8; count++) {
    await world.clock.advance(10 * MINUTE);
    restartIfDead();
  }
  return world;
}

const last = (cards: readonly { readonly tone: string }[]): string | undefined => cards.at(-1)?.tone;

describe('killed between any two steps, on a platform that fails as it likes', () => {
  test('no story is untold, the last state is shown, and nothing is visible twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { maxLength: 25 }),
        fates('Lost', 'Unheard', 'NotNow', 'Stopped'),
        async (happenings, script) => {
          const { platform, courier, stories, log } = await played(happenings, script);
          expect(courier.standing.pending).toBe(0);
          const posts = platform.messages.filter(({ action }) => action === 'Post');
          expect(posts.every(({ cards }) => last(cards) === 'Ended')).toBe(true);
          expect(posts.length).toBe(new Set(log.map(({ body }) => body.story)).size);
          const told = new Set(log.filter(({ body }) => body.phase === 'Delivered').flatMap(({ body }) => body.stories));
          expect(told).toEqual(new Set(stories.map(({ id }) => id)));
          const lines = platform.messages
            .filter(({ action }) => action === 'Reply')
            .flatMap(({ cards }) => cards[0]?.paragraphs.join('\n').match(/<\d+>/g) ?? []);
          expect(new Set(lines).size).toBe(lines.length);
          courier.stop().catch(() => undefined);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  test('also where messages are deleted, no story is untold and the last state is shown', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 20 }), fates('Gone', 'Unheard', 'NotNow'), async (happenings, script) => {
        const { platform, courier, log } = await played(happenings, script);
        expect(courier.standing.pending).toBe(0);
        const posts = platform.messages.filter(({ action }) => action === 'Post');
        const threads = new Set(log.map(({ body }) => body.story)).size;
        expect(posts.length).toBeLessThanOrEqual(threads + platform.gone);
        expect(posts.filter(({ cards }) => last(cards) === 'Ended').length).toBeGreaterThanOrEqual(threads);
        courier.stop().catch(() => undefined);
      }),
      { numRuns: 80 },
    );
  }, 60_000);

  test('also where messages can only be added, everything is told', async () => {
    const abilities = { edits: false, threads: false, files: false, once: true };
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 20 }), fates('Lost', 'Unheard', 'NotNow'), async (happenings, script) => {
        const { platform, courier, log } = await played(happenings, script, { abilities });
        expect(courier.standing.pending).toBe(0);
        for (const story of new Set(log.map(({ body }) => body.story)))
          expect(log.findLast(({ body }) => body.story === story)?.body).toMatchObject({ phase: 'Delivered', ended: true });
        const lines = platform.messages.flatMap(({ cards }) =>
          cards[0]?.facts.length === 0 ? (cards[0].paragraphs.join('\n').match(/<\d+>/g) ?? []) : [],
        );
        expect(new Set(lines).size).toBe(lines.length);
        courier.stop().catch(() => undefined);
      }),
      { numRuns: 80 },
    );
  }, 60_000);
});
