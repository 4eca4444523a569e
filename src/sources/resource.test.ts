import type { KubeObject } from '../api/common.ts';
import type { ResourceEvidence } from '../api/evidence-kinds.ts';
import type { Reading } from '../domain/sample.ts';
import type { ClusterObjects, FoundObjects } from './cluster.ts';
import { resourceReader } from './resource.ts';

const never = new AbortController().signal;
const shop = { namespace: 'shop' };

const deployment = (name: string, replicas: number, ...images: string[]): KubeObject =>
  ({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels: { app: name } } },
    spec: { replicas, factor: 1.5, template: { spec: { containers: images.map((image, at) => ({ image, at })) } } },
    status: { startedAt: '2026-01-01T00:00:00Z' },
  }) as KubeObject;

const front = deployment('front', 3, 'r.example.org/front:1', 'r.example.org/proxy:2');
const back = deployment('back', 1, 'elsewhere.example/back:latest');
const bare = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'bare' } };

const queryOf = (expression: string, count?: 'Breaking' | 'Holding'): ResourceEvidence => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', expression },
  ...(count && { count }),
});
const having = (...objects: KubeObject[]): ClusterObjects => ({ list: () => Promise.resolve({ kind: 'Objects', objects }) });
const read = (query: ResourceEvidence, objects: ClusterObjects): Promise<Reading> =>
  resourceReader.read(query, objects, shop, never);

const images = 'object.spec.template.spec.containers';
const expressions: Record<string, [expression: string, breaking: number]> = {
  'a number is compared with a whole one': ['object.spec.replicas >= 2', 2],
  'a number is equal to a whole one': ['object.spec.replicas == 3', 2],
  'numbers are counted with as whole ones': ['object.spec.replicas / 2 == 1', 2],
  'a broken number is compared too': ['object.spec.factor > 1.0 && object.spec.factor < 2', 1],
  'all of a list': [`${images}.all(c, c.image.startsWith("r.example.org/"))`, 2],
  'none of a list': [`!${images}.exists(c, c.image.endsWith(":latest"))`, 2],
  'how many of a list': [`size(${images}.filter(c, c.at > 0)) == 1`, 2],
  'a loop within a loop': [`${images}.all(c, ${images}.exists_one(d, c.image == d.image))`, 1],
  'a field that is there': ['has(object.spec)', 1],
  'a label': ['"app" in object.metadata.labels && object.metadata.labels["app"] == "front"', 2],
  'what an object is': ['object.kind == "Deployment"', 0],
  'a moment': ['timestamp(object.status.startedAt) < timestamp("2026-02-01T00:00:00Z")', 1],
  'what is false holds of none': ['false', 3],
  'what is no truth holds of none': ['object.spec.replicas', 3],
};

test.each(Object.entries(expressions))('counts by %s; a missing field breaks', async (_sentence, [expression, breaking]) => {
  const sample = (value: number) => ({ kind: 'Samples', samples: [{ labels: {}, value }] });
  expect(await read(queryOf(expression), having(front, back, bare))).toEqual(sample(breaking));
  // Of an object without the field nothing can be said: the number of those that hold is the least that it can be.
  expect(await read(queryOf(expression, 'Holding'), having(front, back, bare))).toMatchObject(sample(3 - breaking));
  expect(await resourceReader.check(queryOf(expression), having(front), shop, never)).toBeUndefined();
});

test('how many hold is partial where the expression can not be said of an object', async () => {
  const partial = 'of 1 objects the expression can not be said';
  const holding = queryOf('object.spec.replicas >= 2', 'Holding');
  expect(await read(holding, having(front, bare))).toMatchObject({ kind: 'Samples', partial });
  expect(await read(holding, having(front, back))).not.toHaveProperty('partial');
});

test('no object at all is no evidence', async () => {
  expect(await read(queryOf('true'), having())).toEqual({ kind: 'Samples', samples: [] });
});

const nested = (depth: number, body: string): string =>
  depth === 0 ? body : `object.l.all(v${depth}, ${nested(depth - 1, body)})`;

const invalid: Record<string, [expression: string, says: RegExp]> = {
  'what breaks off': ['object.spec >=', /can not be understood \(at character \d+\): Unexpected token/],
  'a name that there is not': ['objekt.spec == 1', /at character 1\): Unknown variable: objekt/],
  'a number as the answer': ['1 + 1', /says no true or false, but something of type int/],
  'a text as the answer': ['"a"', /something of type string/],
  'a regular expression': ['object.kind.matches("(a+)+$")', /calls matches\(\)/],
  'what makes lists that grow': ['[1].map(x, [x, x]).size() == 1', /calls map\(\)/],
  'a name for a value': ['cel.bind(x, object, x == x)', /calls bind\(\)/],
  'a function that there is not': ['object.kind.nope()', /can not be understood|calls nope\(\)/],
  'three loops, each within the other': [nested(3, 'true'), /nests .* 3 deep; at most 2/],
  'many additions': [`object.a${' + object.a'.repeat(5)} == 1`, /adds 5 times; at most 4/],
  'more parts than are allowed': [`true${' && true'.repeat(200)}`, /can not be understood/],
  'more depth than is allowed': [`${'('.repeat(100)}true${')'.repeat(100)}`, /can not be understood/],
};

