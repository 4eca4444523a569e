import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which Linux (32768) and macOS (49152) take the ports of outgoing connections, and below that of
// node ports (30000): a part that is stopped for a while finds its port still free when it starts again.
const LOWEST_PORT = 10_000;
const HIGHEST_PORT = 29_999;
const ATTEMPTS = 50;

/** A TCP port on 127.0.0.1 on which nothing listens, outside the range of outgoing connections. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT + 1);
    if (await canListen(port)) return port;
  }
  throw new Error(`no free port found on 127.0.0.1 in ${ATTEMPTS} attempts`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
