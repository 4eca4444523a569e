import { readFileSync } from 'node:fs';

import fc from 'fast-check';

import { metricsOf } from './metrics-text.ts';

const code = (wanted: string): Error => expect.objectContaining({ code: wanted }) as Error;
const fixture = readFileSync(`${import.meta.dirname}/fixtures/metrics-0.41.txt`, 'utf8');

test('the metrics of a Falco', () => {
  const metrics = metricsOf(fixture);
  expect(metrics).toHaveLength(fixture.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length);
  expect(metrics).toContainEqual({
    name: 'falcosecurity_scap_n_drops_buffer_total',
    labels: { dir: 'exit', drop: 'open' },
    value: 0,
  });
  expect(metrics).toContainEqual({ name: 'falcosecurity_falco_cpu_usage_ratio', labels: {}, value: 0.014 });
});

test.each<[string, string, object]>([
  ['no labels', 'a 1', { name: 'a', labels: {}, value: 1 }],
  ['empty labels', 'a{} 1', { name: 'a', labels: {}, value: 1 }],
  ['a comma at the end, and blanks everywhere', ' a { b = "c" , } 1.5e3 ', { name: 'a', labels: { b: 'c' }, value: 1500 }],
  ['a time stamp', 'a{b="c"} 1 1395066363000', { name: 'a', labels: { b: 'c' }, value: 1 }],
  ['escapes', String.raw`a{b="\\ \" \n } \t"} 1`, { name: 'a', labels: { b: '\\ " \n } \\t' }, value: 1 }],
  ['no blank before the labels', 'a{b="}"}+Inf', { name: 'a', labels: { b: '}' }, value: Infinity }],
  ['not a number', 'a NaN', { name: 'a', labels: {}, value: NaN }],
  ['Windows line ends', 'a 1\r', { name: 'a', labels: {}, value: 1 }],
])('read: %s', (_, line, want) => expect(metricsOf(`# a comment\n\n${line}\n`)).toEqual([want]));

test.each<[string, string]>([
  ['a page', '<html>hello</html>'],
  ['no value', 'a'],
  ['no value behind the labels', 'a{b="c"}'],
  ['a value that is a word', 'a constructor'],
  ['a value of another base', 'a 0x10'],
  ['labels that do not end', 'a{b="c" 1'],
  ['a label that does not end', 'a{b="c} 1'],
  ['a label twice', 'a{b="c",b="d"} 1'],
  ['two labels without a comma', 'a{b="c"d="e"} 1'],
  ['a name with a blank', 'a b 1'],
  ['half a surrogate', 'a{b="\uD800"} 1'],
  ['too many labels', `a{${Array.from({ length: 65 }, (_, index) => `l${index}="v"`).join()}} 1`],
])('refused: %s', (_, line) => {
  expect(() => metricsOf(`b 1\n${line}\n`)).toThrow(code('SOURCE_BAD_ANSWER'));
});

test('more metrics than are read are too many', () => {
  expect(() => metricsOf('a 1\n'.repeat(20_001))).toThrow(code('SOURCE_ANSWER_TOO_LARGE'));
});

test('what ends a line elsewhere ends none here', () => {
  for (const text of ['\r', '\u2028', '\u2029', '\u0085']) {
    expect(metricsOf(`a{b="${text}x"} 1\n`)).toEqual([{ name: 'a', labels: { b: `${text}x` }, value: 1 }]);
  }
});

test('what is written is read again', () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,10}$/);
  const label = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => text.isWellFormed());
  const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  fc.assert(
    fc.property(name, fc.dictionary(name, label, { maxKeys: 5, noNullPrototype: true }), fc.double(), (metric, labels, value) => {
      const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
      const written = Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'Inf');
      expect(metricsOf(`${metric}{${pairs.join()}} ${written}\n`)).toEqual([{ name: metric, labels, value }]);
    }),
  );
});

test('whatever comes ends soon', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        metricsOf(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'SOURCE_BAD_ANSWER' });
      }
    }),
  );
  const started = performance.now();
  expect(() => metricsOf(`a{b="${'\\\\'.repeat(500_000)}`)).toThrow();
  expect(() => metricsOf(`a${' '.repeat(500_000)}x y z`)).toThrow();
  expect(performance.now() - started).toBeLessThan(5_000);
});
