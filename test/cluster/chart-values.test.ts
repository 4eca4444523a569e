import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { load, loadAll } from 'js-yaml';
import { isMap, parseDocument, type YAMLMap } from 'yaml';

import { KINDS } from '../../src/api/kinds.ts';
import { incidentTimesOf } from '../../src/domain/incident-times-setting.ts';
import { openSession, type Session } from '../../src/parts/index.ts';

import { type Right, rightsIn, textOf } from './chart-audit.ts';
import { type Chart, CHART, only, openChart, podOf, type Rendered, VALUE_SETS } from './chart-world.ts';
import { SYSTEM } from './operator-world.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const FETCH_WITHIN_MS = 10 * 60_000;
const WITHIN_MS = 60_000;

let session: Session;
let chart: Chart;
let byDefault: readonly Rendered[];
beforeAll(async () => {
  session = await openSession();
  chart = await openChart(session);
  byDefault = await chart.render();
}, FETCH_WITHIN_MS);
afterAll(() => session.close(), WITHIN_MS);

test(
  'helm lint finds nothing',
  async () => {
    expect(await chart.helm(['lint', '--strict', CHART])).toContain('1 chart(s) linted, 0 chart(s) failed');
  },
  WITHIN_MS,
);

test('the chart is of the version of the program', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(load(read('helm/assay/Chart.yaml'))).toMatchObject({ version, appVersion: version });
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The values that a schema describes: path and description. */
function describedIn(schema: Schema, path = ''): [string, string][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) =>
    value.properties ? describedIn(value, `${path}${name}.`) : [[`${path}${name}`, value.description ?? '']],
  );
}

/** The values that a file sets: path, the comment above, and the value as text. */
function setIn(map: YAMLMap, known: ReadonlySet<string>, path = ''): [string, string, string][] {
  return map.items.flatMap(({ key, value }): [string, string, string][] => {
    const at = `${path}${String(key)}`;
    if (isMap(value) && !known.has(at)) return setIn(value, known, `${at}.`);
    // The comment above the first value of a map is the map's own.
    const comment =
      (key as { commentBefore?: string | null }).commentBefore ?? (map.items[0]?.key === key ? map.commentBefore : '');
    return [[at, (comment ?? '').trim(), JSON.stringify((value as { toJSON(): unknown }).toJSON())]];
  });
}

describe('values', () => {
  const described = describedIn(JSON.parse(read('helm/assay/values.schema.json')) as Schema).filter(
    ([path]) => path !== 'global',
  );
  const contents = parseDocument(read('helm/assay/values.yaml')).contents as YAMLMap;
  const set = setIn(contents, new Set(described.map(([path]) => path)));

  test('the schema describes each one that values.yaml sets, in the words that stand there, and no other', () => {
    expect(described.filter(([, description]) => description === '')).toEqual([]);
    expect(set.map(([path, comment]) => [path, comment])).toEqual(described);
  });

  test('docs/installing.md lists each one with its default and these words, and no other', () => {
    const rows = [...read('docs/installing.md').matchAll(/^\| `([\w.]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map((row) => row.slice(1));
    const cell = (value: string): string => (value === '""' ? 'empty' : `\`${value.replace(/^"(.*)"$/, '$1')}\``);
    expect(rows).toEqual(set.map(([path, comment, value]) => [path, cell(value), comment]));
  });

  test.each(
    Object.entries({
      'a value that there is not': { values: { replicas: 2 }, says: /'?replicas'? not allowed/ },
      'a misspelt value within another': { values: { image: { digset: '' } }, says: /image.*'?digset'? not allowed/s },
      'a log level that there is not': { values: { logLevel: 'loud' }, says: /logLevel.*'error', 'warn', 'info', 'debug'/s },
      'a duration without a unit': { values: { leaseDuration: '15' }, says: /leaseDuration.*does not match pattern/s },
      'a size without a unit': { values: { storage: { size: '10' } }, says: /storage[./]size.*does not match pattern/s },
      'storage that many nodes may write': {
        values: { storage: { accessMode: 'ReadWriteMany' } },
        says: /accessMode.*'ReadWriteOncePod'/s,
      },
      'a tag within the repository': {
        values: { image: { repository: 'example.org/assay:1' } },
        says: /repository.*does not match pattern/s,
      },
      'a digest cut short': { values: { image: { digest: 'sha256:abc' } }, says: /digest.*does not match pattern/s },
      'a Secret by a path': {
        values: { intake: { tls: { secretName: '../x' } } },
        says: /intake[./]tls[./]secretName.*does not match pattern/s,
      },
      'a word for a switch': { values: { serviceMonitor: { enabled: 'yes' } }, says: /serviceMonitor[./]enabled.*boolean/s },
    }),
  )(
    'are refused: %s',
    async (_sentence, { values, says }) => {
      await expect(chart.render(values)).rejects.toThrow(says);
    },
    WITHIN_MS,
  );

  test.each(
    Object.entries({
      'its tag': { image: { tag: '1.2.3' }, want: 'localhost/assay:1.2.3' },
      'its digest before its tag': {
        image: { tag: '1', digest: `sha256:${'a'.repeat(64)}` },
        want: `localhost/assay@sha256:${'a'.repeat(64)}`,
      },
      'a registry with a port': { image: { repository: '127.0.0.1:5000/assay', tag: '1' }, want: '127.0.0.1:5000/assay:1' },
    }),
  )(
    'name the image by %s',
    async (_sentence, { image, want }) => {
      expect(podOf(await chart.render({ image })).spec.containers[0]?.image).toBe(want);
    },
    WITHIN_MS,
  );
});

describe.each(Object.entries(VALUE_SETS))('with %s', (_sentence, values) => {
  let objects: Rendered[];
  beforeAll(async () => (objects = await chart.render(values)), WITHIN_MS);

  test('every object says whose it is', () => {
    for (const { metadata } of objects) {
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/name': 'assay', 'app.kubernetes.io/instance': 'assay' });
    }
  });

  test('the service and the StatefulSet find the pod by labels that no version and no value changes', () => {
    const own = { 'app.kubernetes.io/name': 'assay', 'app.kubernetes.io/instance': 'assay' };
    const { selector, volumeClaimTemplates } = only(objects, 'StatefulSet')['spec'] as Record<string, unknown>;
    expect(selector).toEqual({ matchLabels: own });
    expect(only(objects, 'Service')['spec']).toMatchObject({ selector: own });
    expect(volumeClaimTemplates).toMatchObject([{ metadata: { labels: own } }]);
    expect(podOf(objects).metadata).toMatchObject({ labels: own });
  });
});

test(
  'every flag is one of the program',
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'src/main.ts'), 'controller', '--help']);
    const [command, ...flags] = podOf(await chart.render(VALUE_SETS['everything set'])).spec.containers[0]?.args ?? [];
    expect(command).toBe('controller');
    const asHelp = flags.map((flag) => (flag.includes('=') ? flag.replace(/=.*/, ' <') : `${flag}  `));
    expect(asHelp.filter((flag) => !stdout.includes(flag))).toEqual([]);
  },
  WITHIN_MS,
);

