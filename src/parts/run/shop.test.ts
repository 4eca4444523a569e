import { openSession, type Session } from './session.ts';
import { startShop } from './shop.ts';

let session: Session;
beforeEach(async () => {
  session = await openSession();
});
afterEach(() => session.close());

test('the shop answers, counts its requests, and comes back on the same port', async () => {
  const shop = await session.use(startShop({ dir: session.dir }));
  expect((await fetch(shop.url)).status).toBe(200);
  expect((await fetch(`${shop.url}/nothing`)).status).toBe(404);
  const metrics = await (await fetch(`${shop.url}/metrics`)).text();
  expect(metrics).toMatch(/^shop_requests_total\{code="200"\} [1-9]/m);
  expect(metrics).toContain('shop_requests_total{code="404"} 1\n');
  await shop.daemon.stop();
  await expect(fetch(shop.url)).rejects.toThrow();
  await shop.daemon.start();
  expect((await fetch(`${shop.url}/healthz`)).status).toBe(200);
});
