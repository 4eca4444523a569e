import type { Part } from '../register.ts';

/** The environment, handed in: a room never reads the process's own. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What is to be known of the machine that a part is for. */
export interface Host {
  /** As Go names it: `linux`, `darwin`. */
  readonly os: string;
  /** As Go names it: `amd64`, `arm64`. */
  readonly arch: string;
  readonly root: boolean;
  /** The file by which Debian asks whether a package may start its service. */
  readonly policyFile: string;
}

/** The machine on which this process runs. */
export function thisHost(): Host {
  return {
    os: process.platform,
    arch: process.arch === 'x64' ? 'amd64' : process.arch,
    root: process.getuid?.() === 0,
    policyFile: '/usr/sbin/policy-rc.d',
  };
}

/** What every way to get a part is given. */
export interface Getting {
  readonly part: Part;
  readonly env: Env;
  readonly host: Host;
  /** Tells people one line: what is done, and how long it takes. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Replaces the origin of every release: a mirror, or a server of a test. */
  readonly releaseOrigin?: string | undefined;
}

/** How one way to get a part ended: with the program's path, or with why not. */
export type Got = { readonly kind: 'Got'; readonly path: string } | { readonly kind: 'Not'; readonly why: string };

/** One way to get a part. All that may be expected to fail is `Not`; it throws when the signal aborts. */
export type Way = (getting: Getting) => Promise<Got>;
