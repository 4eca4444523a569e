import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WITHIN_MS = 30_000;
const LARGEST_OUTPUT_BYTES = 16 * 1024 * 1024;

/** The checkout: commands run there, so that they read as a person would type them. */
export const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs kubectl and answers what it prints; throws with its own words when it fails. */
export type Kubectl = (...args: readonly string[]) => Promise<string>;

/** A kubectl for one cluster, with nothing of the caller's environment and no files in their home. */
export function newKubectl(options: { bin: string; kubeconfig: string; home: string; signal: AbortSignal }): Kubectl {
  const { bin, kubeconfig, home, signal } = options;
  const running = {
    ...{ cwd: CHECKOUT, env: { HOME: home, KUBECONFIG: kubeconfig } },
    ...{ signal, timeout: WITHIN_MS, maxBuffer: LARGEST_OUTPUT_BYTES },
  };
  return (...args) =>
    new Promise((resolve, reject) => {
      execFile(bin, args, running, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`, { cause: error }));
      });
    });
}
