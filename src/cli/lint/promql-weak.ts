import type { Tree } from '@lezer/common';

import { weakParts } from '../../sources/prometheus/weak.ts';
import type { QueryFinding } from './promql.ts';

/** Parts of a query that weaken it as evidence: allowed, but an authority will ask about them. */
export function weaknesses(tree: Tree, query: string): QueryFinding[] {
  return weakParts(tree.topNode, query).map(({ offset, said, effect, advice }) => ({
    ...{ offset, severity: 'warning' },
    message: `weak query: ${said} ${effect}; ${advice}`,
  }));
}
