import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import type { RequestHandler } from 'express';

import { newConversation } from './chat/index.ts';
import { mayDo, newChatActs, newTokenReview, Operator, type OperatorOptions } from './controller/index.ts';
import type { OpenIncidents } from './domain/incident-opening.ts';
import type { TimesBySeverity } from './domain/incident-times.ts';
import { type EvidenceStore, openSqliteStore } from './evidence/index.ts';
import { type Inbox, openInbox } from './inbox/index.ts';
import { Lease, loadKubeConfig, newTransport, type Transport } from './kube/index.ts';
import { type Clock } from './platform/clock.ts';
import { messageOf } from './platform/errors.ts';
import type { Logger } from './platform/log.ts';
import { Metrics } from './platform/metrics.ts';
import { newChatIntake, newIntake, newReadApi, startIntakeTls, startWeb, type WebServer } from './web/index.ts';

export interface ControllerOptions {
  /** Path of a kubeconfig; without one the cluster that this runs in, or the usual places. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly inCluster: boolean;
  /** Path of the evidence store. */
  readonly store: string;
  readonly namespace: string;
  readonly instance: string;
  /** Which process this is, in the lease; see `Lease`. */
  readonly holder: string;
  readonly leaseDurationMs: number;
  readonly host: string;
  readonly port: number;
  /** Where alerts are taken of senders that show a client certificate; nowhere unless given. */
  readonly intakeTls?: { readonly port: number; readonly folder: string };
  readonly version: string;
  /** Whether verdicts are also written as policy reports. */
  readonly policyReports?: boolean;
  /** From which severity on incidents open by themselves. */
  readonly openIncidents?: OpenIncidents;
  /** By when incidents are to be handled. */
  readonly incidentTimes?: TimesBySeverity;
  /** So long a message may take from when it was due, before an alarm says that it did not arrive. */
  readonly toldWithinMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
}

export interface RunningController {
  readonly port: number;
  /** Of the intake with client certificates. */
  readonly intakePort?: number;
  /** Rejects when the operator can not go on. */
  readonly fatal: Promise<never>;
  /** Ends in order: what is known is told and written. */
  stop(): Promise<void>;
  /** Ends at once, after `fatal`. */
  abandon(): Promise<void>;
}

/** What has been put together so far. */
interface Begun {
  operator?: Operator;
  store?: EvidenceStore;
  inbox?: Inbox;
  intake?: RequestHandler;
  chat?: RequestHandler;
  read?: RequestHandler;
}

const LEASE_NAME = 'assay';

/** Puts the operator together and starts it: resolves once it judges, which may be long after, while another one holds the lease. */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const { signal } = options;
  const metrics = new Metrics();
  const { lease, transport, closeWays } = openWays(options, metrics);
  const begun: Begun = {};
  const notReady = (): string | undefined => lease.waiting ?? (begun.operator ? begun.operator.notReady : 'starting');
  // The port before the lease: a second operator on this machine fails here, and does not wait unseen.
  const atWork = (): Begun => (begun.operator?.takesAlerts === true ? begun : {});
  const answers = { intake: () => atWork().intake, chat: () => atWork().chat, read: () => atWork().read };
  const web = await startListening(options, { metrics, notReady, ...answers });
  const close = async (): Promise<void> => {
    delete begun.intake;
    delete begun.chat;
    delete begun.read;
    begun.inbox?.close();
    await begun.store?.close();
    // Last of all: whoever has it next finds everything ended.
    await lease.release();
    await closeWays();
    await web.close();
  };
  try {
    await lease.acquire(signal);
    // Only now, as opening the store takes it from whoever has it open.
    const operator = putTogether(begun, options, { metrics, transport });
    const fatal = ended(operator.fatal, lease.lost);
    await Promise.race([operator.start(signal), fatal]);
    return {
      ...{ ...web.ports, fatal },
      stop: () => operator.stop().then(close),
      abandon: () => operator.abandon().then(close),
    };
  } catch (error) {
    await (signal.aborted ? begun.operator?.stop() : begun.operator?.abandon());
    await close();
    throw error;
  }
}

interface Answers {
  readonly metrics: Metrics;
  readonly notReady: () => string | undefined;
  readonly intake: () => RequestHandler | undefined;
  readonly chat: () => RequestHandler | undefined;
  readonly read: () => RequestHandler | undefined;
}

