import { AssayError } from '../../platform/errors.ts';
import { type PartName, PARTS } from '../register.ts';
import { fromCache } from './cache.ts';
import { fromDebian } from './from-debian.ts';
import { fromEnvironment } from './from-environment.ts';
import { fromGo } from './from-go.ts';
import { fromRelease } from './from-release.ts';
import { type Getting, type Host, thisHost, type Way } from './way.ts';

// What is on the machine is taken without a word; what has to be fetched is talked about.
const AT_HAND: readonly Way[] = [fromEnvironment, fromCache];
const TO_FETCH: readonly Way[] = [fromRelease, fromDebian, fromGo];

/** With what parts are fetched. */
export interface FetchOptions {
  /** The environment: PATH, KUBEBUILDER_ASSETS, XDG_CACHE_HOME and the proxies are read from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hears one line for each step that takes time, and why a step did not help. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Replaces the origin of every official release, for a mirror. */
  readonly releaseOrigin?: string;
  /** The machine to fetch for, when it is to look other than it is. */
  readonly host?: Host;
}

/** Answers the path of the part's program, fetched if it has to be; throws PART_MISSING with what to install. */
export async function fetchPart(name: PartName, options: FetchOptions): Promise<string> {
  const getting: Getting = {
    ...options,
    part: PARTS[name],
    host: options.host ?? thisHost(),
    say: (line) => options.say(`${name}: ${line}`),
  };
  const whys: string[] = [];
  for (const way of AT_HAND) {
    const got = await way(getting);
    if (got.kind === 'Got') return got.path;
    whys.push(got.why);
  }
  getting.say(whys.join('; '));
  for (const way of TO_FETCH) {
    const got = await way(getting);
    if (got.kind === 'Got') return got.path;
    getting.say(got.why);
  }
  throw new AssayError('PART_MISSING', `${name} can not be had on this machine. ${PARTS[name].install}`);
}

/** Fetches parts side by side; when one can't be had, the others are given up. */
export async function fetchParts<N extends PartName>(names: readonly N[], options: FetchOptions): Promise<Record<N, string>> {
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const fetching = names.map(async (name) => [name, await fetchPart(name, { ...options, signal })] as const);
  try {
    return Object.fromEntries(await Promise.all(fetching)) as Record<N, string>;
  } finally {
    giveUp.abort();
    await Promise.allSettled(fetching);
  }
}