test(
  'certificates for the intake open a port of its own for it, and nothing does without them',
  async () => {
    const withTls = await chart.render({ intake: { tls: { secretName: 'intake-certs' } } });
    const [container] = podOf(withTls).spec.containers;
    expect(container?.args).toEqual(expect.arrayContaining(['--intake-tls=/etc/assay/intake-tls', '--intake-port=8443']));
    expect(container?.ports).toContainEqual({ name: 'intake', containerPort: 8443, protocol: 'TCP' });
    expect(container?.volumeMounts).toContainEqual({ name: 'intake-tls', mountPath: '/etc/assay/intake-tls', readOnly: true });
    const secret = { secretName: 'intake-certs', defaultMode: 0o440 };
    expect(podOf(withTls).spec.volumes).toEqual([{ name: 'intake-tls', secret }]);
    const port = { name: 'intake', port: 8443, targetPort: 'intake', protocol: 'TCP' };
    expect((only(withTls, 'Service')['spec'] as { ports: object[] }).ports).toContainEqual(port);
    const own = byDefault.filter(({ kind }) => kind === 'StatefulSet' || kind === 'Service');
    expect(JSON.stringify(own)).not.toMatch(/8443|intake/);
  },
  WITHIN_MS,
);

test(
  'what is switched off is not there',
  async () => {
    const kinds = new Set((await chart.render(VALUE_SETS['as little as there can be'])).map(({ kind }) => kind));
    const least = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'Service', 'ServiceAccount', 'StatefulSet'];
    expect([...kinds].sort()).toEqual(least);
    expect(byDefault.some(({ kind }) => kind === 'ServiceMonitor')).toBe(false);
  },
  WITHIN_MS,
);

test(
  'incidents are opened only where that is asked for, and that takes no right beside those for what people write',
  async () => {
    const flagged = (objects: readonly Rendered[]): string | undefined =>
      podOf(objects).spec.containers[0]?.args.find((arg) => arg.startsWith('--open-incidents'));
    const opening = await chart.render({ incidents: { openFrom: 'high' } });
    expect([flagged(byDefault), flagged(opening)]).toEqual([undefined, '--open-incidents=high']);
    expect(rightsIn(opening)).toEqual(rightsIn(byDefault));
    await expect(chart.render({ incidents: { openFrom: 'sometimes' } })).rejects.toThrow(/openFrom/);
    const patient = podOf(await chart.render({ notifications: { toldWithin: '1h' } })).spec.containers[0]?.args;
    expect(patient).toContain('--told-within=1h');
  },
  WITHIN_MS,
);

test(
  'times of incidents become flags that the operator takes, and others are refused',
  async () => {
    const times = { low: { recover: '60d' }, critical: { react: '10m', recover: '6h' }, high: {} };
    const args = podOf(await chart.render({ incidents: { times } })).spec.containers[0]?.args ?? [];
    const flags = args.flatMap((arg) => (arg.startsWith('--incident-times=') ? [arg.slice('--incident-times='.length)] : []));
    expect(flags).toEqual(['critical=react:10m,recover:6h', 'low=recover:60d']);
    expect(incidentTimesOf(flags)).toMatchObject({ critical: { reactMs: 600_000 }, low: { recoverMs: 60 * 86_400_000 } });
    for (const wrong of [{ grave: {} }, { low: { level4: '1d' } }, { low: { react: '1w' } }, { low: { react: '0s' } }])
      await expect(chart.render({ incidents: { times: wrong } })).rejects.toThrow(/times/);
  },
  WITHIN_MS,
);

