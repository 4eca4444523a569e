import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { waitUntil } from '../../src/parts/index.ts';

const SAID_WITHIN_MS = 120_000;

/** A demo in a process of its own, with a folder of its own for temporary files, by which all that it starts is known. */
export class DemoProcess {
  readonly dir: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  private constructor(dir: string, child: ChildProcess) {
    this.dir = dir;
    this.#child = child;
    this.#ended = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  static async start(...flags: readonly string[]): Promise<DemoProcess> {
    const dir = await mkdtemp(join(tmpdir(), 'demo-test-'));
    const main = join(import.meta.dirname, '../../src/main.ts');
    const env = { ...process.env, TMPDIR: dir };
    return new DemoProcess(dir, spawn(process.execPath, [main, 'demo', ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** All that was printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it has printed this, and answers the match; throws what it printed instead. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const isOver = (): boolean => pattern.test(this.#output) || this.#child.exitCode !== null;
    await waitUntil(isOver, { withinMs: SAID_WITHIN_MS });
    const match = pattern.exec(this.#output);
    if (match === null) throw new Error(`the demo has not said ${String(pattern)}, but:\n${this.#output}`);
    return match;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for its end and answers its exit code; null when a signal ended it. */
  async exitCode(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** What runs of all that it started: each writes its log below the folder, or has it on its command line. */
  async processes(): Promise<string[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const found = await Promise.all(pids.map(async (pid) => ((await this.#owns(pid)) ? [await commandOf(pid)] : [])));
    return found.flat();
  }

  /** What it left behind in its folder. */
  leftovers(): Promise<string[]> {
    return readdir(this.dir);
  }

  /** Ends it, whatever its state, and removes its folder. */
  async dispose(): Promise<void> {
    this.kill('SIGKILL');
    await this.#ended;
    await rm(this.dir, { recursive: true, force: true });
  }

  async #owns(pid: string): Promise<boolean> {
    const output = await readlink(`/proc/${pid}/fd/1`).catch(() => '');
    return output.includes(this.dir) || (await commandOf(pid)).includes(this.dir);
  }
}

// A process that has ended meanwhile has no command.
const commandOf = (pid: string): Promise<string> =>
  readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (line) => line.replaceAll('\0', ' '),
    () => '',
  );
