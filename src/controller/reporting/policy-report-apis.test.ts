import type { ServerResponse } from 'node:http';

import { eventually, type FakeApiServer, type Logged, rememberingLogger, startFakeApiServer } from '../../kube/stand-ins.ts';
import { systemClock } from '../../platform/clock.ts';
import { PolicyReportApis } from './policy-report-apis.ts';

// What an API server says of its kinds, and now and then does not say.

const OPEN = '/apis/openreports.io/v1alpha1';
const OLD = '/apis/wgpolicyk8s.io/v1alpha2';
const KINDS: Readonly<Record<string, { readonly kind: string; readonly name: string }>> = {
  [OPEN]: { kind: 'Report', name: 'reports' },
  [OLD]: { kind: 'PolicyReport', name: 'policyreports' },
};

/** How the server answers when it is asked for the kinds of a group: that they are there, or with this status. */
type Said = 'there' | 404 | 503;

let server: FakeApiServer;
let said: Record<string, Said>;
let listing: 200 | 403;
/** How often in a row the newer kind is missing from now on. */
let absences: number;
let apis: PolicyReportApis;
let told: string[];
let lines: readonly Logged[];
/** How often the server was asked for the newer kinds. */
const looks = (): number => server.asked.filter(({ url }) => url.pathname === OPEN).length;

beforeEach(async () => {
  [said, listing, absences, told] = [{ [OPEN]: 404, [OLD]: 404 }, 200, 0, []];
  server = await startFakeApiServer(({ url }, response) => answer(url, response));
  const remembering = rememberingLogger();
  lines = remembering.lines;
  apis = new PolicyReportApis({
    ...{ transport: server.transport(), clock: systemClock, log: remembering.log, lookMs: 10 },
    onApis: () => told.push(written()),
    onReport: () => undefined,
  });
});
afterEach(async () => {
  await apis.stop();
  await server.stop();
});

function answer({ pathname, searchParams }: URL, response: ServerResponse): void {
  const kind = KINDS[pathname];
  const status = kind ? saidOf(pathname) : listing;
  if (typeof status === 'number' && status !== 200) send(response, status, { kind: 'Status', code: status });
  else if (kind) send(response, 200, { resources: [{ ...kind, namespaced: true, verbs: ['list'] }] });
  // A watch stays open.
  else if (searchParams.has('watch')) response.writeHead(200).flushHeaders();
  else send(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
}

function saidOf(path: string): Said {
  if (path !== OPEN || absences === 0) return said[path]!;
  absences -= 1;
  return 404;
}

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status).end(JSON.stringify(body));
};

/** The kinds that are known to be installed, the one that is written first. */
const written = (): string => (apis.installed ?? []).map(({ resource }) => resource.plural).join();

const looked = async (times: number): Promise<void> => {
  const until = looks() + times;
  await eventually('it has looked', () => looks() >= until);
};
const warnings = (): string[] => lines.filter(({ level }) => level === 'warn').map(({ message }) => message);

test('nothing is known before an answer came, and a server that does not answer says not that nothing is installed', async () => {
  said = { [OPEN]: 503, [OLD]: 'there' };
  apis.start();
  await looked(5);
  expect([apis.installed, told]).toEqual([undefined, []]);
  expect(warnings()).toEqual(['it can not be told which policy reports are installed']);
  said[OPEN] = 'there';
  await eventually('both are known', () => told.length === 1);
  expect(told).toEqual(['reports,policyreports']);
});

test('a kind that is missing once or twice, or of which nothing is said, is there; one that stays away is gone', async () => {
  said = { [OPEN]: 'there', [OLD]: 'there' };
  apis.start();
  await eventually('both are known', () => told.length === 1);
  said[OPEN] = 503;
  await looked(5);
  expect(written()).toBe('reports,policyreports');
  said[OPEN] = 404;
  await eventually('it is gone', () => told.length === 2);
  expect(written()).toBe('policyreports');
  said[OPEN] = 'there';
  await eventually('it is back', () => told.length === 3);
  expect(told.at(-1)).toBe('reports,policyreports');
});

test('two absences in a row are not three', async () => {
  said = { [OPEN]: 'there', [OLD]: 404 };
  apis.start();
  await eventually('it is known', () => told.length === 1);
  for (let round = 0; round < 3; round += 1) {
    absences = 2;
    await looked(4);
  }
  expect(told).toEqual(['reports']);
  expect(written()).toBe('reports');
});

test('as long as the reports of one kind can not be listed nothing is written: ours may be among them', async () => {
  said = { [OPEN]: 'there', [OLD]: 'there' };
  listing = 403;
  apis.start();
  await eventually('that is said', () => warnings().includes('a kind can not be watched'), 20_000);
  expect([apis.installed, told]).toEqual([undefined, []]);
}, 30_000);

test('where nothing is installed that is known, and said once', async () => {
  apis.start();
  await looked(5);
  expect([apis.installed, told, warnings()]).toEqual([
    [],
    [''],
    ['no policy reports are installed, so no verdict is written as one'],
  ]);
});
