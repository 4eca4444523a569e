import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DaemonSpec, startDaemon } from './daemon.ts';
import { openSession, type Session } from './session.ts';
import { waitUntil } from './wait-until.ts';

let session: Session;
beforeEach(async () => {
  session = await openSession();
});
afterEach(() => session.close());

/** Runs a shell script that is ready once it has written `up` to its log. */
function script(text: string, changes: Partial<DaemonSpec> = {}): DaemonSpec {
  const logPath = join(session.dir, 'script.log');
  const ready = async (): Promise<boolean> => (await readFile(logPath, 'utf8')).includes('up');
  return { name: 'script', program: '/bin/sh', args: ['-c', text], logPath, ready, ...changes };
}

const FOREVER = 'echo up; while :; do sleep 0.05; done';

/** The state of a process as the kernel tells it, such as `S` or `T`; undefined when there is none. */
async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) (\w)/.exec(stat)?.[1];
}

/** Whether there is such a process; one that has ended but is not yet waited for is none. */
async function runs(pid: number): Promise<boolean> {
  const state = await stateOf(pid);
  return state !== undefined && state !== 'Z';
}

test('starts, stops, and starts again', async () => {
  const daemon = await session.use(startDaemon(script(FOREVER)));
  const first = daemon.pid!;
  expect(await runs(first)).toBe(true);
  await daemon.stop();
  expect(daemon.pid).toBeUndefined();
  expect(await runs(first)).toBe(false);
  await daemon.restart();
  expect(daemon.pid).not.toBe(first);
});

test('a second start and a second stop do nothing', async () => {
  const daemon = await session.use(startDaemon(script(FOREVER)));
  const { pid } = daemon;
  await daemon.start();
  expect(daemon.pid).toBe(pid);
  await daemon.stop();
  await daemon.stop();
  expect(daemon.pid).toBeUndefined();
});

test('what ends while starting says so with the end of its log', async () => {
  await expect(startDaemon(script('echo "address in use" >&2; exit 1'))).rejects.toThrow(
    /^script ended while starting; .*\naddress in use$/s,
  );
});

test('what never becomes ready is killed, and its log told', async () => {
  const starting = startDaemon(
    script('echo $$; while :; do sleep 0.05; done', { readyWithinMs: 200, ready: () => Promise.resolve(false) }),
  );
  await expect(starting).rejects.toThrow(/^script is not ready after 0.2 s; .*\n\d+$/s);
  const pid = Number(await readFile(join(session.dir, 'script.log'), 'utf8'));
  expect(await runs(pid)).toBe(false);
});

test('a program that is missing is told', async () => {
  await expect(startDaemon(script('', { program: '/no/such/program' }))).rejects.toThrow(/no\/such\/program|can't be started/);
});

test('what ignores SIGTERM is killed after the grace', async () => {
  const daemon = await session.use(startDaemon(script(`trap '' TERM; ${FOREVER}`, { stopGraceMs: 100 })));
  const pid = daemon.pid!;
  await daemon.stop();
  expect(await runs(pid)).toBe(false);
});

test('a hung process can be stopped', async () => {
  const daemon = await session.use(startDaemon(script(FOREVER)));
  daemon.kill('SIGSTOP');
  // Until it has stopped, a SIGTERM would still overtake the SIGSTOP.
  expect(await waitUntil(async () => (await stateOf(daemon.pid!)) === 'T', { withinMs: 4_000 })).toBe(true);
  const from = performance.now();
  await daemon.stop();
  expect(performance.now() - from).toBeLessThan(2_000);
});

test('after a crash it is down, and can be started again', async () => {
  const daemon = await session.use(startDaemon(script(FOREVER)));
  daemon.kill('SIGKILL');
  await daemon.exited();
  expect(daemon.pid).toBeUndefined();
  await daemon.start();
  expect(daemon.pid).toBeDefined();
});

test('an abort ends the wait for readiness and the process', async () => {
  const starting = startDaemon(script('echo $$; exec sleep 60', { signal: session.signal, ready: () => Promise.resolve(false) }));
  const log = (): Promise<string> => readFile(join(session.dir, 'script.log'), 'utf8').catch(() => '');
  expect(await waitUntil(async () => (await log()) !== '', { withinMs: 4_000 })).toBe(true);
  const pid = Number(await log());
  void session.close();
  await expect(starting).rejects.toThrow('the session ends');
  expect(await runs(pid)).toBe(false);
});

test('nothing of our environment is handed on', async () => {
  const daemon = await session.use(startDaemon(script(`env; ${FOREVER}`, { env: { GREETING: 'hello' } })));
  const log = await readFile(daemon.logPath, 'utf8');
  expect(log).toContain('GREETING=hello');
  expect(log).not.toContain('NODE_');
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('nothing stays behind when the parent is killed by SIGKILL', async () => {
  const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  const parent = `
    const { startDaemon } = await import(${module('./daemon.ts')});
    const daemon = await startDaemon({
      name: 'sleeper', program: '/bin/sleep', args: ['600'], logPath: ${JSON.stringify(join(session.dir, 'log'))},
      ready: async () => true,
    });
    process.stdout.write(String(daemon.pid), () => process.kill(process.pid, 'SIGKILL'));`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', parent]);
  const { stdout } = (await run.catch((error: unknown) => error)) as { stdout: string };
  expect(Number(stdout)).toBeGreaterThan(1);
  expect(await waitUntil(async () => !(await runs(Number(stdout))), { withinMs: 4_000 })).toBe(true);
});
