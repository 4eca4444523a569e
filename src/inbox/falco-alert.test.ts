import fc from 'fast-check';

import { falcoAlert, falcoText } from './examples.ts';
import { isDrop, isInternal, parseFalcoAlerts } from './falco-alert.ts';
import { nanosecondTime } from './nanosecond-time.ts';

const SECRET = 'text-of-an-attacker';

test('an alert of Falco itself', () => {
  expect(parseFalcoAlerts(falcoText())).toEqual({
    kind: 'Alerts',
    alerts: [
      {
        key: '["Drop and execute new binary in container","2023-11-14T22:13:20.000000001Z","node-1"]',
        rule: 'Drop and execute new binary in container',
        priority: 'Critical',
        time: '2023-11-14T22:13:20.000000001Z',
        hostname: 'node-1',
        origin: 'syscall',
        tags: ['container', 'maturity_stable'],
        namespace: 'shop',
        output: '12:00:00.000000001: Critical Drop and execute new binary (proc=evil user=root)',
        fields: { 'evt.time': 1_700_000_000_000_000_000, 'k8s.ns.name': 'shop', 'proc.name': 'evil', 'proc.pid': 7 },
        cut: false,
      },
    ],
  });
});

test('an alert of falcosidekick that it has cut is kept and marked', () => {
  const uuid = 'c1bd1d4f-9b1f-4b2b-8f3e-5d0d0a0b6c11';
  const more = { uuid, output: 'a long one[...]', time: '2023-11-14T22:13:20.0000001Z', priority: 'critical' };
  expect(falcoAlert(more)).toMatchObject({
    output: 'a long one[...]',
    cut: true,
    priority: 'Critical',
    time: '2023-11-14T22:13:20.000000100Z',
  });
  expect(falcoAlert({ ...more, uuid: 'x' }).key).toBe(falcoAlert({ time: '2023-11-14T22:13:20.000000100Z' }).key);
});

test.each<[string, unknown, string]>([
  ['any case', 'eMERGENCY', 'Emergency'],
  ['the short word of some tools', 'info', 'Informational'],
  ['the long one', 'INFORMATIONAL', 'Informational'],
])('a priority in %s', (_, priority, want) => expect(falcoAlert({ priority }).priority).toBe(want));

test('what is not said is absent or empty, and no reason to refuse', () => {
  const more = { hostname: undefined, source: null, tags: null, output: undefined, output_fields: null };
  const { tags, namespace, ...alert } = falcoAlert(more);
  expect({ tags, namespace }).toEqual({});
  expect(alert).toMatchObject({ hostname: '', origin: '', output: '', fields: {}, cut: false });
});

test.each<[string, unknown, string | undefined]>([
  ['a name', 'shop', 'shop'],
  ['none, of an event of the host', null, ''],
  ['none, as older versions write it', '<NA>', ''],
  ['not put out by the rule', undefined, undefined],
])('namespace: %s', (_, value, want) => {
  expect(falcoAlert({ output_fields: { 'k8s.ns.name': value } }).namespace).toBe(want);
});

const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
test.each<[string, string, RegExp]>([
  ['no JSON', `{"${SECRET}`, /^the body is not JSON$/],
  ['nothing', '', /not JSON/],
  ['null', 'null', /not a JSON object/],
  ['a list in a list', '[[]]', /not a JSON object/],
  ['an empty object', '{}', /time of an alert is not a string|rule of an alert is not a string/],
  ['no rule', falcoText({ rule: '' }), /names no rule/],
  ['a rule that is a number', falcoText({ rule: 7 }), /rule of an alert is not a string/],
  ['an unknown priority', falcoText({ priority: SECRET }), /priority of an alert is none of Emergency/],
  ['a priority that is a number', falcoText({ priority: 2 }), /priority of an alert is not a string/],
  ['a time that is none', falcoText({ time: SECRET }), /not of RFC 3339/],
  ['a day that does not exist', falcoText({ time: '2023-02-30T00:00:00Z' }), /not of RFC 3339/],
  ['a time that is a number', falcoText({ time: 1 }), /time of an alert is not a string/],
  ['a hostname that is an object', falcoText({ hostname: {} }), /hostname of an alert is not a string/],
  ['tags that are a text', falcoText({ tags: 'a,b' }), /tags of an alert are not a list/],
  ['a tag that is a number', falcoText({ tags: [1] }), /a tag of an alert is not a string/],
  ['too many tags', falcoText({ tags: Array(65).fill('a') }), /more than 64 tags/],
  ['fields that are a list', falcoText({ output_fields: [] }), /output_fields of an alert are not an object/],
  [
    'too many fields',
    falcoText({ output_fields: Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`f${i}`, i])) }),
    /more than 512 output fields/,
  ],
  [
    'a field that is too deep',
    falcoText({ output_fields: 0 }).replace('"output_fields":0', `"output_fields":${deep}`),
    /too deep/,
  ],
  ['too many alerts', `[${Array(1_001).fill('{}').join()}]`, /more than 1000 alerts/],
  ['one bad alert among good ones', `[${falcoText()},{"rule":"${SECRET}"}]`, /is not a string/],
])('refused: %s', (_, body, message) => {
  const parsed = parseFalcoAlerts(body);
  expect(parsed).toMatchObject({ kind: 'Refused', message: expect.stringMatching(message) as unknown });
  expect(JSON.stringify(parsed)).not.toContain(SECRET);
});

