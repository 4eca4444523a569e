import type { Manifest } from '../test/cluster/kube-api.ts';
import { criterion, namespace, secret, source } from '../test/cluster/manifests.ts';
import { openWorld } from '../test/cluster/operator-world.ts';
import { type BenchOperator, type Place, startBenchOperator, until } from './bench-world.ts';
import { NAMESPACE, SOURCE } from './criteria.ts';
import { GAUGE, type Gauges, type GaugesOptions, startGauges } from './gauges.ts';
import type { Receiver } from './receiver.ts';

/** A world in which services break, and somebody is told. */
export interface NotifyWorld {
  readonly place: Place;
  readonly gauges: Gauges;
  readonly receiver: Receiver;
  close(): Promise<void>;
}

export interface NotifyOptions extends GaugesOptions {
  readonly evaluationDelayMs: number;
}

/** Opens it; nothing is judged yet. */
export async function openNotifyWorld(options: NotifyOptions, receiver: Receiver): Promise<NotifyWorld> {
  const world = await openWorld();
  const gauges = await startGauges(world, options);
  const spec = { evaluationDelay: `${options.evaluationDelayMs / 1000}s`, timeout: '10s' };
  await world.api.apply(namespace(NAMESPACE), source(SOURCE, gauges.prometheus.url, spec));
  const close = async (): Promise<void> => {
    await world.close();
    await Promise.all([gauges.stop(), receiver.stop()]);
  };
  return { place: world, gauges, receiver, close };
}

/** How the services are judged, and whom their deviations are told to at once. */
export interface Watch {
  readonly intervalMs: number;
  readonly holdForMs: number;
  readonly recoverForMs?: number;
  readonly audiences: readonly string[];
}

/** Applies a criterion for each service, some at a time, and starts the operator; resolves once each has passed. */
export async function watchServices({ place, gauges }: NotifyWorld, watch: Watch): Promise<BenchOperator> {
  const left = [...gauges.services];
  const worker = async (): Promise<void> => {
    for (let service = left.pop(); service !== undefined; service = left.pop())
      await place.api.apply(criterionOf(service, watch));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const operator = await startBenchOperator(place);
  const areAllPassing = async (): Promise<boolean> => {
    const lines = (await operator.metrics()).split('\n');
    const passing = lines.filter((line) => /^assay_criterion_verdict\{.*verdict="Pass".* 1$/.test(line));
    return passing.length === gauges.services.length;
  };
  await until(areAllPassing, 120_000 + 2 * watch.intervalMs, 'every criterion has passed');
  return operator;
}

function criterionOf(service: string, { intervalMs, holdForMs, recoverForMs = 0, audiences }: Watch): Manifest {
  const query = `${GAUGE}{service="${service}"}`;
  const seconds = (ms: number): string => `${ms / 1000}s`;
  return criterion(
    `${NAMESPACE}/${service}`,
    { source: SOURCE, query },
    {
      ...{ interval: seconds(intervalMs), holdFor: seconds(holdForMs), recoverFor: seconds(recoverForMs), unknownFor: '5m' },
      rule: { threshold: { evidence: 'up', op: '==', value: 0 } },
      escalation: audiences.map((audience) => ({ after: '0s', audience })),
    },
  );
}

/** A channel that posts to a path of the receiver named as its audience: to programs, or as chat in which nothing can be edited. */
export function channelOf(audience: string, { url }: Receiver, kind: 'webhook' | 'teams'): Manifest[] {
  const address = `${url}/${audience}`;
  const platform =
    kind === 'webhook' ? { webhook: { url: address } } : { teams: { webhookSecret: { name: audience, key: 'address' } } };
  const others = audience === 'internal' ? {} : { services: ['*'], topics: ['Alerts'] };
  const spec = { audience, namespaces: { from: 'All' }, ...others, ...platform };
  return [
    ...(kind === 'teams' ? [secret(audience, { address })] : []),
    { kind: 'NotificationChannel', metadata: { name: audience }, ...{ spec } },
  ];
}

/** The service that a message is about. */
export const serviceIn = (body: string): string => /service-\d+/.exec(body)?.[0] ?? '';
