import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands before a server on loopback, and hangs when it is told to: it takes connections and requests, and never answers. */
export interface HangingServer {
  readonly url: string;
  hang(): void;
  answer(): void;
  stop(): Promise<void>;
}

/** Starts one before the server at this address; at first it answers. */
export async function startHangingServer(before: string): Promise<HangingServer> {
  const { port: behindPort } = new URL(before);
  const open = new Set<Socket>();
  const state = { hangs: false };
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => undefined).on('close', () => open.delete(client));
    if (state.hangs) {
      client.resume();
      return;
    }
    const behind = connect(Number(behindPort), '127.0.0.1');
    behind.on('error', () => client.destroy());
    client.on('close', () => behind.destroy());
    const unlessHanging = (run: () => unknown): void => {
      if (!state.hangs) run();
    };
    client.on('data', (bytes) => unlessHanging(() => behind.write(bytes)));
    behind.on('data', (bytes) => unlessHanging(() => client.write(bytes)));
    behind.on('close', () => unlessHanging(() => client.destroy()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hang: () => void (state.hangs = true),
    answer: () => {
      state.hangs = false;
      // What was swallowed is never answered.
      for (const socket of open) socket.destroy();
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
