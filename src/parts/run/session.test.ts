import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, rm } from 'node:fs/promises';
import { openSession, type Stoppable, withSession } from './session.ts';

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Something to stop that notes in `stopped` that it was. */
const noting = (stopped: string[], name: string): Promise<Stoppable> =>
  Promise.resolve({ stop: () => Promise.resolve(void stopped.push(name)) });

test('stops in reverse order, the folder goes, and what was answered comes back', async () => {
  const stopped: string[] = [];
  const dir = await withSession(async (session) => {
    await session.use(noting(stopped, 'first'));
    await session.use(noting(stopped, 'second'));
    expect(await exists(session.dir)).toBe(true);
    return session.dir;
  });
  expect(stopped).toEqual(['second', 'first']);
  expect(await exists(dir)).toBe(false);
});

test('a failure stops everything and is thrown on', async () => {
  const stopped: string[] = [];
  const failing = withSession(async (session) => {
    await session.use(noting(stopped, 'first'));
    throw new Error('it failed');
  });
  await expect(failing).rejects.toThrow('it failed');
  expect(stopped).toEqual(['first']);
});

test('one that can not be stopped keeps no other from being stopped, and is told', async () => {
  const stopped: string[] = [];
  const session = await openSession();
  await session.use(noting(stopped, 'first'));
  await session.use(Promise.resolve({ stop: () => Promise.reject(new Error('stuck')) }));
  await expect(session.close()).rejects.toThrow('not everything could be stopped');
  expect(stopped).toEqual(['first']);
});

test('what starts too late is stopped at once', async () => {
  const stopped: string[] = [];
  const session = await openSession();
  await session.close();
  await expect(session.use(noting(stopped, 'late'))).rejects.toThrow('the session has ended');
  expect(stopped).toEqual(['late']);
});

test('the folder can be kept', async () => {
  const session = await openSession({ keep: true });
  await session.close();
  expect(await exists(session.dir)).toBe(true);
  await rm(session.dir, { recursive: true });
});

test('a session leaves no handler of signals behind', async () => {
  const before = process.listenerCount('SIGTERM');
  await withSession(() => Promise.resolve());
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('on %s everything is stopped, and the process ends by it', async (signal) => {
  const script = `
    const { withSession } = await import(${JSON.stringify(new URL('./session.ts', import.meta.url).href)});
    await withSession(async (session) => {
      await session.use(Promise.resolve({ stop: async () => console.log('stopped') }));
      console.log(session.dir);
      await new Promise((resolve, reject) => {
        session.signal.addEventListener('abort', () => reject(session.signal.reason));
        process.stdin.on('end', () => process.exit()).resume();
      });
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child.stdout, 'data');
  child.kill(signal);
  const [code, endedBy] = (await once(child, 'close')) as [number | null, string | null];
  expect([code, endedBy]).toEqual([null, signal]);
  const [dir = '', stopped] = output.split('\n');
  expect(stopped).toBe('stopped');
  expect(await exists(dir)).toBe(false);
});
