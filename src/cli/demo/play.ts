import { waitUntil } from '../../parts/index.ts';
import { takePicture } from './picture.ts';
import type { Scene } from './scene.ts';
import { secondsText } from './screen.ts';
import type { Sight } from './sight.ts';
import type { Hands, Step } from './steps.ts';

const LOOK_EVERY_MS = 300;

/** Plays one step: tells it, does it, and waits until it is seen; throws what is missing when it is not seen in time. */
export async function play(step: Step, number: string, scene: Scene): Promise<void> {
  const { screen, io, options } = scene.telling;
  const { kubectl } = scene.world;
  screen.heading(`${number}  ${step.title}`);
  screen.paragraph(step.text);
  await step.act(handsOf(scene));
  const from = io.clock.now();
  const within = secondsText(options.withinMs);
  const sight = await screen.waiting(`waiting for ${step.waitsFor}, at most ${within}`, watch(step, scene));
  if (sight.kind === 'NotYet') throw new Error(`Not seen within ${within}: ${sight.missing}.`);
  screen.paragraph(`Seen after ${secondsText(io.clock.now() - from)}:`);
  for (const sentence of sight.sentences) screen.seen(sentence);
  const get = ['get', 'certificationcriteria,evidencereports', '-n', namespaceOf(scene)];
  screen.command(`kubectl ${get.join(' ')}`, await kubectl(...get));
}

async function watch({ look }: Step, scene: Scene): Promise<Sight> {
  const { world, telling } = scene;
  const last: { sight: Sight } = { sight: { kind: 'NotYet', missing: 'anything' } };
  const isSeen = async (): Promise<boolean> => {
    last.sight = look(await takePicture(world.kubectl, namespaceOf(scene), world.rooms));
    if (last.sight.kind === 'NotYet' && world.operator.daemon.pid === undefined) {
      throw new Error(`The operator has ended by itself. Not seen: ${last.sight.missing}.`);
    }
    return last.sight.kind === 'Seen';
  };
  const { io, options, session } = telling;
  await waitUntil(isSeen, { withinMs: options.withinMs, everyMs: LOOK_EVERY_MS, signal: session.signal, clock: io.clock });
  return last.sight;
}

function handsOf({ world, telling: { screen } }: Scene): Hands {
  const { shop, example, kubectl } = world;
  return {
    applyExample: async () => {
      screen.rows(example.changes.map(({ field, from, to }) => [field, from, '->', to]));
      screen.command(`kubectl apply -f ${example.folder}`, await kubectl('apply', '-f', example.folder));
    },
    stopShop: () => screen.waiting('stopping the shop', shop.daemon.stop()),
    startShop: () => screen.waiting('starting the shop', shop.daemon.start()),
  };
}

const namespaceOf = ({ world }: Scene): string => world.example.criterion.metadata.namespace ?? 'default';
