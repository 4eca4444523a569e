import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { criterion, source } from '../../api/validate.fixtures.ts';
import { type Finding, loadManifests, readManifests } from './index.ts';

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'assay-manifests-'))));
afterEach(() => rm(dir, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
}

const said = ({ file, line, path, message, severity }: Finding): string =>
  `${file.slice(dir.length + 1)}:${line}: ${severity}: ${path}: ${message}`;

const findingsIn = async (text: string): Promise<string[]> => {
  await write({ 'a.yaml': text });
  return (await readManifests([dir])).findings.map(said);
};

const json = (object: object): string => JSON.stringify(object);

test('files of a folder are read in order, each once, without hidden folders, links to folders and other files', async () => {
  const named = (name: string): string => json({ ...source(), metadata: { name } });
  await write({
    'b/two.yml': named('two'),
    'a.json': named('one'),
    'c.txt': named('no'),
    '.git/d.yaml': named('no'),
    'node_modules/e.yaml': named('no'),
  });
  await symlink(dir, join(dir, 'loop'));
  const { manifests, findings, files } = await readManifests([dir, join(dir, 'a.json')]);
  expect(manifests.map(({ object }) => (object as { metadata: { name: string } }).metadata.name)).toEqual(['one', 'two']);
  expect(findings).toEqual([]);
  expect(files).toBe(2);
});

test('a file that is named is read whatever it is called', async () => {
  await write({ criterion: json(criterion()) });
  expect((await readManifests([join(dir, 'criterion')])).manifests).toHaveLength(1);
});

describe('objects are found wherever they stand', () => {
  test.each(
    Object.entries({
      'several documents': { text: `${json(criterion())}\n---\n${json(source())}\n---\n`, want: 2 },
      'a List': {
        text: json({ apiVersion: 'v1', kind: 'List', items: [criterion(), { kind: 'ConfigMap' }, source()] }),
        want: 2,
      },
      'somebody else has a kind of that name': { text: json({ ...source(), apiVersion: 'other.io/v1' }), want: 0 },
      'a group that is misspelt': { text: json({ ...source(), apiVersion: 'asay.dev/v1alpha1' }), want: 1 },
      'a kind that is misspelt': { text: json({ ...source(), kind: 'EvidenceSorce' }), want: 1 },
      'a kind that our group does not have': { text: json({ ...source(), kind: 'Ingress' }), want: 1 },
      'no apiVersion': { text: 'kind: EvidenceSource', want: 1 },
      'the configuration of something else': { text: 'scrape_configs: []', want: 0 },
      'an empty file': { text: '# nothing\n', want: 0 },
    }),
  )('%s', async (_sentence, { text, want }) => {
    await write({ 'a.yaml': text });
    expect((await readManifests([dir])).manifests).toHaveLength(want);
  });
});

describe('mistakes in the file itself', () => {
  test.each(
    Object.entries({
      'a duplicate key': { text: 'a: 1\nb: 2\na: 3\n', want: 'a.yaml:3: error: : the key a stands twice: remove one' },
      'a bracket left open': { text: 'a: [1\nb: 2\n', want: 'a.yaml:2: error: : this is not YAML: ' },
      'an alias that stands for nothing': { text: 'a: *b\n', want: 'a.yaml:1: error: : ' },
      'aliases that grow without end': {
        text: `a: &a [1]\n${'bcdefg'
          .split('')
          .map((k, i) => `${k}: &${k} [${`*${'abcdef'[i] ?? ''},`.repeat(9)}]`)
          .join('\n')}`,
        want: 'a.yaml:1: error: : ',
      },
      'brackets without end': { text: '['.repeat(100_000), want: 'a.yaml:1: error: : this is not YAML: ' },
    }),
  )('%s', async (_sentence, { text, want }) => expect((await findingsIn(text)).join('\n')).toContain(want));
});

test('the second of two documents is read although the first is broken', async () => {
  const found = await findingsIn(`a: [1\n---\n${json(source({ maxConcurrency: 0 }))}`);
  expect(found.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    'a.yaml:2: error: :',
    'a.yaml:3: error: spec.maxConcurrency:',
  ]);
});

