import type { Manifest } from './kube-api.ts';

export const HOUR = 3_600_000;

/** The moment so long from now. */
export const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
/** A window that opens and closes so long from now. */
export const windowIn = (from: number, to: number): object => ({ window: { from: inMs(from), to: inMs(to) } });

/** A change of the shop whose window opens in an hour, for an hour, asked for by Ada. */
export const changeRecord = (name: string, spec: object = {}): Manifest => ({
  kind: 'ChangeRecord',
  metadata: { name, namespace: 'shop' },
  ...{
    spec: {
      ...{ service: 'shop', owner: 'team-shop', initiator: 'storage', ticket: 'SHOP-1', description: `About ${name}` },
      ...{ category: 'Regular', risk: 'Low', requestedBy: 'ada', ...windowIn(HOUR, 2 * HOUR) },
      ...spec,
    },
  },
});
/** A comment of Ada's. */
export const comment = (name: string, spec: object = {}): Manifest => ({
  kind: 'DeviationComment',
  metadata: { name, namespace: 'shop' },
  ...{ spec: { service: 'shop', criterion: 'up', kind: 'Cause', text: 'A full disk.', author: 'ada', ...spec } },
});
