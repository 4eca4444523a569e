import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Guard, GUARDS } from './guards.ts';
import { failuresIn, type GuardResult, type JestReport, tally } from './tally.ts';

/**
 * `node test/reporter/main.ts`: runs everything that guards main, each guard although others failed; the last line is
 * `N passed, N failed`. Exits 0 only if nothing failed.
 */
async function main(): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-test-'));
  const results: GuardResult[] = [];
  try {
    for (const guard of GUARDS) results.push(await run(guard, join(dir, `${results.length}.json`)));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  for (const { name, report } of results) {
    for (const failure of report ? failuresIn(report) : []) print(`\n== failed in ${name}: ${failure}`);
  }
  for (const { name, ok } of results) print(`${ok ? 'ok    ' : 'FAILED'}  ${name}`);
  const { passed, failed } = tally(results);
  print(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function run({ name, args, withinMs, jest = false }: Guard, reportPath: string): Promise<GuardResult> {
  print(`\n== ${name}`);
  const from = Date.now();
  const ok = await succeeds(jest ? [...args, '--json', `--outputFile=${reportPath}`] : args, withinMs);
  print(`== ${name}: ${ok ? 'ok' : 'FAILED'} after ${Math.round((Date.now() - from) / 1000)} s`);
  return { name, ok, report: jest ? await reportIn(reportPath) : undefined };
}

function succeeds(args: readonly string[], timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit', timeout });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

async function reportIn(path: string): Promise<JestReport | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as JestReport);
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

process.exitCode = await main();
