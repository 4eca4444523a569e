/** For tests of what a kill leaves behind: both ends of a process that acknowledges what it stored until it is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const CALLS_AT_A_TIME = 8;
/** Not `process.stdout.fd`: to look at `process.stdout` makes the pipe non-blocking, and a reader that lags an error (EAGAIN). */
const STDOUT = 1;

/** In the process that is killed: stores for ever, from a number on, and prints the number of each call once it was acknowledged. */
export async function storeForEver(from: number, store: (number: number) => Promise<unknown>): Promise<void> {
  let next = from;
  const one = async (): Promise<never> => {
    for (;;) {
      const number = next++;
      await store(number);
      writeSync(STDOUT, `${number}\n`);
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, one));
}

/** Lets a program store in a file and kills it in the middle; answers with the numbers of the calls that were acknowledged. */
export async function storeAndDie(program: string, args: readonly string[], afterCalls: number): Promise<number[]> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(Number(line));
    if (acknowledged.length === afterCalls) child.kill('SIGKILL');
  }
  const [code, signal] = (await exit) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error(`the process ended by itself, with ${String(code)}`);
  return acknowledged;
}
