import { AssayError, messageOf } from '../platform/errors.ts';
import { fetchParts } from './get/fetch-part.ts';
import { PART_NAMES, type PartName } from './register.ts';

// A program of its own, started by the Makefile: beside src/main.ts the only reader of process.env.

/**
 * `node src/parts/fetch.ts [part ...]`: fetches the parts (without names: all), tells progress on standard error and
 * prints a line `name path` for each on standard output.
 */
async function main(args: readonly string[]): Promise<void> {
  const giveUp = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp.abort(new Error(`ended by ${signal}`)));
  const names = args.length === 0 ? PART_NAMES : args.map(partNamed);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const paths = await fetchParts(names, { env: process.env, say, signal: giveUp.signal });
  for (const name of names) process.stdout.write(`${name} ${paths[name]}\n`);
}

function partNamed(text: string): PartName {
  const name = PART_NAMES.find((each) => each === text);
  if (name === undefined) throw new AssayError('USAGE', `there is no part "${text}"; there are ${PART_NAMES.join(', ')}`);
  return name;
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
