/**
 * What each example needs around it: one file an example, and one line here. Real parts throughout.
 */
import { clusterEvidence } from './cluster-evidence.ts';
import { findings } from './com-03-findings.ts';
import { alerts } from './from-alerts.ts';
import { availability } from './ops-02-availability.ts';
import { capacity } from './ops-02-capacity.ts';
import { logs } from './ops-13-logs.ts';
import { monitoring } from './ops-17-monitoring.ts';
import { customers } from './ops-21-customers.ts';
import { falco } from './sim-02-falco.ts';
import { resolutions } from './sim-03-resolution.ts';
import type { SetUp } from './surroundings.ts';

export type { Surroundings } from './surroundings.ts';

/** How the surroundings of each example are set up, by the name of its folder. */
export const EXAMPLES: Readonly<Record<string, SetUp>> = {
  'cluster-evidence': clusterEvidence,
  'com-03-findings': findings,
  'from-alerts': alerts,
  'ops-02-availability': availability,
  'ops-02-capacity': capacity,
  'ops-13-logs': logs,
  'ops-17-monitoring': monitoring,
  'ops-21-customers': customers,
  'sim-02-falco': falco,
  'sim-03-resolution': resolutions,
};
