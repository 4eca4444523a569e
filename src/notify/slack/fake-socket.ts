import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { jsonOf, objectOf, textOf } from '../json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One connection of a client, as the stand-in sees it. */
export interface FakeConnection {
  /** What the client acknowledged, in order. */
  readonly acks: readonly Fields[];
  readonly isOpen: boolean;
  send(message: object): void;
  /** Ends it without a word. */
  hangUp(): void;
  /** Says and takes nothing any more, without ending it. */
  fallSilent(): void;
}

/** The other end of Socket Mode: addresses that are good for one connection, a greeting, and envelopes that wait for their acknowledgement. */
export interface FakeSockets {
  /** Every connection so far. */
  readonly connections: readonly FakeConnection[];
  /** What a client did that Slack would not take. */
  readonly complaints: readonly string[];
  /** Whether a new connection is greeted. */
  greets: boolean;
  newPath(): string;
  readonly upgrade: (request: IncomingMessage, socket: Duplex) => void;
  close(): void;
}

// https://www.rfc-editor.org/rfc/rfc6455
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OPCODES = { text: 1, close: 8, ping: 9, pong: 10 } as const;

export function newFakeSockets(): FakeSockets {
  const tickets = new Set<string>();
  const connections: Connection[] = [];
  const complaints: string[] = [];
  let count = 0;
  const sockets: FakeSockets = {
    ...{ connections, complaints, greets: true },
    newPath: () => {
      const path = `/link/?ticket=${(count += 1)}`;
      tickets.add(path);
      return path;
    },
    upgrade: (request, socket) => {
      socket.on('error', () => undefined);
      if (!tickets.delete(request.url ?? '')) {
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      const accept = createHash('sha1')
        .update(`${request.headers['sec-websocket-key'] ?? ''}${MAGIC}`)
        .digest('base64');
      const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
      socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
      const connection = new Connection(socket, complaints);
      connections.push(connection);
      if (sockets.greets) connection.send({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A0APP' } });
    },
    close: () => {
      for (const connection of connections) connection.hangUp();
    },
  };
  return sockets;
}

class Connection implements FakeConnection {
  readonly acks: Fields[] = [];
  readonly #socket: Duplex;
  readonly #complaints: string[];
  readonly #open = new Map<string, boolean>();
  #rest: Buffer = Buffer.alloc(0);
  #silent = false;

  constructor(socket: Duplex, complaints: string[]) {
    this.#socket = socket;
    this.#complaints = complaints;
    socket.on('data', (data: Buffer) => this.#take(data));
    // Servers of HTTP leave the other half open.
    socket.on('end', () => socket.destroy());
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.writableEnded;
  }

  send(message: object): void {
    const { envelope_id: id, accepts_response_payload: payload } = message as Fields;
    if (typeof id === 'string') this.#open.set(id, payload === true);
    this.#write(OPCODES.text, Buffer.from(JSON.stringify(message)));
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  fallSilent(): void {
    this.#silent = true;
  }

  #write(opcode: number, payload: Buffer): void {
    if (this.#silent || !this.isOpen) return;
    const { length } = payload;
    const head = length < 126 ? [length] : [126, length >> 8, length & 255];
    this.#socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...head]), payload]));
  }

  /** Frames of clients are masked, and here never split or longer than 65,535 bytes. */
  #take(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      const [first = 0, second = 0] = this.#rest;
      const short = second & 0x7f;
      const at = short === 126 ? 4 : 2;
      if (this.#rest.length < at + 4) return;
      const length = short === 126 ? this.#rest.readUInt16BE(2) : short;
      if (this.#rest.length < at + 4 + length) return;
      if ((second & 0x80) === 0) this.#complaints.push('a frame is not masked');
      const mask = this.#rest.subarray(at, at + 4);
      const payload = Buffer.from(
        this.#rest.subarray(at + 4, at + 4 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)),
      );
      this.#rest = this.#rest.subarray(at + 4 + length);
      this.#frame(first & 0x0f, payload);
    }
  }

  #frame(opcode: number, payload: Buffer): void {
    if (this.#silent) return;
    if (opcode === OPCODES.ping) this.#write(OPCODES.pong, payload);
    if (opcode === OPCODES.text) this.#acknowledged(objectOf(jsonOf(payload.toString())));
    if (opcode !== OPCODES.close) return;
    // As Slack does, the connection below is left open.
    this.#write(OPCODES.close, payload);
    this.#silent = true;
  }

  #acknowledged(ack: Fields): void {
    const id = textOf(ack['envelope_id']);
    const payload = this.#open.get(id);
    if (payload === undefined) this.#complaints.push('what was acknowledged is not open');
    if (ack['payload'] !== undefined && payload !== true) this.#complaints.push('this envelope takes no answer');
    this.#open.delete(id);
    this.acks.push(ack);
  }
}
