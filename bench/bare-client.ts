import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';

import { criteriaOf, shapeNamed, slotGroups } from './criteria.ts';

/** What the parent sends: whether to ask, or the wish to hear how often was asked. */
export type Order = 'ask' | 'rest' | 'count';

// Half a second beside the whole seconds on which the operator's slots lie, so that nobody waits for the other.
const BESIDE_MS = 500;
const CONNECTIONS = 8;

/**
 * The reference: a bare client that asks the same questions at the same pace, keeps its connections, reads each answer and parses
 * it, and does nothing else. Started with an IPC channel, by which it takes an `Order`; it ends with its parent.
 */
function main(args: readonly string[]): void {
  const text = { type: 'string', default: '' } as const;
  const options = { url: text, criteria: text, shape: text, interval: text };
  const { values } = parseArgs({ args: [...args], options });
  const intervalMs = Number(values.interval);
  const groups = slotGroups(criteriaOf(Number(values.criteria), shapeNamed(values.shape)), intervalMs);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let asking = false;
  let asked = 0;
  const answered = (): void => void (asked += 1);
  for (const [offsetMs, group] of groups) {
    const forms = group.map(({ query }) => new URLSearchParams({ query, lookback_delta: '300000ms' }).toString());
    const look = (): void => {
      if (asking) for (const form of forms) ask(`${values.url}/api/v1/query`, { agent, form, answered });
    };
    const firstMs = intervalMs - ((Date.now() - offsetMs - BESIDE_MS) % intervalMs);
    setTimeout(() => {
      look();
      setInterval(look, intervalMs);
    }, firstMs);
  }
  process.on('message', (order: Order) => {
    if (order === 'count') process.send?.(asked);
    else asking = order === 'ask';
  });
  process.on('disconnect', () => process.exit());
}

function ask(
  url: string,
  { agent, form, answered }: { readonly agent: Agent; readonly form: string; readonly answered: () => void },
): void {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(form) };
  const sent = request(url, { method: 'POST', agent, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const { status } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { status?: string };
      if (status !== 'success') throw new Error(`${url} answers ${status ?? 'nothing'}`);
      answered();
    });
  });
  sent.end(form);
}

main(process.argv.slice(2));
