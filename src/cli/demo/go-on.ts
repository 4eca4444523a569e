import { sleep } from '../../platform/clock.ts';
import { EXAMPLE } from './example.ts';
import type { Telling, World } from './scene.ts';
import type { Screen } from './screen.ts';

const FOREVER_MS = 2 ** 31 - 1;

/** Says how to go on from here. */
export function goOn(screen: Screen): void {
  screen.paragraph('To have all of it stay up and play with it: make demo KEEP=1');
  screen.paragraph('To judge by your own Prometheus, without a cluster:');
  screen.rows([[`npx assay evaluate -f ${EXAMPLE} --source prometheus=URL`]]);
  screen.paragraph('To write criteria of your own and run the operator: README.md and docs/');
}

/** Starts the operator again, says where everything is, and leaves it up until interrupted. */
export async function stayUp(world: World, { screen, io }: Telling): Promise<void> {
  const { cluster, shop, blackbox, prometheus, rooms, operator, bins, example } = world;
  // It reads its state back from the log: the verdict is not lost.
  await screen.waiting('starting the operator again', operator.daemon.start());
  screen.paragraph('Everything stays up until Ctrl-C. In another terminal, here:');
  screen.rows([
    [`export KUBECONFIG=${cluster.kubeconfigPath}`, ''],
    [`${bins.kubectl} get certificationcriteria -A --watch`, ''],
    [`kill ${shop.daemon.pid ?? ''}`, 'stops the shop'],
    [`node_modules/.bin/node src/parts/shop.ts --port ${new URL(shop.url).port}`, 'brings it back'],
    [`npx assay evaluate -f ${example.folder}`, 'judges it without the operator'],
  ]);
  screen.paragraph('Addresses and files:');
  screen.rows([
    ['Kubernetes API', cluster.url, ''],
    ['shop', shop.url, ''],
    ['blackbox exporter', blackbox.url, ''],
    ['Prometheus', prometheus.url, ''],
    ['rooms', rooms.url, 'all that anybody was told'],
    ['operator', operator.url, '/healthz, /readyz, /metrics'],
    ["operator's log", operator.daemon.logPath, ''],
    ['manifests', example.folder, 'edit and apply again'],
  ]);
  while (!io.signal.aborted) await sleep(io.clock, FOREVER_MS, io.signal);
}
