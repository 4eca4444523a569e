import type { Socket } from 'node:net';

import { Agent, buildConnector, ping, WebSocket } from 'undici';

import type { Clock } from '../../platform/clock.ts';
import { jsonOf, objectOf, textOf } from '../json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Why no more is to be expected of a connection. `Leaving`: Slack asks for another one, and this one still brings something. */
export type Over =
  | { readonly kind: 'Leaving' }
  /** Socket Mode was turned off. */
  | { readonly kind: 'Disabled' }
  | { readonly kind: 'Broken'; readonly message: string };

/** One connection of Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode/). */
export interface Connection {
  /** Resolves once Slack greets, or with why it does not. */
  readonly greeted: Promise<'Greeted' | Over>;
  readonly over: Promise<Over>;
  /** False where it is closed. */
  send(message: object): boolean;
  close(): void;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly ca?: string;
  readonly timeoutMs: number;
  /** Whatever comes with an `envelope_id`. */
  readonly onEnvelope: (envelope: Fields) => void;
}

const LOOK_MS = 10_000;
// Slack answers a close, and leaves the connection open below it.
const CLOSE_MS = 2_000;

/** Opens it. Nothing of the address, which is secret, reaches a message. */
export function connect(url: string, { clock, ca, timeoutMs, onEnvelope }: ConnectionOptions): Connection {
  const greeted = Promise.withResolvers<'Greeted' | Over>();
  const over = Promise.withResolvers<Over>();
  const { dispatcher, socket } = holding(ca, timeoutMs);
  const webSocket = new WebSocket(url, { dispatcher });
  const end = (why: Over): void => {
    greeted.resolve(why);
    over.resolve(why);
  };
  const broken = (message: string): void => end({ kind: 'Broken', message });
  const cancelGreeting = clock.after(timeoutMs, () => broken('Slack does not greet'));
  void greeted.promise.then(cancelGreeting);
  const stopWatching = watch({ clock, socket, webSocket, onSilence: () => broken('nothing comes from Slack any more') });

  webSocket.addEventListener('message', ({ data }) => {
    const message = objectOf(jsonOf(typeof data === 'string' ? data : ''));
    if (message['type'] === 'hello') greeted.resolve('Greeted');
    else if (message['type'] === 'disconnect')
      end({ kind: textOf(message['reason']) === 'link_disabled' ? 'Disabled' : 'Leaving' });
    else if (textOf(message['envelope_id']) !== '') onEnvelope(message);
  });
  let cancelDestroying = (): void => undefined;
  webSocket.addEventListener('close', () => {
    stopWatching();
    cancelDestroying();
    void dispatcher.destroy();
    broken('the connection to Slack broke off');
  });
  // A close follows.
  webSocket.addEventListener('error', () => undefined);
  return {
    greeted: greeted.promise,
    over: over.promise,
    send: (message) => {
      if (webSocket.readyState !== WebSocket.OPEN) return false;
      webSocket.send(JSON.stringify(message));
      return true;
    },
    close: () => {
      stopWatching();
      broken('closed');
      if (webSocket.readyState === WebSocket.CLOSED) return;
      webSocket.close();
      cancelDestroying = clock.after(CLOSE_MS, () => socket()?.destroy());
    },
  };
}

/** The socket below is held on to, since a WebSocket says neither how much came nor lets go by itself. */
function holding(ca: string | undefined, timeoutMs: number): { dispatcher: Agent; socket: () => Socket | undefined } {
  let held: Socket | undefined;
  const connector = buildConnector({ timeout: timeoutMs, ...(ca !== undefined && { ca }) });
  const dispatcher = new Agent({
    connect: (options, callback) =>
      connector(options, (...[error, socket]) => {
        if (error !== null) {
          callback(error, null);
          return;
        }
        held = socket;
        callback(null, socket);
      }),
  });
  return { dispatcher, socket: () => held };
}

interface Watched {
  readonly clock: Clock;
  readonly socket: () => Socket | undefined;
  readonly webSocket: WebSocket;
  readonly onSilence: () => void;
}

/** Pings, and looks whether anything came since: what is cut off in between breaks in silence. */
function watch({ clock, socket, webSocket, onSilence }: Watched): () => void {
  let before = -1;
  let cancel = (): void => undefined;
  const look = (): void => {
    const came = socket()?.bytesRead ?? 0;
    if (came === before) {
      onSilence();
      return;
    }
    before = came;
    if (webSocket.readyState === WebSocket.OPEN) ping(webSocket);
    cancel = clock.after(LOOK_MS, look);
  };
  cancel = clock.after(LOOK_MS, look);
  return () => cancel();
}
