import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { records } from '../../api/validate-recorded.fixtures.ts';
import { systemClock } from '../../platform/clock.ts';
import { runEvaluate } from './index.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-evaluate-'));
  await writeFile(join(dir, 'criterion.json'), JSON.stringify(records({})));
});

afterEach(() => rm(dir, { recursive: true }));

test.each([
  ['now', { at: 'now' }],
  ['of the last hour', { from: '-1h' }],
])('what rests on the log of the operator is Inconclusive without one, and says so, %s', async (_when, range) => {
  const said: string[] = [];
  const code = await runEvaluate(
    { paths: [dir], sources: {}, output: 'table', ...range },
    {
      write: (text) => void said.push(text),
      warn: (text) => void said.push(text),
      clock: systemClock,
      signal: new AbortController().signal,
    },
  );
  expect(code).toBe(2);
  expect(said.join('\n')).toContain('there is no evidence log here: records can be judged by the operator only');
});
