import { type FakeReceiver, startFakeReceiver } from '../../../src/notify/webhook/fake-server.ts';
import { criterion } from '../../cluster/manifests.ts';
import { eventually } from '../../cluster/operator-world.ts';
import { dismissAll, incident } from './incidents.ts';
import type { SetUp } from './surroundings.ts';

const statement = { statement: 'The shop is open.', validFor: '30d', by: 'ada', at: '2026-11-22T10:00:00Z' };
const WORDS = { id: 1, author: 'ada', audience: 'customers', text: 'We are working on it.' };
const WITHIN_MS = 60_000;

/** A suspicion, of which customers need not be told, and an incident of which they are; then one, and an outage, of which they are not. */
export const customers: SetUp = async (world) => {
  await dismissAll(world);
  await world.api.apply(incident('suspicion', { state: 'Suspected' }), incident('told', { updates: [WORDS] }));
  const receiver = await world.session.use(startReceiver());
  return {
    sources: { 'customers-of-the-shop': receiver.url },
    judge: 'operator',
    breakIt: async () => {
      await eventually(() => {
        if (!receiver.events.some((event) => JSON.stringify(event).includes(WORDS.text)))
          throw new Error('customers were not told');
      }, WITHIN_MS);
      receiver.state = 'gone';
      await world.api.apply(incident('untold', { updates: [WORDS] }), outage);
    },
  };
};

async function startReceiver(): Promise<FakeReceiver & { stop(): Promise<void> }> {
  const receiver = await startFakeReceiver({ now: Date.now });
  return Object.assign(receiver, { stop: () => receiver.close() });
}

const outage = criterion(
  'shop/outage',
  { source: 'none' },
  {
    ...{ service: 'shop', holdFor: '0s', escalation: [{ after: '0s', audience: 'customers' }] },
    evidence: [{ name: 'open', attestation: statement }],
    rule: { threshold: { evidence: 'open', op: '==', value: 0 } },
  },
);