test('long texts are cut and marked, and nothing in them breaks a record', () => {
  const long = 'x'.repeat(100_000);
  const alert = falcoAlert({
    rule: long,
    output: `a\0b\uD800${long}`,
    output_fields: { __proto__x: 1, long, [long]: { a: long } },
  });
  expect(alert.cut).toBe(true);
  expect(JSON.stringify({ ...alert, key: '' }).length).toBeLessThan(30_000);
  expect(alert.output.startsWith('a\uFFFDb\uFFFDx')).toBe(true);
});

test('a field of any name is a field', () => {
  const body = falcoText({ output_fields: 0 }).replace('"output_fields":0', '"output_fields":{"__proto__":{"polluted":1}}');
  const parsed = parseFalcoAlerts(body);
  const [alert] = parsed.kind === 'Alerts' ? parsed.alerts : [];
  expect(Object.entries(alert!.fields)).toEqual([['__proto__', '{"polluted":1}']]);
  expect('polluted' in {}).toBe(false);
});

test('whatever comes, it is alerts or a sentence', () => {
  const field = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue());
  const shape = fc.record(
    {
      rule: field,
      priority: field,
      time: field,
      hostname: field,
      source: field,
      tags: field,
      output: field,
      output_fields: field,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(shape, fc.jsonValue()), (value) => {
      const parsed = parseFalcoAlerts(JSON.stringify(value));
      if (parsed.kind === 'Refused') expect(parsed.message).toMatch(/^[a-z]/);
      else for (const alert of parsed.alerts) expect(JSON.parse(JSON.stringify(alert))).toEqual(alert);
    }),
  );
});

test.each<[string, Record<string, unknown>, boolean, boolean]>([
  ['a drop', { rule: 'Falco internal: syscall event drop', source: 'internal' }, true, true],
  [
    'a drop of a Falco that does not say its source',
    { rule: 'Falco internal: syscall event drop', source: undefined },
    true,
    true,
  ],
  ['anything else that Falco says of itself', { rule: 'Falco internal: timeouts notification', source: 'internal' }, true, true],
  ['a snapshot of its metrics', { rule: 'Falco internal: metrics snapshot', source: 'internal' }, true, false],
  ["a user's rule of that name", { rule: 'Falco internal: syscall event drop', source: 'syscall' }, false, false],
  ['an alert', {}, false, false],
])('%s', (_, more, internal, drop) => {
  const alert = falcoAlert(more);
  expect([isInternal(alert), isDrop(alert)]).toEqual([internal, drop]);
});

test.each<[string, string | undefined]>([
  ['2023-11-14T22:13:20.000000001Z', '2023-11-14T22:13:20.000000001Z'],
  ['2023-11-14T22:13:20Z', '2023-11-14T22:13:20.000000000Z'],
  ['2023-11-15T00:13:20.5+02:00', '2023-11-14T22:13:20.500000000Z'],
  ['2023-11-14t22:13:20.12z', '2023-11-14T22:13:20.120000000Z'],
  ['2023-11-14T22:13:20.0000000001Z', undefined],
  ['2023-11-14 22:13:20Z', undefined],
  ['2023-13-14T22:13:20Z', undefined],
  ['0000-01-01T00:00:00+01:00', undefined],
  ['22:13:20.000000001', undefined],
])('the time %s is %s', (text, want) => expect(nanosecondTime(text)).toBe(want));