test.each(Object.entries(invalid))('refuses %s', async (_sentence, [expression, says]) => {
  const refusal = await resourceReader.check(queryOf(expression), having(front), shop, never);
  expect(refusal).toEqual({ reason: 'InvalidExpression', message: expect.stringMatching(says) as unknown });
  expect(refusal?.message.length).toBeLessThan(400);
  expect(await read(queryOf(expression), having(front))).toMatchObject({ reason: 'ExpressionFailed', message: refusal?.message });
});

const long = { ...bare, l: Array.from({ length: 20_000 }, (_, at) => ({ at, name: `n${at}` })) };
const costly: Record<string, string> = {
  'a long list, looked at for each of its own': nested(2, 'v1 == v1'),
  'a long list, compared with itself for each of its own': 'object.l.exists(x, object.l != object.l)',
  'errors that the expression itself puts up with': 'object.l.exists(x, object.l.exists(y, y.missing == x.missing))',
  'a list of lists': '[object.l, object.l, object.l].exists(l, l.exists(x, x.at < 0))',
};

test.each(Object.entries(costly))('gives up on %s', async (_sentence, expression) => {
  const before = performance.now();
  expect(await read(queryOf(expression), having(front, long))).toEqual({
    ...{ kind: 'Unavailable', reason: 'ExpressionFailed' },
    message: 'the expression takes too many steps on these objects',
  });
  expect(performance.now() - before).toBeLessThan(5_000);
});

test('ten thousand objects are counted, and others have their turn meanwhile', async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const many = Array.from({ length: 10_000 }, (_, at) => deployment(`d${at}`, at % 2 === 0 ? 1 : 2, 'a', 'b'));
  const reading = await read(queryOf(`object.spec.replicas >= 2 && ${images}.all(c, c.image != "x")`), having(...many));
  clearInterval(timer);
  expect(reading).toEqual({ kind: 'Samples', samples: [{ labels: {}, value: 5_000 }] });
  expect(turns).toBeGreaterThan(0);
});

test('objects can not say what they are to an expression', async () => {
  const odd = JSON.parse('{"constructor":"x","__proto__":{"a":1},"length":7,"l":[1],"t":"a"}') as object;
  const answers = ['object.constructor == "x"', 'object.__proto__.a == 2', 'object.l.constructor == 1', 'object.t.length == 1'];
  for (const expression of answers) {
    expect(await read(queryOf(expression, 'Holding'), having({ ...bare, ...odd }))).toMatchObject({ samples: [{ value: 0 }] });
  }
  expect(await read(queryOf('object.length == 7', 'Holding'), having({ ...bare, ...odd }))).toMatchObject({
    samples: [{ value: 1 }],
  });
});

test('a text that is too long to compare breaks the expression', async () => {
  const wordy = { ...bare, text: 'a'.repeat(4_097) };
  expect(await read(queryOf('object.text.contains("a")'), having(wordy))).toMatchObject({ samples: [{ value: 1 }] });
});

const notFound = (reason: 'NotServed' | 'NotAllowed' | 'Unreachable' | 'TooMany'): ClusterObjects => ({
  list: () => Promise.resolve<FoundObjects>({ kind: 'NotFound', reason, message: `no ${reason}` }),
});
const absences = {
  NotServed: ['SourceUnreachable', "no NotServed; the chart's value readableResources lists the kinds that may be read"],
  NotAllowed: ['SourceUnreachable', 'no NotAllowed'],
  Unreachable: ['SourceUnreachable', undefined],
  TooMany: ['TooManySeries', undefined],
} as const;

test.each(Object.entries(absences))('is no evidence where the objects can not be had: %s', async (name, [reason, message]) => {
  const objects = notFound(name as keyof typeof absences);
  expect(await read(queryOf('true'), objects)).toEqual({ kind: 'Unavailable', reason, message: `no ${name}` });
  const refusal = message === undefined ? undefined : { reason: 'KindNotAllowed', message };
  expect(await resourceReader.check(queryOf('true'), objects, shop, never)).toEqual(refusal);
});

test('ends when it is given up', async () => {
  const many = Array.from({ length: 1_000 }, (_, at) => deployment(`d${at}`, 1));
  const reading = resourceReader.read(queryOf('true'), having(...many), shop, AbortSignal.abort());
  expect(await reading).toMatchObject({ kind: 'Unavailable', message: expect.stringMatching(/given up/) as unknown });
});
