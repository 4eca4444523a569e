import { chown, lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';

import { fetchParts, freePort } from '../../src/parts/index.ts';
import { messageOf } from '../../src/platform/errors.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { eventually, openWorld, SYSTEM, type World } from '../cluster/operator-world.ts';
import { type ImageConfig, openBuildah } from './buildah.ts';
import { type Container, type ContainerOptions, startContainer } from './container.ts';
import { writeBases } from './machine-bases.ts';

/* The image is built by its own Dockerfile on bases made of this machine, and run as a kubelet would against a real cluster. */

const checkout = join(import.meta.dirname, '../..');
const IMAGE = 'localhost/assay:test';
const USER = 65532;
const BUILD_WITHIN_MS = 15 * 60_000;
// What a kubelet gives a pod between SIGTERM and SIGKILL.
const GRACE_MS = 30_000;
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const isRoot = process.getuid?.() === 0;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const tools = isRoot
  ? await fetchParts(['buildah', 'runc'], { env, say }).catch(messageOf)
  : 'it takes root to build and to run it here';
// Where main is guarded, a test that did not run is no test that passed.
if (typeof tools === 'string' && env['CI'] !== undefined) throw new Error(tools);
if (typeof tools === 'string') say(`The image is not tested: ${tools}`);
const { buildah: buildahBin = '', runc = '' } = typeof tools === 'string' ? {} : tools;

(typeof tools === 'string' ? describe.skip : describe)('the image', () => {
  let world: World;
  let config: ImageConfig;
  let rootfs: string;
  let started = 0;

  beforeAll(async () => {
    world = await openWorld();
    const { dir, signal } = world.session;
    const bases = await writeBases(join(dir, 'bases'), env);
    const buildah = openBuildah(join(dir, 'images'), buildahBin, env, signal);
    await world.session.use(Promise.resolve(buildah));
    await buildah.build('localhost/base-build', { dockerfile: bases.dockerfile, context: bases.build });
    await buildah.build('localhost/base-run', { dockerfile: bases.dockerfile, context: bases.run });
    await buildah.build(IMAGE, {
      ...{ dockerfile: join(checkout, 'Dockerfile'), context: checkout, secrets: { npmrc: bases.npmrc } },
      args: { BUILD_BASE: 'localhost/base-build', RUN_BASE: 'localhost/base-run', VERSION: '1.2.3', REVISION: 'abc' },
    });
    config = await buildah.configOf(IMAGE);
    rootfs = await buildah.mount(IMAGE);
  }, BUILD_WITHIN_MS);
  afterAll(() => world.close(), 60_000);

  const start = (options: ContainerOptions): Promise<Container> => {
    const dir = join(world.session.dir, `container-${(started += 1)}`);
    return world.session.use(startContainer({ runc, dir }, { rootfs, config }, options));
  };

  /** A folder as a volume comes: the group of the pod may write in it. */
  async function volume(name: string): Promise<string> {
    const path = join(world.session.dir, name);
    await mkdir(path);
    await chown(path, USER, USER);
    return path;
  }

  /** What a kubelet puts into each pod, with the rights of the admin. */
  async function serviceAccount(): Promise<string> {
    const path = await volume('service-account');
    await writeFile(join(path, 'token'), world.cluster.adminToken);
    await writeFile(join(path, 'ca.crt'), world.cluster.ca);
    await writeFile(join(path, 'namespace'), SYSTEM);
    return path;
  }

  test('holds the bundle with its licences, and neither packages nor sources', async () => {
    const opt = join(rootfs, 'opt/assay');
    expect((await readdir(opt)).sort()).toEqual(['LICENSE', 'bin', 'package.json', 'third-party.txt']);
    expect((await readdir(join(opt, 'bin'))).filter((name) => !name.endsWith('.js'))).toEqual([]);
    const thirdParty = await readFile(join(opt, 'third-party.txt'), 'utf8');
    for (const name of ['@kubernetes/client-node', 'express', 'undici', 'winston']) {
      expect(thirdParty).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: (Apache-2.0|MIT)$`, 'm'));
    }
    expect(thirdParty).toContain('Permission is hereby granted, free of charge');
  });

  test('brings along nothing that a shell could be made of', async () => {
    const programs = await Promise.all(
      ['bin', 'usr/bin', 'usr/local/bin', 'sbin'].map((folder) => readdir(join(rootfs, folder)).catch(() => [])),
    );
    expect(programs.flat()).toEqual(['node']);
  });

  test('only the store belongs to its user, and all else to root', async () => {
    const entries = await readdir(rootfs, { recursive: true });
    const foreign = await Promise.all(entries.map(async (entry) => ({ entry, ...(await ownerOf(join(rootfs, entry))) })));
    expect(foreign.filter(({ uid, others }) => uid !== 0 || others)).toEqual([
      { entry: 'var/lib/assay', uid: USER, others: false },
    ]);
  });

  test('says how it is to be run', () => {
    expect(config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['node', '/opt/assay/bin/main.js'],
      ExposedPorts: { '8080/tcp': {} },
      Volumes: { '/var/lib/assay': {} },
      Labels: { 'org.opencontainers.image.version': '1.2.3', 'org.opencontainers.image.revision': 'abc' },
    });
  });

  test('runs the other commands too, but offers no demo, which takes a checkout', async () => {
    const version = await start({ args: ['--version'] });
    expect({ code: await version.ended, said: version.said() }).toEqual({
      code: 0,
      said: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
    const mounts = { '/examples': { from: join(checkout, 'examples') } };
    const lint = await start({ args: ['lint', '-f', '/examples'], mounts });
    expect({ code: await lint.ended, said: lint.said() }).toMatchObject({ code: 0 });
    const help = await start({ args: ['--help'] });
    expect(await help.ended).toBe(0);
    expect(help.said()).toContain('controller [options]');
    expect(help.said()).not.toContain('demo');
  }, 60_000);

  test('judges in a cluster with a read-only root and without rights of its own, and ends by SIGTERM within the grace', async () => {
    const prometheus = await world.startPrometheus({});
    const store = await volume('store');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const operator = await start({
      args: [...(config.Cmd ?? []), `--port=${port}`],
      env: {
        ...{ KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: new URL(world.cluster.url).port },
        ...{ POD_NAME: 'assay-0', POD_UID: 'a-uid', POD_NAMESPACE: SYSTEM },
      },
      mounts: { [SERVICE_ACCOUNT]: { from: await serviceAccount() }, '/var/lib/assay': { from: store, writable: true } },
    });
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), 60_000);

    await world.api.apply(
      namespace('shop'),
      source('prometheus', prometheus.url),
      criterion('shop/up', { source: 'prometheus', query: 'vector(1)' }),
    );
    await eventually(
      async () => expect((await world.api.get('CertificationCriterion', 'shop/up')).status?.verdict).toBe('Pass'),
      60_000,
    );

    const pid = await operator.pid();
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    expect(command.slice(0, 3)).toEqual(['node', '/opt/assay/bin/main.js', 'controller']);
    expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\t65532\t65532\t65532\t65532\nGid:\t65532\t/m);
    expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^CapEff:\t0+$/m);
    expect(await readFile(`/proc/${pid}/mountinfo`, 'utf8')).toMatch(/^\S+ \S+ \S+ \/ \/ ro,/m);

    const from = Date.now();
    await operator.kill('SIGTERM');
    expect(await operator.ended).toBe(0);
    expect(Date.now() - from).toBeLessThan(GRACE_MS);
    expect(operator.said()).not.toMatch(/"level":"error"|EROFS|EACCES/);
    // Closed in order: all of the log is in one file, and so is the inbox.
    expect(await readdir(store)).toEqual(['evidence.db', 'evidence.inbox.db']);
    expect((await stat(join(store, 'evidence.db'))).uid).toBe(USER);
  }, 180_000);
});

async function ownerOf(path: string): Promise<{ readonly uid: number; readonly others: boolean }> {
  const { uid, mode } = await lstat(path);
  return { uid, others: (mode & 0o002) !== 0 && (mode & 0o170000) !== 0o120000 };
}