/** Begins to listen on all ports, or on none. */
async function startListening(
  { log, host, port, intakeTls, clock }: ControllerOptions,
  { metrics, notReady, intake, chat, read }: Answers,
): Promise<Pick<WebServer, 'close'> & { readonly ports: Pick<RunningController, 'port' | 'intakePort'> }> {
  const onFailure = (error: unknown): void => void log.warn('a request could not be answered', { error: messageOf(error) });
  const web = await startWeb({ host, port, registry: metrics.registry, notReady, intake, chat, read, onFailure });
  log.info('listening', { host, port: web.port });
  if (intakeTls === undefined) return { ports: { port: web.port }, close: () => web.close() };
  try {
    const tls = await startIntakeTls({ ...intakeTls, host, intake, clock, log });
    log.info('listening for alerts with client certificates', { host, port: tls.port });
    const close = async (): Promise<void> => {
      await Promise.all([web.close(), tls.close()]);
    };
    return { ports: { port: web.port, intakePort: tls.port }, close };
  } catch (error) {
    await web.close();
    throw error;
  }
}

/** Opens what the operator keeps, and makes it. */
function putTogether(
  begun: Begun,
  options: ControllerOptions,
  { metrics, transport }: { readonly metrics: Metrics; readonly transport: Transport },
): Operator {
  const store = (begun.store = openStore(options, metrics));
  const inbox = (begun.inbox = openInbox({ path: inboxPath(options.store), clock: options.clock }));
  // What is answered follows from what the operator knows, which hands over what is asked.
  const converse: OperatorOptions['converse'] = (asker, question) => conversation.ask(asker, question);
  const operator = (begun.operator = new Operator({ ...options, transport, store, metrics, inbox, converse }));
  const { clock, log } = options;
  const { facts } = operator;
  const conversation = newConversation({ facts, acts: newChatActs({ transport, log }), clock, log });
  begun.intake = intakeOf(operator, inbox, metrics);
  begun.chat = newChatIntake({ receive: (channel) => operator.receiverOf(channel) });
  begun.read = newReadApi({
    ...{ facts, now: () => clock.now(), services: (namespace) => operator.ledger.servicesIn(namespace) },
    whose: newTokenReview(transport, clock),
    mayList: (who, resource, namespace) => mayDo(transport, who, { verb: 'list', resource, namespace }),
  });
  return operator;
}

/** The inbox lies beside the evidence store: `evidence.db` and `evidence.inbox.db`. */
const inboxPath = (store: string): string => `${store.replace(/\.db$/, '')}.inbox.db`;

function intakeOf(operator: Operator, inbox: Inbox, metrics: Metrics): RequestHandler {
  return newIntake({
    inbox,
    accessTo: (kind, source) => operator.intakeAccessOf(kind, source),
    onResult: (result) => {
      const source = 'source' in result ? result.source : '';
      const outcome = result.kind.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
      const count = result.kind === 'Stored' ? result.stored : 'alerts' in result ? result.alerts : 1;
      metrics.intakeAlerts.inc({ source, outcome }, count);
    },
  });
}

/** Rejects as the first of them does; nobody has to wait for it. */
function ended(...reasons: readonly Promise<never>[]): Promise<never> {
  const first = Promise.race(reasons);
  first.catch(() => undefined);
  return first;
}

/** The ways to the API server: one for the lease alone, and one for everything else that writes only while the lease is held. */
function openWays(
  options: ControllerOptions,
  metrics: Metrics,
): { readonly lease: Lease; readonly transport: Transport; readonly closeWays: () => Promise<unknown> } {
  const { clock, log, namespace, holder, leaseDurationMs } = options;
  const config = loadKubeConfig(configSource(options, options.context === undefined ? {} : { context: options.context }));
  const onRequest = (verb: string, code: number): void => metrics.apiRequests.inc({ verb, code: String(code) });
  const leaseWay = newTransport({ config, onRequest });
  const lease = new Lease({
    transport: leaseWay,
    log,
    name: { namespace, name: LEASE_NAME },
    holder,
    durationMs: leaseDurationMs,
    onTurn: (held) => metrics.leader.set(held ? 1 : 0),
  });
  const transport = newTransport({ config, clock, onRequest, mayWrite: () => lease.isHeld });
  return { lease, transport, closeWays: () => Promise.all([transport.close(), leaseWay.close()]) };
}

function openStore({ store, clock }: ControllerOptions, metrics: Metrics): EvidenceStore {
  mkdirSync(dirname(store), { recursive: true });
  return openSqliteStore({ path: store, clock, onCommit: (_entries, ms) => metrics.storeCommits.observe(ms / 1000) });
}

function configSource(
  { kubeconfig, inCluster }: ControllerOptions,
  context: { context?: string },
): Parameters<typeof loadKubeConfig>[0] {
  if (kubeconfig !== undefined) return { kind: 'File', path: kubeconfig, ...context };
  return inCluster ? { kind: 'Cluster' } : { kind: 'Default', ...context };
}
