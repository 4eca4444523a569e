import type { Manifest } from '../../cluster/kube-api.ts';
import { eventually, type World } from '../../cluster/operator-world.ts';

/** An incident of the service of the examples. */
export const incident = (name: string, spec: object = {}): Manifest => ({
  kind: 'Incident',
  metadata: { name, namespace: 'shop' },
  ...{ spec: { service: 'shop', title: `About ${name}`, ...spec } },
});

/** Ends what the examples before left open: all are about one service. */
export async function dismissAll({ api }: World): Promise<void> {
  // A kind that was just made can not be listed at once.
  for (const { metadata, spec } of await eventually(() => api.list('Incident', 'shop'))) {
    if (spec.state !== 'Open' && spec.state !== 'Suspected') continue;
    const dismissal = { author: 'tester', reason: 'The example is over.' };
    await api.patch('Incident', `shop/${metadata.name}`, { spec: { state: 'Dismissed', dismissal } });
  }
}
