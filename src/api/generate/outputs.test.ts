import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { differences, writeGenerated } from './outputs.ts';

let root: string;
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'assay-generate-'))));
afterEach(() => rm(root, { recursive: true }));

test('an empty folder misses every file', async () => {
  expect(await differences(root)).toContain('missing: crds/assay.dev_evidencesources.yaml');
});

test('what was written does not differ, and writing it again changes nothing', async () => {
  await writeGenerated(root);
  expect(await differences(root)).toEqual([]);
  await writeGenerated(root);
  expect(await differences(root)).toEqual([]);
});

test('an edited file and a left-over one are named, and writing mends both', async () => {
  await writeGenerated(root);
  await writeFile(join(root, 'docs/reference/reasons.md'), 'edited');
  await writeFile(join(root, 'crds/assay.dev_former.yaml'), 'left over');
  await writeFile(join(root, 'helm/assay/files/crds/assay.dev_evidencesources.yaml'), 'edited');
  expect(await differences(root)).toEqual([
    'differs: helm/assay/files/crds/assay.dev_evidencesources.yaml',
    'differs: docs/reference/reasons.md',
    'left over: crds/assay.dev_former.yaml',
  ]);
  await writeGenerated(root);
  expect(await differences(root)).toEqual([]);
});
