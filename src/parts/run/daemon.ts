import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Command, dyingWithUs } from './death-signal.ts';
import { waitUntil } from './wait-until.ts';

const READY_WITHIN_MS = 30_000;
const STOP_GRACE_MS = 5_000;
const LOG_LINES_TOLD = 15;

/** What to start, and how to know that it is up. */
export interface DaemonSpec {
  /** What error messages call it. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Its environment, whole: nothing of ours is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output and standard error are appended here. */
  readonly logPath: string;
  /** Whether it is up; asked again and again until it answers true. */
  readonly ready: () => Promise<boolean>;
  readonly readyWithinMs?: number;
  /** How long it may take to end by itself after SIGTERM, before SIGKILL. */
  readonly stopGraceMs?: number;
  /** Ends the wait for readiness early; the process is then gone too. */
  readonly signal?: AbortSignal | undefined;
}

/** A process that can be stopped and started again with the same command, and so on the same ports and data. */
export interface Daemon {
  readonly name: string;
  readonly logPath: string;
  /** Process id of the present run; undefined while it is down. */
  readonly pid: number | undefined;
  /** Starts it unless it runs, and resolves once it is ready. */
  start(): Promise<void>;
  /** SIGTERM, after a grace SIGKILL; resolves once it is gone. Does nothing when it is down. */
  stop(): Promise<void>;
  /** Stops and starts it. */
  restart(): Promise<void>;
  /** Sends a signal to the present run and waits for nothing: SIGKILL for a crash, SIGSTOP and SIGCONT for a hang. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves once the present run has ended, at once when it is down. */
  exited(): Promise<void>;
}

/** Starts a process and resolves once it is ready; when it never is, it is gone and the error holds its last log lines. */
export async function startDaemon(spec: DaemonSpec): Promise<Daemon> {
  const daemon = new ProcessDaemon(spec);
  await daemon.start();
  return daemon;
}

class ProcessDaemon implements Daemon {
  readonly #spec: DaemonSpec;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(spec: DaemonSpec) {
    this.#spec = spec;
  }

  get name(): string {
    return this.#spec.name;
  }

  get logPath(): string {
    return this.#spec.logPath;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    await this.#spawn(await dyingWithUs(this.#spec));
    try {
      await this.#becomeReady();
    } catch (error) {
      this.kill('SIGKILL');
      await this.#ended;
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.#child === undefined) return;
    this.kill('SIGTERM');
    // A stopped process (SIGSTOP) takes SIGTERM only once it goes on.
    this.kill('SIGCONT');
    const grace = setTimeout(() => this.kill('SIGKILL'), this.#spec.stopGraceMs ?? STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(grace);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  exited(): Promise<void> {
    return this.#ended;
  }

  async #spawn({ program, args }: Command): Promise<void> {
    await mkdir(dirname(this.#spec.logPath), { recursive: true });
    const log = await open(this.#spec.logPath, 'a');
    try {
      // A session of its own: Ctrl-C in a terminal reaches only us, and we stop the parts in order.
      const child = spawn(program, args, { detached: true, env: { ...this.#spec.env }, stdio: ['ignore', log.fd, log.fd] });
      await once(child, 'spawn');
      this.#child = child;
      this.#ended = once(child, 'exit').then(() => {
        this.#child = undefined;
      });
    } catch (cause) {
      throw new Error(`${this.name} can't be started`, { cause });
    } finally {
      await log.close();
    }
  }

  async #becomeReady(): Promise<void> {
    const { ready, readyWithinMs: withinMs = READY_WITHIN_MS, signal } = this.#spec;
    const settled = async (): Promise<boolean> => this.#child === undefined || (await ready());
    const inTime = await waitUntil(settled, { withinMs, signal });
    if (this.#child === undefined) throw new Error(`${this.name} ended while starting${await this.#lastLines()}`);
    if (!inTime) throw new Error(`${this.name} is not ready after ${withinMs / 1000} s${await this.#lastLines()}`);
  }

  async #lastLines(): Promise<string> {
    const log = await readFile(this.#spec.logPath, 'utf8');
    const lines = log.trimEnd().split('\n').slice(-LOG_LINES_TOLD);
    return `; the end of ${this.#spec.logPath}:\n${lines.join('\n')}`;
  }
}
