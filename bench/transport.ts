/**
 * `node bench/transport.ts [--objects 200] [--rounds 9] [--quick]`
 *
 * What a status write costs: through our StatusWriter and transport, through the transport alone, and as a bare request of node:https on
 * kept connections with the same body. All three write to objects of their own on one real API server, in turns.
 */
import { Agent, request } from 'node:https';
import { parseArgs } from 'node:util';

import type { KubeObject } from '../src/api/common.ts';
import { RESOURCES } from '../src/controller/resources.ts';
import { loadKubeConfig, newTransport, objectPath, StatusWriter, type Transport } from '../src/kube/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { newLogger } from '../src/platform/log.ts';
import { namespace } from '../test/cluster/manifests.ts';
import { openWorld, type World } from '../test/cluster/operator-world.ts';
import { criteriaOf, manifestOf, NAMESPACE } from './criteria.ts';
import { statusOfWrite } from './sample-status.ts';
import { figure, type Figure, figuresTable, machine, say, tell } from './table.ts';

const AT_ONCE = 4;
const APPLY = 'application/apply-patch+yaml';
const QUERY = 'fieldManager=assay&force=true';
const TARGET = 2;
const RESOURCE = RESOURCES.criteria;

/** One way to write the status of each of its objects once. */
type Way = (write: number) => Promise<void>;

interface Settings {
  readonly objects: number;
  readonly rounds: number;
}

function settingsOf(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      objects: { type: 'string', default: '200' },
      rounds: { type: 'string', default: '9' },
      quick: { type: 'boolean', default: false },
    },
  });
  return values.quick ? { objects: 10, rounds: 2 } : { objects: Number(values.objects), rounds: Number(values.rounds) };
}

async function main({ objects, rounds }: Settings): Promise<void> {
  say(`bench/transport: ${rounds} rounds of ${objects} status writes each way, ${AT_ONCE} at once`);
  say(machine());
  const world = await openWorld();
  const transport = newTransport({ config: loadKubeConfig({ kind: 'File', path: world.cluster.kubeconfigPath }) });
  try {
    await world.api.apply(namespace(NAMESPACE));
    const writer = newWriterWay(transport, await made(world, 'writer', objects));
    const ways = {
      writer: writer.write,
      transport: newTransportWay(transport, await made(world, 'transport', objects)),
      bare: newBareWay(world, await made(world, 'bare', objects)),
    };
    say(figuresTable(await compare(ways, rounds, objects)));
    await writer.end();
  } finally {
    await transport.close();
    await world.close();
  }
}

/** Writes by each way in turns; the first round only warms up. */
async function compare(
  ways: Readonly<Record<'writer' | 'transport' | 'bare', Way>>,
  rounds: number,
  objects: number,
): Promise<Figure[]> {
  const spent = { writer: [] as number[], transport: [] as number[], bare: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    tell(`round ${round} of ${rounds}`);
    for (const name of Object.keys(spent) as (keyof typeof spent)[]) {
      const before = process.cpuUsage();
      await ways[name](round);
      const { user, system } = process.cpuUsage(before);
      if (round > 0) spent[name].push((user + system) / 1000 / objects);
    }
  }
  const ratio = (of: readonly number[]): number[] => of.map((ms, index) => ms / (spent.bare[index] ?? Number.NaN));
  return [
    figure('CPU a status write, StatusWriter and transport', spent.writer, { unit: ' ms', digits: 3 }),
    figure('CPU a status write, transport alone', spent.transport, { unit: ' ms', digits: 3 }),
    figure('CPU a status write, bare node:https', spent.bare, { unit: ' ms', digits: 3 }),
    figure('StatusWriter and transport / bare', ratio(spent.writer), { atMost: TARGET }),
    figure('transport alone / bare', ratio(spent.transport), {}),
  ];
}

async function made(world: World, prefix: string, objects: number): Promise<KubeObject[]> {
  const criteria = criteriaOf(objects, 'distinct', prefix);
  for (const criterion of criteria) await world.api.apply(manifestOf(criterion, { intervalMs: 60_000 }));
  return Promise.all(criteria.map(({ name }) => world.api.get('CertificationCriterion', `${NAMESPACE}/${name}`)));
}

function newWriterWay(
  transport: Transport,
  objects: readonly KubeObject[],
): { readonly write: Way; readonly end: () => Promise<unknown> } {
  let written = 0;
  let done = (): void => undefined;
  const writer = new StatusWriter({
    ...{ transport, clock: systemClock, log: newLogger('error'), concurrency: AT_ONCE },
    // No write waits for another: what they cost is measured, not how they are paced.
    ...{ rate: { perSecond: 1e6, burst: 1e6 }, minIntervalMs: 60_000, burst: 1e6 },
    onWrite: (outcome) => {
      if (outcome !== 'written') throw new Error(`a status write ended as ${outcome}`);
      written += 1;
      if (written === objects.length) done();
    },
  });
  const writeAll: Way = async (write) => {
    const all = Promise.withResolvers<undefined>();
    done = () => all.resolve(undefined);
    written = 0;
    for (const object of objects) writer.write({ resource: RESOURCE, object, status: statusOfWrite(write) });
    await all.promise;
  };
  return { write: writeAll, end: () => writer.flush(1_000) };
}

function newTransportWay(transport: Transport, objects: readonly KubeObject[]): Way {
  return (write) =>
    eachOf(objects, async (object) => {
      const path = `${objectPath(RESOURCE, object.metadata)}/status`;
      const query = { fieldManager: 'assay', force: true };
      await transport.request({ method: 'PATCH', path, query, contentType: APPLY, body: bodyOf(object, write) });
    });
}

function newBareWay({ cluster }: World, objects: readonly KubeObject[]): Way {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE, ca: cluster.ca });
  const headers = { authorization: `Bearer ${cluster.adminToken}`, 'content-type': APPLY, accept: 'application/json' };
  const send = (url: string, body: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const length = { 'content-length': Buffer.byteLength(body) };
      const sent = request(url, { method: 'PATCH', agent, headers: { ...headers, ...length } }, (answer) => {
        answer.resume();
        answer.once('end', () =>
          answer.statusCode === 200 ? resolve() : reject(new Error(`answered ${answer.statusCode ?? 0}`)),
        );
      });
      sent.once('error', reject);
      sent.end(body);
    });
  return (write) =>
    eachOf(objects, (object) =>
      send(`${cluster.url}${objectPath(RESOURCE, object.metadata)}/status?${QUERY}`, JSON.stringify(bodyOf(object, write))),
    );
}

const bodyOf = ({ metadata: { name, namespace: within } }: KubeObject, write: number): object => ({
  ...{ apiVersion: RESOURCE.apiVersion, kind: RESOURCE.kind, metadata: { name, namespace: within } },
  status: statusOfWrite(write),
});

async function eachOf(objects: readonly KubeObject[], run: (object: KubeObject) => Promise<void>): Promise<void> {
  const left = [...objects];
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await run(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

await main(settingsOf(process.argv.slice(2)));
