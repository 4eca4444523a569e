import fc from 'fast-check';

type Json = string | number | boolean | null | Json[] | { [field: string]: Json };
type Path = readonly (string | number)[];

const HUGE_CHARS = 200_000;

/** Values that somebody would never write, and others that somebody does. */
const hostile: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -1, 1e308, -1e308, 5e-324, 2 ** 53, 0.1, '', ' ', '0', 'null', 'NaN'),
  fc.constantFrom<Json>('0s', '1s', '-5m', '1ns', '999999999h', '8760h', '1e9h', '5 m', '1h1m1s', '٣m', '99999999999999999999s'),
  fc.constantFrom<Json>('2026-02-30T00:00:00Z', '9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z', '1970-01-01T00:00:00+14:00'),
  fc.constantFrom<Json>(
    '\u0000',
    '\u202eevil\u202c',
    '\ud83d\ude00'.repeat(60),
    'ÿ',
    '\n',
    '{{ .Values }}',
    '$(reboot)',
    '<b>',
    '../..',
  ),
  fc.constantFrom<Json>('vector(1)', 'up or vector(1)', 'up[', 'rate(up[99999d])', 'sum(', '1', '{__name__=~".+"}'),
  fc.constantFrom<Json>(
    'http://[::1',
    'file:///etc/passwd',
    'http://127.0.0.1:1',
    'https://prometheus/?q=',
    'HTTP://A',
    'http://a b/',
  ),
  fc.constantFrom<Json>(
    'Pass',
    'Fail',
    'Inconclusive',
    'DryRun',
    'All',
    'Any',
    'customers',
    'authority',
    '==',
    '100',
    '100.000001',
  ),
  fc.constant<Json>('x'.repeat(HUGE_CHARS)),
  fc.constant<Json>(Array.from({ length: 300 }, (_, index) => index)),
  fc.constant<Json>(deep(60)),
  fc.constant<Json>({ constructor: { prototype: null }, toString: 1 }),
  fc.constantFrom<Json>([], {}, [[]], [null], [{}]),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

function deep(levels: number): Json {
  let value: Json = 'bottom';
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}

const FIELDS = ['suspend', 'objective', 'whenUnknown', 'holdFor', 'maxAge', 'period', 'timeout', 'tls', 'auth', '__proto__', 'x'];

type Mutation = (object: Json) => Json;

const mutation: fc.Arbitrary<Mutation> = fc
  .tuple(fc.nat(), fc.constantFrom('Replace', 'Remove', 'Add', 'Double'), hostile, fc.constantFrom(...FIELDS))
  .map(([where, kind, value, field]): Mutation => (object) => {
    const paths = pathsOf(object);
    const path = paths[where % paths.length]!;
    return changeAt(object, path, (found) => {
      if (kind === 'Remove') return undefined;
      if (kind === 'Add') return isFields(found) ? { ...found, [field]: value } : value;
      if (kind === 'Double') return Array.isArray(found) ? [...found, ...found] : [found, found];
      return value;
    });
  });

/** So many specs that began as a valid one, each with one to three mutations. The same seed gives the same. */
export function mutantsOf(spec: unknown, count: number, seed: number): unknown[] {
  const mutations = fc.sample(fc.array(mutation, { minLength: 1, maxLength: 3 }), { numRuns: count, seed });
  return mutations.map((each) => each.reduce((object, mutate) => mutate(object), { spec } as Json)).map(specIn);
}

const specIn = (object: Json): unknown => (isFields(object) ? object['spec'] : object);

const isFields = (value: unknown): value is { [field: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where there is anything under `spec`, itself included. */
function pathsOf(value: Json, at: Path = []): Path[] {
  const inner = Array.isArray(value) ? [...value.entries()] : isFields(value) ? Object.entries(value) : [];
  const below = inner.flatMap(([key, child]) => pathsOf(child, [...at, key]));
  return at.length === 0 ? (below.length === 0 ? [['spec']] : below) : [at, ...below];
}

function changeAt(value: Json, [key, ...rest]: Path, change: (found: Json) => Json | undefined): Json {
  if (key === undefined) return change(value) ?? null;
  const found = (Array.isArray(value) ? value[Number(key)] : isFields(value) ? value[key] : undefined) ?? null;
  const next = rest.length === 0 ? change(found) : changeAt(found, rest, change);
  if (Array.isArray(value)) return value.flatMap((each, index) => (index === key ? (next === undefined ? [] : [next]) : [each]));
  const others = Object.entries(isFields(value) ? value : {}).filter(([name]) => name !== key);
  return Object.fromEntries([...others, ...(next === undefined ? [] : [[key, next] as const])]);
}
