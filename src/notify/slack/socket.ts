import { backoffMs } from '../../platform/backoff.ts';
import { sleep } from '../../platform/clock.ts';
import type { Failed } from '../attempt.ts';
import { objectOf, textOf } from '../json.ts';
import type { ListenOptions } from '../notifier.ts';
import { newSlackApi, type SlackApi } from './api.ts';
import type { CommandAnswer } from './command.ts';
import { type Connection, connect, type Over } from './connection.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Who listens to an app. None of these rejects. */
export interface SocketListener {
  /** The payload of an event; `retried`: Slack hands it over again. */
  event(payload: Fields, retried: boolean): void;
  /** What a command is answered, within the time that Slack waits; undefined for one of another channel. */
  command(fields: Readonly<Record<string, string>>): Promise<CommandAnswer | undefined>;
  /** Called when it hears again, or says in a sentence why it does not. */
  standing(problem: string | undefined): void;
}

/**
 * The one connection of an app to Slack. All channels of an app share it: of several connections Slack hands each event to any one.
 */
export interface SlackSocket {
  /** The answer ends it. */
  subscribe(listener: SocketListener): () => void;
  close(): Promise<void>;
}

const BACKOFF = { minMs: 1_000, maxMs: 60_000 };
const STOPPED_MS = 300_000;
const LONGEST_WAIT_MS = 3_600_000;
// One that ends sooner counts as a failure, so that nobody is asked in a loop.
const STEADY_MS = 10_000;
const NOT_HERE = {
  response_type: 'ephemeral',
  text: 'Nobody may ask here: this channel is none of a NotificationChannel with chat.',
};

/** Makes it, and begins to connect. */
export function openSlackSocket(
  settings: { readonly apiUrl: string; readonly appToken: string },
  options: Pick<ListenOptions, 'clock' | 'timeoutMs' | 'ca' | 'log' | 'onRequest' | 'secret'>,
): SlackSocket {
  const api = newSlackApi(settings.apiUrl, settings.appToken, options);
  const closing = new AbortController();
  const listeners = new Set<SocketListener>();
  let standing: { readonly problem: string | undefined } | undefined;
  const onStanding = (problem: string | undefined): void => {
    standing = { problem };
    for (const listener of listeners) listener.standing(problem);
  };
  const running = run({ ...settings, ...options, api, listeners, onStanding, signal: closing.signal });
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      // Not before whoever opens it has it.
      queueMicrotask(() => {
        if (standing && listeners.has(listener)) listener.standing(standing.problem);
      });
      return () => void listeners.delete(listener);
    },
    close: async () => {
      closing.abort();
      await running;
      await api.close();
    },
  };
}

interface Running extends Pick<ListenOptions, 'clock' | 'timeoutMs' | 'ca' | 'log'> {
  readonly api: SlackApi;
  readonly apiUrl: string;
  readonly listeners: ReadonlySet<SocketListener>;
  readonly onStanding: (problem: string | undefined) => void;
  readonly signal: AbortSignal;
}

/** Connects again and again. */
async function run(options: Running): Promise<void> {
  const { clock, signal } = options;
  const course: Course = { failures: 0 };
  while (!signal.aborted) {
    const waitMs = await connectOnce(options, course);
    if (waitMs > 0) await sleep(clock, waitMs, signal);
  }
  course.leaving?.close();
}

/** How it went so far. */
interface Course {
  /** In a row. */
  failures: number;
  /** A connection that Slack wants to end: it still brings something until there is another one. */
  leaving?: Connection;
}

/** Connects, and resolves once another connection is needed: in so many milliseconds. */
async function connectOnce(options: Running, course: Course): Promise<number> {
  const { clock, signal, onStanding } = options;
  const opened = await open(options);
  if (opened.kind === 'Failed') {
    if (signal.aborted) return 0;
    course.failures += 1;
    onStanding(opened.problem);
    return opened.waitMs ?? waitAfter(course.failures);
  }
  course.leaving?.close();
  delete course.leaving;
  onStanding(undefined);
  const since = clock.now();
  const over = await Promise.race([opened.connection.over, aborted(signal)]);
  course.failures = clock.now() - since < STEADY_MS ? course.failures + 1 : 0;
  if (over.kind === 'Leaving') course.leaving = opened.connection;
  else opened.connection.close();
  if (over.kind !== 'Disabled') return course.failures === 0 ? 0 : waitAfter(course.failures);
  onStanding(DISABLED);
  return STOPPED_MS;
}

