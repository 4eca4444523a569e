import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Anything that holds processes or files until it is stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** Holds a temporary folder and all that was started, and ends it in reverse order. */
export interface Session {
  readonly dir: string;
  /** Aborts as soon as the session closes, so that nothing goes on waiting for a part to become ready. */
  readonly signal: AbortSignal;
  /** Takes over what was started and gives it back; what comes after the end is stopped at once. */
  use<T extends Stoppable>(started: Promise<T>): Promise<T>;
  /** Ends everything, the last started first; a second call waits for the first. Every stop is tried, then errors are thrown. */
  close(): Promise<void>;
}

/** What a session is opened with. */
export interface SessionOptions {
  /** Leave the folder with its data and logs behind. */
  readonly keep?: boolean;
}

/** Opens a session that the caller closes, as a test does in `afterAll`. */
export async function openSession({ keep = false }: SessionOptions = {}): Promise<Session> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-'));
  const controller = new AbortController();
  const held = new Set<Promise<Stoppable>>();
  const use = async <T extends Stoppable>(started: Promise<T>): Promise<T> => {
    held.add(started);
    const resource = await started;
    if (!controller.signal.aborted) return resource;
    await resource.stop();
    throw new Error('the session has ended', { cause: controller.signal.reason });
  };
  const end = async (): Promise<void> => {
    controller.abort(new Error('the session ends'));
    const errors = await stopAll([...held].reverse());
    if (!keep) await rm(dir, { recursive: true, force: true });
    if (errors.length > 0) throw new AggregateError(errors, 'not everything could be stopped');
  };
  let closing: Promise<void> | undefined;
  return { dir, signal: controller.signal, use, close: () => (closing ??= end()) };
}

async function stopAll(held: readonly Promise<Stoppable>[]): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const started of held) {
    const resource = await started.catch(() => undefined);
    await resource?.stop().catch((error: unknown) => errors.push(error));
  }
  return errors;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs in a session and closes it on success, on failure, and on SIGINT, SIGTERM and SIGHUP; after a signal this process
 * then ends by that same signal, as its caller expects.
 */
export async function withSession<T>(run: (session: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> {
  const session = await openSession(options);
  const onSignal = (signal: NodeJS.Signals): void => void session.close().finally(() => endBy(signal, onSignal));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await run(session);
  } finally {
    await session.close();
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

function endBy(signal: NodeJS.Signals, onSignal: (signal: NodeJS.Signals) => void): void {
  for (const each of SIGNALS) process.off(each, onSignal);
  process.kill(process.pid, signal);
}
