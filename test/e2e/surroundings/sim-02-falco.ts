import { fetch } from 'undici';

import { falcoText } from '../../../src/inbox/examples.ts';
import { startFakeFalco } from '../../../src/sources/falco/fake-falco.ts';
import { secret } from '../../cluster/manifests.ts';
import { dismissAll, incident } from './incidents.ts';
import type { SetUp } from './surroundings.ts';

const TOKEN = 'a-token-of-the-tests';
const RULE = 'Drop and execute new binary in container';

/**
 * The metrics of a calm Falco, which can't run on these machines; then it pushes a critical alert, and counts it. Of two suspicions one
 * is never classified.
 */
export const falco: SetUp = async (world) => {
  const running = await world.session.use(startFakeFalco());
  const startedAt = Date.now();
  Object.defineProperty(running.state, 'upSeconds', { get: () => 1_000 + (Date.now() - startedAt) / 1000 });
  await dismissAll(world);
  await world.api.apply(secret('falco-intake', { token: TOKEN }), incident('known', { state: 'Suspected', category: 'Malware' }));
  return {
    sources: { falco: `${running.url}/metrics` },
    judge: 'operator',
    breakIt: async (operatorUrl) => {
      await world.api.apply(incident('unclassified', { state: 'Suspected', origin: { rule: RULE, workload: 'shop/front' } }));
      running.state.matches[`2 ${RULE}`] = 1;
      const answer = await fetch(`${operatorUrl}/intake/falco/falco/${TOKEN}`, {
        method: 'POST',
        body: falcoText({ rule: RULE }),
      });
      if (answer.status !== 204) throw new Error(`the intake answers ${answer.status}: ${await answer.text()}`);
    },
  };
};
