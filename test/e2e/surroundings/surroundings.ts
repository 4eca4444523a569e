import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';

import { parse } from 'yaml';

import { fetchParts, type PartName } from '../../../src/parts/index.ts';
import type { World } from '../../cluster/operator-world.ts';

/** What an example needs around it. */
export interface Surroundings {
  /** Addresses of its sources, by name. */
  readonly sources: Readonly<Record<string, string>>;
  /** Makes what it watches fail; `operatorUrl` is that of the operator that judges, if one does. */
  readonly breakIt: (operatorUrl: string) => Promise<void>;
  /** Names of the criteria that fail then; all of them unless said. */
  readonly failing?: readonly string[];
  /** Who judges: what stands in the cluster itself, or is pushed, only the operator sees. */
  readonly judge?: 'evaluate' | 'operator';
}

/** Sets up the surroundings of an example; `folder` is that of the example. */
export type SetUp = (world: World, folder: string) => Promise<Surroundings>;

/** The program of a part. */
export async function binaryOf(world: World, part: PartName): Promise<string> {
  const found = await fetchParts([part], { env, say: () => undefined, signal: world.session.signal });
  return found[part];
}

/** A YAML file of an example. */
export const readYaml = (folder: string, file: string): unknown => parse(readFileSync(join(folder, file), 'utf8'));
