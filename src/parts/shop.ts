import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';

/**
 * The shop: the smallest service that can be certified. `node shop.ts --port 8080` answers 200 on `/` and `/healthz`,
 * counts its requests on `/metrics`, answers 404 elsewhere, and ends on SIGTERM.
 */
function main(args: readonly string[]): void {
  const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
  const server = createServer(newShop());
  server.listen(Number(values.port), '127.0.0.1');
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
  });
}

function newShop(): (request: IncomingMessage, response: ServerResponse) => void {
  const countByStatus = new Map([
    [200, 0],
    [404, 0],
  ]);
  return (request, response) => {
    const page = pageFor(request.url ?? '/', countByStatus);
    const status = page === undefined ? 404 : 200;
    if (request.url !== '/metrics') countByStatus.set(status, (countByStatus.get(status) ?? 0) + 1);
    response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(page ?? 'not found\n');
  };
}

function pageFor(path: string, countByStatus: ReadonlyMap<number, number>): string | undefined {
  if (path === '/') return 'The shop is open.\n';
  if (path === '/healthz') return 'ok\n';
  if (path !== '/metrics') return undefined;
  const lines = [...countByStatus].map(([status, count]) => `shop_requests_total{code="${status}"} ${count}\n`);
  return `# HELP shop_requests_total Requests answered.\n# TYPE shop_requests_total counter\n${lines.join('')}`;
}

main(process.argv.slice(2));
