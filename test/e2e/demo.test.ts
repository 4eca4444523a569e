import { createServer } from 'node:http';

import { fetchParts } from '../../src/parts/index.ts';
import { DemoProcess } from './demo-process.ts';

const demos: DemoProcess[] = [];

async function startDemo(...flags: readonly string[]): Promise<DemoProcess> {
  const demo = await DemoProcess.start(...flags);
  demos.push(demo);
  return demo;
}

async function expectNothingLeft(demo: DemoProcess): Promise<void> {
  expect(await demo.processes()).toEqual([]);
  expect(await demo.leftovers()).toEqual([]);
}

let plain: DemoProcess;
let kept: DemoProcess;

// These two take a minute, most of which they wait; the others run beside them. Starting is what costs, so one after the other.
beforeAll(async () => {
  await fetchParts(['etcd', 'kube-apiserver', 'kubectl', 'prometheus', 'blackbox-exporter'], {
    env: process.env,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  plain = await startDemo();
  await plain.says(/The operator is ready/);
  kept = await startDemo('--keep');
  await kept.says(/The operator is ready/);
}, 1_800_000);

afterAll(() => Promise.all(demos.map((demo) => demo.dispose())));

test('an interrupt in the middle leaves nothing running', async () => {
  const demo = await startDemo();
  await demo.says(/The operator is ready/);
  const running = (await demo.processes()).join('\n');
  for (const part of ['etcd', 'kube-apiserver', 'prometheus', 'blackbox', 'shop.ts', 'controller'])
    expect(running).toContain(part);
  demo.kill('SIGINT');
  expect(await demo.exitCode()).toBe(130);
  expect(demo.output).toMatch(/Interrupted\.\n(.*\n)?Everything is stopped; nothing is left running\.\n$/);
  await expectNothingLeft(demo);
}, 120_000);

test('what is not seen in time ends it: a shop that can not be stopped', async () => {
  const demo = await startDemo('--deadline', '20');
  const [, port] = await demo.says(/shop +http:\/\/127\.0\.0\.1:(\d+)/);
  await demo.says(/waiting for the verdict Fail/);
  // Somebody else answers on the port of the shop as soon as it is free.
  const impostor = createServer((_request, response) => response.end('The shop is open.\n'));
  await new Promise<void>((resolve) => impostor.listen(Number(port), '127.0.0.1', resolve));
  try {
    expect(await demo.exitCode()).toBe(1);
  } finally {
    impostor.closeAllConnections();
    await new Promise((resolve) => impostor.close(resolve));
  }
  expect(demo.output).toContain(
    '✗ Not seen within 20 s: the verdict Fail of the criterion (it is Pass); the verdict Fail of the',
  );
  expect(demo.output).toMatch(/The end of the operator's log:\n {2}\{/);
  expect(demo.output).not.toContain('All of it was seen');
  await expectNothingLeft(demo);
}, 120_000);

test('with --keep everything stays up until it is interrupted, which is no failure', async () => {
  const [, operator] = await kept.says(/^ {2}operator +(\S+)/m);
  expect(kept.output).toMatch(/^ {2}export KUBECONFIG=\S+\.kubeconfig$/m);
  expect((await fetch(`${operator}/readyz`)).status).toBe(200);
  kept.kill('SIGINT');
  expect(await kept.exitCode()).toBe(0);
  await expectNothingLeft(kept);
}, 120_000);

describe('the story', () => {
  test('ends by itself with exit code 0, and nothing is left', async () => {
    expect([await plain.exitCode(), plain.output]).toEqual([0, expect.stringContaining('All of it was seen, in ')]);
    await expectNothingLeft(plain);
  }, 120_000);

  test.each(
    Object.entries({
      'says what it shortened': /^ {2}escalation, authority +15m +-> +15s$/m,
      'applies the example with kubectl':
        /^\$ kubectl apply -f \S+\nnamespace\/shop created\ncertificationcriterion\S+ created\n/m,
      'sees Pass': /^✓ Criterion: Pass since \d\d:\d\d:\d\dZ, reason Met: up is 1, required == 1$/m,
      'sees Fail with its reason': /^✓ Criterion: Fail since \S+, reason NotMet: up is 0, required == 1/m,
      'sees Fail only after holdFor': /^✓ Deviation: since \S+, [5-9] s before the verdict$/m,
      'sees the Event of the failure': /^✓ Event CriterionFailed: up is 0, required == 1/m,
      'sees the step of the authority': /^✓ authority: due at \S+, 1[5-9] s after the deviation began/m,
      'sees the step of the customers': /^✓ customers: due at \S+, 1[5-9] s after the deviation began/m,
      'sees the Event for the customers': /^✓ Event EscalationDue: to customers \(after 15s\)/m,
      'sees what the team reads': /^✓ Room internal: Failing: shop: The shop answers from outside$/m,
      'sees that customers read nothing of the criterion': /^✓ Room customers: Disrupted: shop$/m,
      'sees that customers are told of the end': /^✓ Room customers: Over after \d+s: shop$/m,
      'sees Pass again, and its Event': /^✓ Event CriterionRecovered: up is 1, required == 1$/m,
      'finds who was told on record': /^ {2}\S+Z +customers +EscalationDue +after 15s$/m,
      'finds the end on record': /^ {2}\S+Z +authority +DeviationEnded +ended: Recovered$/m,
    }),
  )('%s', (_sentence, line) => expect(plain.output).toMatch(line));

  test('prints what kubectl prints after each step', () => {
    const tables = plain.output.split('$ kubectl get certificationcriteria,evidencereports -n shop\n').slice(1);
    const verdicts = tables.map((table) => /^certificationcriterion\S+ +shop +OPS-02 +(\S+)/m.exec(table)?.[1]);
    expect(verdicts).toEqual(['Pass', 'Fail', 'Fail', 'Pass']);
  });

  test('is no wider than 100 columns where it is not a table or an Event of kubectl', () => {
    const ours = plain.output.split('\n').filter((line) => !/^(NAME|certification|evidence|customresource|\$)/.test(line));
    expect(ours.filter((line) => line.length > 100)).toEqual([]);
  });
});
