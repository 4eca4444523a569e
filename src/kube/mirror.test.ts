import type { KubeObject } from '../api/common.ts';
import { Mirror, withoutManagedFields } from './mirror.ts';
import { keyOf } from './resource.ts';
import { rememberingLogger, type Logged } from './stand-ins.ts';

interface Thing extends KubeObject {
  readonly colours: readonly string[];
}
const thing = (name: string, version: string, colours: readonly string[] = [], uid = `uid-${name}`): Thing => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { namespace: 'ns', name, uid, resourceVersion: version },
  colours,
});
const short = (object: Thing | undefined): string =>
  object === undefined ? '-' : `${object.metadata.name}@${object.metadata.resourceVersion}`;

function bench(): { mirror: Mirror<Thing>; told: string[]; lines: readonly Logged[] } {
  const { log, lines } = rememberingLogger();
  const colour = (object: Thing): readonly string[] => {
    if (object.colours.includes('broken')) throw new Error('no such colour');
    return object.colours;
  };
  const mirror = new Mirror<Thing>({ log, indexes: { colour } });
  const told: string[] = [];
  mirror.onChange((before, after) => told.push(`${short(before)} -> ${short(after)}`));
  return { mirror, told, lines };
}
const asMap = (...objects: Thing[]): Map<string, Thing> => new Map(objects.map((object) => [keyOf(object), object]));
const names = (objects: readonly Thing[]): string[] => objects.map(({ metadata }) => metadata.name).sort();

test('an object is told new, changed and gone, after the store knows', () => {
  const { mirror, told } = bench();
  const sizes: number[] = [];
  mirror.onChange(() => sizes.push(mirror.store.size));
  mirror.put(thing('a', '1'));
  mirror.put(thing('a', '2'));
  mirror.remove('ns/a');
  expect(told).toEqual(['- -> a@1', 'a@1 -> a@2', 'a@2 -> -']);
  expect(sizes).toEqual([1, 1, 0]);
});

test('the same version again is no change, and what is not there can not go', () => {
  const { mirror, told } = bench();
  mirror.put(thing('a', '1'));
  mirror.put(thing('a', '1'));
  mirror.remove('ns/b');
  expect(told).toEqual(['- -> a@1']);
});

test('an object that was deleted and made again is told gone, then new', () => {
  const { mirror, told } = bench();
  mirror.put(thing('a', '1', [], 'first'));
  mirror.put(thing('a', '5', [], 'second'));
  expect(told).toEqual(['- -> a@1', 'a@1 -> -', '- -> a@5']);
});

test('a list tells what was deleted, changed and made while nobody watched', () => {
  const { mirror, told } = bench();
  mirror.replace(asMap(thing('a', '1'), thing('b', '1'), thing('c', '1')));
  told.length = 0;
  mirror.replace(asMap(thing('b', '1'), thing('c', '7'), thing('d', '8')));
  expect(told).toEqual(['a@1 -> -', 'c@1 -> c@7', '- -> d@8']);
  expect(names(mirror.store.list())).toEqual(['b', 'c', 'd']);
});

test('a write of a status leaves the spec the same object; another generation or another spec of the same one does not', () => {
  const { mirror } = bench();
  const put = (resourceVersion: string, generation: number, red: string): unknown => {
    const { metadata, ...rest } = thing('a', resourceVersion);
    mirror.put({ ...rest, metadata: { ...metadata, generation }, spec: { red } } as ReturnType<typeof thing>);
    return (mirror.store.list()[0] as unknown as { spec: unknown }).spec;
  };
  const first = put('1', 1, 'yes');
  expect(put('2', 1, 'yes')).toBe(first);
  expect(put('3', 1, 'no')).toEqual({ red: 'no' });
  expect(put('4', 2, 'no')).not.toBe(first);
});

test('objects are found by index, under what they say now', () => {
  const { mirror } = bench();
  mirror.put(thing('a', '1', ['red', 'green']));
  mirror.put(thing('b', '1', ['green']));
  expect(names(mirror.store.byIndex('colour', 'green'))).toEqual(['a', 'b']);
  mirror.put(thing('a', '2', ['blue']));
  mirror.remove('ns/b');
  expect(names(mirror.store.byIndex('colour', 'green'))).toEqual([]);
  expect(names(mirror.store.byIndex('colour', 'blue'))).toEqual(['a']);
  expect(mirror.store.byIndex('weight', '1')).toEqual([]);
});

test('a handler that throws is logged, and keeps nobody else from being told', () => {
  const { log, lines } = rememberingLogger();
  const mirror = new Mirror<Thing>({ log });
  const told: string[] = [];
  mirror.onChange(() => {
    throw new Error('oops');
  });
  mirror.onChange((_before, after) => told.push(short(after)));
  mirror.put(thing('a', '1'));
  expect(told).toEqual(['a@1']);
  expect(lines).toMatchObject([{ level: 'error', message: 'a change handler failed', error: 'oops' }]);
});

test('an object that can not be indexed or trimmed is kept all the same', () => {
  const { mirror, lines } = bench();
  mirror.put(thing('a', '1', ['broken']));
  expect(mirror.store.get('ns/a')).toBeDefined();
  const trim = (): Thing => {
    throw new Error('oops');
  };
  expect(new Mirror<Thing>({ log: rememberingLogger().log, trim }).trimmed(thing('b', '1'))).toEqual(thing('b', '1'));
  expect(lines).toHaveLength(1);
});

test('a handler taken away is told nothing', () => {
  const { mirror } = bench();
  const told: string[] = [];
  const away = mirror.onChange((_before, after) => told.push(short(after)));
  away();
  mirror.put(thing('a', '1'));
  expect(told).toEqual([]);
});

test('what only the API server needs is left out', () => {
  const full = { ...thing('a', '1'), metadata: { ...thing('a', '1').metadata, managedFields: [{ manager: 'x' }] } };
  expect(withoutManagedFields(full)).toEqual(thing('a', '1'));
});