test(
  'policy reports are written, and may be, only where that is asked for',
  async () => {
    const flagged = (objects: readonly Rendered[]): boolean =>
      podOf(objects).spec.containers[0]?.args.includes('--policy-reports') ?? false;
    const written = await chart.render({ policyReports: { write: true } });
    expect([flagged(byDefault), flagged(written)]).toEqual([false, true]);
    const before = new Set(rightsIn(byDefault).map(textOf));
    const added = rightsIn(written)
      .map(textOf)
      .filter((right) => !before.has(right));
    const verbs = ['get', 'watch', 'create', 'patch', 'delete'];
    expect(added).toEqual(
      ['reports.openreports.io', 'policyreports.wgpolicyk8s.io'].flatMap((kind) => verbs.map((verb) => `${verb} ${kind} */*`)),
    );
  },
  WITHIN_MS,
);

test(
  'whatever the release is called, all objects mean the same operator',
  async () => {
    const objects = await chart.render({}, 'prod');
    const account = only(objects, 'ServiceAccount').metadata.name;
    expect(account).toBe('prod-assay');
    expect(podOf(objects).spec.serviceAccountName).toBe(account);
    const subject = { kind: 'ServiceAccount', name: account, namespace: SYSTEM };
    for (const kind of ['RoleBinding', 'ClusterRoleBinding']) expect(only(objects, kind)).toMatchObject({ subjects: [subject] });
    const policies = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    const names = policies.map(({ metadata }) => metadata.name.replace('prod-assay-', ''));
    expect(names).toEqual(expect.arrayContaining(['status', 'live-reports', 'attestations', 'incidents', 'changes', 'comments']));
    // Who attests is a person.
    for (const policy of policies.filter(({ metadata }) => metadata.name !== 'prod-assay-attestations'))
      expect(JSON.stringify(policy)).toContain(`'system:serviceaccount:${SYSTEM}:${account}'`);
  },
  WITHIN_MS,
);

test(
  'a long release name leaves room for what the cluster appends',
  async () => {
    const objects = await chart.render({}, 'a-name-of-exactly-fifty-three-letters-so-nearly-all-x');
    expect(only(objects, 'StatefulSet').metadata.name.length).toBeLessThanOrEqual(52);
  },
  WITHIN_MS,
);

test('the definitions are those of crds/, and stay when the chart goes', () => {
  const rendered = byDefault.filter(({ kind }) => kind === 'CustomResourceDefinition');
  const made = readdirSync(join(root, 'crds'))
    .sort()
    .map((name) => load(read(`crds/${name}`)) as Rendered);
  expect(made.length).toBe(KINDS.length);
  expect(rendered.map(({ spec }) => spec)).toEqual(made.map(({ spec }) => spec));
  for (const { metadata } of rendered) {
    expect(metadata).toMatchObject({ annotations: { 'helm.sh/resource-policy': 'keep' } });
  }
});

describe('who may do what', () => {
  const plurals = KINDS.map(({ plural }) => plural).sort();
  const resourcesOf = (role: Rendered): string[] => [...new Set(role.rules?.flatMap(({ resources }) => resources))].sort();

  test('whoever may look sees every kind', () => {
    expect(resourcesOf(only(byDefault, 'ClusterRole', 'assay-view'))).toEqual(plurals);
  });

  test('whoever may edit writes every kind of a namespace, and no status', () => {
    const namespaced = KINDS.filter(({ scope }) => scope === 'Namespaced').map(({ plural }) => plural);
    expect(resourcesOf(only(byDefault, 'ClusterRole', 'assay-edit'))).toEqual(namespaced.sort());
  });

  test('the rights of the operator are those that docs/operating.md prints', () => {
    const [, block = ''] = /^```yaml\n([^`]*kind: ClusterRole\n[^`]*)^```$/m.exec(read('docs/operating.md')) ?? [];
    const printed = rightsIn(loadAll(block) as Rendered[]);
    // By hand nobody need name the one lease.
    const texts = (rights: readonly Right[]): string[] => rights.map((right) => textOf({ ...right, name: '*' })).sort();
    expect(printed.length).toBeGreaterThan(10);
    expect(texts(rightsIn(byDefault))).toEqual(texts(printed));
  });

  test('the operator has a status for every kind, and nothing that one has to ask for by a star', () => {
    const roles = byDefault.filter(({ kind, metadata }) => kind.endsWith('Role') && metadata.name === 'assay');
    const all = roles.flatMap(resourcesOf);
    expect(all).toEqual(expect.arrayContaining(plurals.map((plural) => `${plural}/status`)));
    expect(JSON.stringify(roles.map(({ rules }) => rules))).not.toContain('*');
  });
});
