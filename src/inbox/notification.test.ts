import fc from 'fast-check';

import { webhookAlert, webhookText } from './examples.ts';
import { parseNotification } from './notification.ts';

const SECRET = 'tok3n-that-must-not-leak';
const AT = 1_700_000_000_000;
const one = webhookAlert({ alertname: 'DiskFull', a: 'é"' }, { startsAt: AT });
const parse = (alerts: unknown[], more: object = {}) => parseNotification(webhookText(alerts, { ...more }));

test('labels come in the order of their names, times in milliseconds, and nothing else is kept', () => {
  const ended = webhookAlert({}, { startsAt: AT, endsAt: AT + 5 });
  expect(parse([one, ended], { truncatedAlerts: 3 })).toEqual({
    kind: 'Notification',
    notification: {
      group: expect.any(Uint8Array) as unknown,
      alerts: [
        { labels: { a: 'é"', alertname: 'DiskFull' }, startsAt: AT },
        { labels: {}, startsAt: AT, endedAt: AT + 5 },
      ],
      truncated: 3,
    },
  });
});

test('a group has a short name of its own', () => {
  const groupOf = (groupKey: string): string => {
    const parsed = parse([one], { groupKey });
    return parsed.kind === 'Notification' ? Buffer.from(parsed.notification.group).toString('hex') : '';
  };
  const long = 'x'.repeat(100_000);
  expect([groupOf(long).length, groupOf(long)]).toEqual([32, groupOf(long)]);
  expect(groupOf(long)).not.toBe(groupOf(`${long}y`));
});

test('old Alertmanagers do not say how many they leave out', () => {
  expect(parse([one], { truncatedAlerts: undefined })).toMatchObject({ notification: { truncated: 0 } });
});

const bad: Record<string, [text: string, message: RegExp, alerts?: number]> = {
  'no JSON': [`{"${SECRET}`, /^the body is not JSON$/],
  'a list': ['[]', /^the body is not a JSON object$/],
  'another version': [webhookText([one], { version: SECRET }), /^the body is no webhook payload of Alertmanager of version 4$/],
  'the alert list of the API': [JSON.stringify([one]), /not a JSON object/],
  'no alerts': [webhookText([], { alerts: SECRET }), /^the body has no list of alerts$/],
  'no groupKey': [webhookText([one, one], { groupKey: 1 }), /^the groupKey is not a string$/, 2],
  'truncated by less than nothing': [webhookText([one], { truncatedAlerts: -1 }), /^truncatedAlerts is no number/],
  'an alert that is null': [webhookText([one, null]), /^an alert is not a JSON object$/, 2],
  'an unknown status': [webhookText([{ ...one, status: SECRET }]), /^status of an alert is neither/],
  'labels that are a list': [webhookText([{ ...one, labels: [SECRET] }]), /^labels of an alert is not a JSON object$/],
  'a label that is a number': [webhookText([{ ...one, labels: { a: 1 } }]), /^a label of an alert is not a string$/],
  'half a surrogate pair': [webhookText([{ ...one, labels: { a: '\ud800' } }]), /not well-formed text$/],
  'too long a value': [webhookText([{ ...one, labels: { a: SECRET.repeat(1_000) } }]), /^a label of an alert is too long$/],
  'too long values together': [
    webhookText([{ ...one, labels: Object.fromEntries([1, 2, 3, 4, 5].map((n) => [n, 'x'.repeat(8_000)])) }]),
    /^the labels of an alert are too long$/,
  ],
  'too many labels': [
    webhookText([{ ...one, labels: Object.fromEntries(Array.from({ length: 129 }, (_, n) => [`l${n}`, ''])) }]),
    /^an alert has more than 128 labels$/,
  ],
  'too many alerts': [webhookText(Array<unknown>(10_001).fill(1)), /^more than 10000 alerts/, 10_001],
  'a start that is none': [webhookText([{ ...one, startsAt: SECRET }]), /^startsAt of an alert is not a time/],
  'an end that is none': [webhookText([{ ...one, status: 'resolved', endsAt: '2026-02-30T00:00:00Z' }]), /^endsAt of an alert/],
};
test.each(Object.entries(bad))('refused, without a word of what was sent: %s', (_, [text, message, alerts = 1]) => {
  const parsed = parseNotification(text);
  expect(parsed).toEqual({ kind: 'Refused', message: expect.stringMatching(message) as unknown, alerts });
  expect(JSON.stringify(parsed)).not.toContain(SECRET);
});

test('a label that every object has is one like any other', () => {
  const text = webhookText([one]).replace('"alertname"', '"__proto__"');
  const parsed = parseNotification(text);
  expect(parsed.kind === 'Notification' && JSON.stringify(parsed.notification.alerts[0]?.labels)).toContain(
    '"__proto__":"DiskFull"',
  );
});

test('whatever JSON comes, it is read or refused', () => {
  const alert = fc.record(
    {
      status: fc.constantFrom('firing', 'resolved', 1),
      labels: fc.jsonValue(),
      startsAt: fc.jsonValue(),
      endsAt: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), fc.record({ version: fc.constant('4'), groupKey: fc.string(), alerts: fc.array(alert) })),
      (value) => {
        expect(['Notification', 'Refused']).toContain(parseNotification(JSON.stringify(value)).kind);
      },
    ),
  );
  fc.assert(fc.property(fc.string(), (text) => expect(parseNotification(text).kind).toBe('Refused')));
});
