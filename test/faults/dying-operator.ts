// A program for tests: the operator, which kills itself (kill -9) the n-th time that it comes to a named point.
//   node test/faults/dying-operator.ts --kubeconfig=F --store=F --port=N --die='after append VerdictChanged' [--nth=1]
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { newLogger } from '../../src/platform/log.ts';
import { startWeb } from '../../src/web/index.ts';
import { composeOperator } from './composed-operator.ts';
import { storeWithPoints, transportWithPoints } from './failpoints.ts';

const STDERR = 2;
const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string', default: '' },
    store: { type: 'string', default: '' },
    port: { type: 'string', default: '0' },
    die: { type: 'string', default: '' },
    nth: { type: 'string', default: '1' },
  },
});

let left = Number(values.nth);
const reached = (point: string): void => {
  if (point !== values.die || (left -= 1) > 0) return;
  writeSync(STDERR, `killed ${point}\n`);
  process.kill(process.pid, 'SIGKILL');
};

const composed = composeOperator({
  kubeconfig: values.kubeconfig,
  store: values.store,
  log: newLogger('debug'),
  aroundStore: (store) => storeWithPoints(store, reached),
  aroundTransport: (transport) => transportWithPoints(transport, reached),
});
await startWeb({
  host: '127.0.0.1',
  port: Number(values.port),
  registry: composed.metrics.registry,
  notReady: () => composed.operator.notReady,
});
process.once('SIGTERM', () => void composed.stop().then(() => process.exit(0)));
await composed.start();
