import { join } from 'node:path';
import { argv, stdout } from 'node:process';

import { differences, writeGenerated } from './outputs.ts';

// `npm run generate` writes the generated files; with `--check` it writes nothing and exits 1 if they are not up to date.
const root = join(import.meta.dirname, '../../..');

if (argv.includes('--check')) {
  const found = await differences(root);
  for (const line of found) stdout.write(`${line}\n`);
  if (found.length > 0) stdout.write('run `npm run generate` and commit what it writes\n');
  process.exitCode = found.length > 0 ? 1 : 0;
} else {
  await writeGenerated(root);
}