describe('a field is told of at its own line', () => {
  const text = [
    'apiVersion: v1',
    'kind: List',
    'items:',
    '- apiVersion: assay.dev/v1alpha1',
    '  kind: EvidenceSource',
    '  metadata: { name: prometheus }',
    '  spec:',
    '    prometheus:',
    '      url: nowhere',
    '    tmeout: 10s',
    '    auth:',
    '      basic: {}',
  ].join('\n');
  test.each(
    Object.entries({
      'a wrong value': 'a.yaml:9: error: items[0].spec.prometheus.url: ',
      'an unknown field': 'a.yaml:10: error: items[0].spec.tmeout: unknown field; did you mean timeout?',
      'a missing field: where it should be': 'a.yaml:12: error: items[0].spec.auth.basic.username: is required',
      'a missing field of an object that goes on': 'a.yaml:7: error: items[0].spec.namespaces: is required',
    }),
  )('%s', async (_sentence, want) => expect((await findingsIn(text)).join('\n')).toContain(want));
});

describe('words that kubectl reads otherwise than they look', () => {
  const step = (key: string): string =>
    json(criterion()).replace('"title"', `"escalation":[{"audience":"internal","after":"0s",${key}: ["Fail"]}],"title"`);
  test.each(
    Object.entries({
      'a bare on': {
        text: step('on'),
        want: 'error: spec.escalation[0].on: kubectl reads the bare word on as a boolean',
      },
      'a quoted on': { text: step('"on"'), want: 'spec.escalation[0].on: unknown field' },
      'a bare yes': {
        text: json(criterion()).replace(/"title":"[^"]*"/, '"title": yes'),
        want: 'spec.title: must be a string, not the boolean true',
      },
      'a quoted yes': { text: json(criterion()).replace(/"title":"[^"]*"/, '"title": "yes"'), want: undefined },
      'a bare version': {
        text: json(criterion()).replace('"2020"', ' 2020'),
        want: 'spec.controls[0].version: must be a string',
      },
    }),
  )('%s', async (_sentence, { text, want }) => {
    const found = (await findingsIn(text)).join('\n');
    if (want === undefined) expect(found).toBe('');
    else expect(found).toContain(want);
  });
});

describe('who an object is', () => {
  const nameless = { ...criterion(), metadata: { name: 'shop-availability' } };
  test.each(
    Object.entries({
      'two of one name': {
        objects: [criterion(), criterion()],
        want: 'a.yaml:3: error: metadata.name: CertificationCriterion shop/shop-availability stands at DIR/a.yaml:1 already',
      },
      'one source twice, word for word': { objects: [source(), source()], want: '' },
      'two sources of one name': {
        objects: [source(), source({ timeout: '3s' })],
        want: 'a.yaml:3: error: metadata.name: EvidenceSource prometheus stands at DIR/a.yaml:1 already',
      },
      'one name in two namespaces': {
        objects: [criterion(), { ...criterion(), metadata: { name: 'shop-availability', namespace: 'other' } }],
        want: '',
      },
      'no namespace': {
        objects: [nameless],
        want: 'error: metadata.namespace: is required: a service is namespace/service, and the service shop',
      },
      'a namespace where none belongs': {
        objects: [{ ...source(), metadata: { name: 'prometheus', namespace: 'monitoring' } }],
        want: 'warning: metadata.namespace: EvidenceSource belongs to the whole cluster',
      },
    }),
  )('%s', async (_sentence, { objects, want }) => {
    const found = (await findingsIn(objects.map(json).join('\n---\n'))).join('\n').replaceAll(dir, 'DIR');
    if (want === '') expect(found).toBe('');
    else expect(found).toContain(want);
  });
});

test('a path that leads nowhere, and a file that is too large, are told of', async () => {
  await write({ 'large.yaml': '' });
  await truncate(join(dir, 'large.yaml'), 5 * 1024 * 1024);
  const { findings } = await readManifests([join(dir, 'nothing'), dir]);
  expect(findings.map(said)).toEqual([
    'nothing:1: error: : no such file or folder',
    'large.yaml:1: error: : holds 5242880 bytes, more than 4194304: split it into smaller files',
  ]);
});

test('what is loaded is typed, has its defaults, and says where it stands', async () => {
  await write({ 'a.yaml': `# one\n${json(criterion())}\n---\n${json(source())}\n` });
  const loaded = await loadManifests([dir]);
  expect(loaded).toMatchObject({
    kind: 'Loaded',
    criteria: [{ file: join(dir, 'a.yaml'), line: 2, object: { spec: { interval: '1m' } } }],
    sources: [{ line: 4, object: { spec: { timeout: '10s' } } }],
    warnings: [],
  });
});

test('one mistake refuses all, in the order of the lines', async () => {
  await write({ 'a.yaml': `${json(criterion({ interval: 5 }))}\n---\n${json(source({ maxConcurrency: 0 }))}\n` });
  const loaded = await loadManifests([dir]);
  expect(loaded.kind === 'Invalid' ? loaded.findings.map(({ line }) => line) : []).toEqual([1, 3]);
});
