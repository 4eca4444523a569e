import { join } from 'node:path';

import { fetchParts } from '../../parts/index.ts';
import { writeExample } from './example.ts';
import { goOn, stayUp } from './go-on.ts';
import { newKubectl } from './kubectl.ts';
import { play } from './play.ts';
import type { Telling, World } from './scene.ts';
import { secondsText } from './screen.ts';
import { showLog } from './show-log.ts';
import { type Bins, PARTS, setStage, startOperator } from './stage.ts';
import { STEPS } from './steps.ts';

/** Tells the whole story; throws, in a sentence for people, when a part of it can not be seen. */
export async function tellStory(telling: Telling): Promise<void> {
  const { options, io, screen } = telling;
  const from = io.clock.now();
  screen.heading('Assay demo');
  screen.paragraph(
    'One criterion is judged against a real Prometheus and reported through a real Kubernetes API, all on this machine, and gone afterwards. It takes about a minute.',
  );
  const bins = await getParts(telling);
  const world = await buildWorld(bins, telling);
  for (const [index, step] of STEPS.entries()) await play(step, `${index + 3}/7`, { world, telling });
  await showLog('7/7', { world, telling });
  screen.heading(`All of it was seen, in ${secondsText(io.clock.now() - from)}`);
  if (options.keep) await stayUp(world, telling);
  else goOn(screen);
}

async function getParts({ io, session, screen }: Telling): Promise<Bins> {
  const from = io.clock.now();
  screen.heading('1/7  The parts are fetched');
  const say = (line: string): void => screen.aside(line);
  const fetching = fetchParts(PARTS, { env: io.env, say, signal: session.signal });
  const bins = await screen.waiting('looking for the parts; what is not here is downloaded or built, once', fetching);
  screen.seen(`${PARTS.join(', ')}: at hand after ${secondsText(io.clock.now() - from)}`);
  return bins;
}

async function buildWorld(bins: Bins, telling: Telling): Promise<World> {
  const { session, screen } = telling;
  screen.heading('2/7  Everything is started, on 127.0.0.1');
  const stage = await screen.waiting(
    'starting etcd, kube-apiserver, Prometheus, the blackbox exporter and the shop',
    setStage(bins, session),
  );
  const { cluster, shop, blackbox, prometheus, rooms } = stage;
  screen.rows([
    ['Kubernetes API', cluster.url, 'etcd and kube-apiserver'],
    ['shop', shop.url, 'the service that is tested'],
    ['blackbox exporter', blackbox.url, 'asks the shop each second'],
    ['Prometheus', prometheus.url, 'keeps the answers'],
    ['rooms', rooms.url, 'where internal, authority and customers are told'],
  ]);
  screen.paragraph('The shop is asked over plain HTTP each second; on the job, as the example has it, over TLS each 15 seconds.');
  const { kubeconfigPath: kubeconfig } = cluster;
  const kubectl = newKubectl({ bin: bins.kubectl, kubeconfig, home: session.dir, signal: session.signal });
  screen.command('kubectl apply -f crds/', await kubectl('apply', '-f', 'crds/'));
  await kubectl('wait', '--for=condition=Established', '-f', 'crds/', '--timeout=20s');
  screen.command('kubectl create namespace assay-system', await kubectl('create', 'namespace', 'assay-system'));
  const operator = await screen.waiting('starting the operator', startOperator(kubeconfig, session));
  screen.seen(`The operator is ready: ${operator.url}/readyz`);
  const example = await writeExample(join(session.dir, 'example'), prometheus.url, rooms);
  return { ...stage, bins, kubectl, operator, example };
}
