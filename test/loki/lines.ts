import { env } from 'node:process';

import { fetch } from 'undici';

import { fetchParts, type Loki, type LokiLimits, type Session, startLoki } from '../../src/parts/index.ts';

/** Built where it is not in the cache. */
export const BUILD_WITHIN_MS = 60 * 60_000;

/** One line, with labels of its own if any. */
export interface Line {
  readonly atMs: number;
  readonly text: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A real Loki that ends with the session. */
export async function realLoki(session: Session, limitsOf: Readonly<Record<string, LokiLimits>> = {}): Promise<Loki> {
  const { dir, signal } = session;
  const { loki: bin } = await fetchParts(['loki'], { env, say: (line) => process.stderr.write(`${line}\n`), signal });
  return session.use(startLoki({ dir: `${dir}/loki`, bin, limitsOf, signal }));
}

/** Sends lines of one stream, as an agent does; they can be found at once. Throws when they are not taken. */
export async function push(
  { url }: Pick<Loki, 'url'>,
  tenant: string,
  stream: Readonly<Record<string, string>>,
  lines: readonly Line[],
): Promise<void> {
  const values = lines.map(({ atMs, text, metadata }) => [`${atMs}000000`, text, ...(metadata === undefined ? [] : [metadata])]);
  const answer = await fetch(`${url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant },
    body: JSON.stringify({ streams: [{ stream, values }] }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`a push was answered with ${answer.status}: ${text}`);
}
