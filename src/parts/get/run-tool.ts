import { execFile } from 'node:child_process';
import type { Env } from './way.ts';

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** How a program ended. */
export interface ToolResult {
  readonly ok: boolean;
  /** Standard output and standard error, one after the other. */
  readonly output: string;
}

/** With what a program runs, and for how long at most. */
export interface ToolRun {
  readonly env: Env;
  readonly withinMs: number;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end; one that is missing, fails or takes too long is `ok: false`. Throws when the signal aborts. */
export async function runTool(program: string, args: readonly string[], run: ToolRun): Promise<ToolResult> {
  const { env, withinMs: timeout, cwd, signal } = run;
  const result = await new Promise<ToolResult>((resolve) => {
    const options = { env, timeout, cwd, signal, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stdout}${stderr}${error === null ? '' : error.message}` });
    });
  });
  signal?.throwIfAborted();
  return result;
}

/** The last line that is not empty, for a short reason. */
export function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
