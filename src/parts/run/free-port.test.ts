import { createServer } from 'node:http';
import { freePort } from './free-port.ts';

test('on a free port a server can listen, and it is none of outgoing connections', async () => {
  const port = await freePort();
  expect(port).toBeLessThan(30_000);
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
});
