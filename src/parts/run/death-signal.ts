import { execFile } from 'node:child_process';

/** A program and its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * The command as one that the kernel kills together with this process, even when this process ends by SIGKILL. It takes
 * `setpriv` of util-linux; where that is missing (macOS, Alpine) the command comes back unchanged. The kernel watches the
 * parent's thread: a command started in a worker thread ends with that worker.
 */
export async function dyingWithUs(command: Command): Promise<Command> {
  if (process.platform !== 'linux' || !(await canSetDeathSignal())) return command;
  return { program: 'setpriv', args: ['--pdeathsig', 'KILL', command.program, ...command.args] };
}

function canSetDeathSignal(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('setpriv', ['--pdeathsig', 'KILL', 'true'], { env: {} }, (error) => resolve(error === null));
  });
}
