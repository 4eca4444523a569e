import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import { criteriaOf, shapeNamed } from './criteria.ts';

const SPREAD = 50;
const SWING = 5;

/**
 * The service that is monitored: `node bench/exporter.ts --port 8080 --criteria 100 --shape distinct` shows one series for each criterion on
 * `/metrics`, each with a value that moves between scrapes and stays below the bound of its criterion.
 */
function main(args: readonly string[]): void {
  const options = { port: { type: 'string' }, criteria: { type: 'string' }, shape: { type: 'string' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const criteria = criteriaOf(Number(values.criteria), shapeNamed(values.shape ?? ''));
  const server = createServer((_request, response) => {
    const swing = SWING * Math.sin(Date.now() / 1000);
    const lines = criteria.map(({ query }, index) => `${query} ${((index % SPREAD) + SWING + swing).toFixed(3)}\n`);
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(lines.join(''));
  });
  server.listen(Number(values.port), '127.0.0.1');
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
  });
}

main(process.argv.slice(2));
