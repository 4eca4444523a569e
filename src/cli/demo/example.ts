import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { dump } from 'js-yaml';

import type { KubeObject } from '../../api/common.ts';
import type { CertificationCriterion } from '../../api/criterion.ts';
import { AssayError } from '../../platform/errors.ts';
import { loadManifests } from '../manifests/index.ts';
import { CHECKOUT } from './kubectl.ts';
import { AUDIENCES, channelTo, type Rooms } from './rooms.ts';
import { type Change, redirectSource, shortenCriterion } from './shorten.ts';

/** The example that the demo tells of, below the checkout. */
export const EXAMPLE = 'examples/ops-02-availability';

/** The example as the demo applies it. */
export interface Example {
  readonly criterion: CertificationCriterion;
  /** Folder of its manifests, with the times and the address of the demo. */
  readonly folder: string;
  readonly changes: readonly Change[];
}

/** Writes the manifests of the example into a folder, changed as `shorten.ts` says and in nothing else, and the channels of the demo. */
export async function writeExample(folder: string, prometheusUrl: string, rooms: Rooms): Promise<Example> {
  const from = join(CHECKOUT, EXAMPLE);
  const loaded = await loadManifests([from]);
  const [criterion] = loaded.kind === 'Loaded' ? loaded.criteria : [];
  const [source] = loaded.kind === 'Loaded' ? loaded.sources : [];
  if (criterion === undefined || source === undefined)
    throw new AssayError('MANIFEST_INVALID', `${EXAMPLE} is not as it should be`);
  const shortened = shortenCriterion(criterion.object);
  const redirected = redirectSource(source.object, prometheusUrl);
  await mkdir(folder, { recursive: true });
  await copyFile(join(from, 'namespace.yaml'), join(folder, 'namespace.yaml'));
  for (const { file, object } of [
    { file: criterion.file, object: shortened.object },
    { file: source.file, object: redirected.object },
  ]) {
    await writeFile(join(folder, basename(file)), yamlOf(object));
  }
  await writeFile(join(folder, 'told.yaml'), AUDIENCES.map((audience) => yamlOf(channelTo(audience, rooms))).join('---\n'));
  return { criterion: shortened.object, folder, changes: [...redirected.changes, ...shortened.changes] };
}

const yamlOf = (object: KubeObject): string => dump(object);