const DISABLED = 'Socket Mode is turned off for the app';

/** All of the wait: an app has one connection. */
const waitAfter = (failures: number): number => backoffMs(BACKOFF, failures, () => 1);

function aborted(signal: AbortSignal): Promise<Over> {
  return new Promise((resolve) => {
    const end = (): void => resolve({ kind: 'Broken', message: 'closed' });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

type Opened =
  | { readonly kind: 'Open'; readonly connection: Connection }
  | { readonly kind: 'Failed'; readonly problem: string; readonly waitMs?: number };

/** https://docs.slack.dev/reference/methods/apps.connections.open: an address that is good for one connection. */
async function open(options: Running): Promise<Opened> {
  const { api, apiUrl, signal, listeners, log } = options;
  const answer = await api.form('apps.connections.open', {}, signal);
  if (answer.kind !== 'Ok') return refused(answer);
  const url = socketAddress(textOf(answer.body['url']), apiUrl);
  if (url === undefined) return { kind: 'Failed', problem: 'Slack names no address of its own to listen at', waitMs: STOPPED_MS };
  const connection: Connection = connect(url, {
    ...options,
    onEnvelope: (envelope) =>
      void taken(envelope, listeners, connection).catch(() => log.error('what came from Slack could not be taken')),
  });
  const greeted = await Promise.race([connection.greeted, aborted(signal)]);
  if (greeted === 'Greeted') return { kind: 'Open', connection };
  connection.close();
  if (greeted.kind === 'Disabled') return { kind: 'Failed', problem: DISABLED, waitMs: STOPPED_MS };
  return { kind: 'Failed', problem: greeted.kind === 'Broken' ? greeted.message : 'Slack asks for another connection' };
}

function refused(failed: Failed): Opened {
  const problem = `people are not heard: ${failed.message}`;
  if (failed.kind !== 'NotNow' && failed.kind !== 'Unanswered') return { kind: 'Failed', problem, waitMs: STOPPED_MS };
  const { retryAfterMs } = failed;
  return { kind: 'Failed', problem, ...(retryAfterMs !== undefined && { waitMs: Math.min(retryAfterMs, LONGEST_WAIT_MS) }) };
}

/** Only the house that the token goes to is connected to: wss-primary.slack.com for slack.com; unencrypted only if the API is. */
function socketAddress(text: string, apiUrl: string): string | undefined {
  const [url, api] = [URL.parse(text), new URL(apiUrl)];
  if (url === null || (url.protocol !== 'wss:' && !(url.protocol === 'ws:' && api.protocol === 'http:'))) return undefined;
  return url.host === api.host || url.hostname.endsWith(`.${api.hostname}`) ? url.href : undefined;
}

/** Acknowledges it within the three seconds that Slack waits: a command with its answer, everything else at once. */
async function taken(envelope: Fields, listeners: ReadonlySet<SocketListener>, connection: Connection): Promise<void> {
  const id = { envelope_id: textOf(envelope['envelope_id']) };
  const payload = objectOf(envelope['payload']);
  if (envelope['type'] === 'slash_commands') {
    const fields = Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, textOf(value)]));
    const asked = await Promise.all([...listeners].map((listener) => listener.command(fields)));
    const answers = asked.filter((each) => each !== undefined);
    // Where one channel has done it, another that could not find out whether it was meant says nothing.
    const answer = answers.find(({ isUnsure }) => !isUnsure) ?? answers[0] ?? { body: NOT_HERE };
    connection.send({ ...id, ...(answer.body && { payload: answer.body }) });
    return;
  }
  connection.send(id);
  if (envelope['type'] !== 'events_api') return;
  for (const listener of listeners) listener.event(payload, Number(envelope['retry_attempt'] ?? 0) > 0);
}
