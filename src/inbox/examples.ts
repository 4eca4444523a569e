import type { FalcoAlert } from './falco-alert.ts';
import { type Notification, parseNotification } from './notification.ts';
import { parseFalcoAlerts } from './falco-alert.ts';

/** The text of an alert as Falco's http_output sends it, for tests and benches; `more` replaces its fields. */
export function falcoText(more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    hostname: 'node-1',
    output: '12:00:00.000000001: Critical Drop and execute new binary (proc=evil user=root)',
    output_fields: { 'evt.time': 1_700_000_000_000_000_000, 'k8s.ns.name': 'shop', 'proc.name': 'evil', 'proc.pid': 7 },
    priority: 'Critical',
    rule: 'Drop and execute new binary in container',
    source: 'syscall',
    tags: ['container', 'maturity_stable'],
    time: '2023-11-14T22:13:20.000000001Z',
    ...more,
  });
}

/** The same, read. */
export function falcoAlert(more: Readonly<Record<string, unknown>> = {}): FalcoAlert {
  const parsed = parseFalcoAlerts(falcoText(more));
  const [alert] = parsed.kind === 'Alerts' ? parsed.alerts : [];
  if (alert === undefined) throw new RangeError('the example is no alert');
  return alert;
}

/** A time of its own for each number: `number` nanoseconds after the example's second. */
export const timeOf = (number: number): string => {
  const at = new Date(1_700_000_000_000 + Math.floor(number / 1e9) * 1_000).toISOString();
  return `${at.slice(0, 19)}.${String(number % 1e9).padStart(9, '0')}Z`;
};

/** An alert as Alertmanager's webhook tells it, for tests: it fires, unless `endsAt` (ms) is given. */
export function webhookAlert(
  labels: Readonly<Record<string, string>>,
  { startsAt, endsAt }: { readonly startsAt: number; readonly endsAt?: number },
): object {
  return {
    ...{ status: endsAt === undefined ? 'firing' : 'resolved', labels, annotations: { summary: 'x' } },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: endsAt === undefined ? '0001-01-01T00:00:00Z' : new Date(endsAt).toISOString(),
    ...{ generatorURL: '', fingerprint: '003b0a0f7d3fa569' },
  };
}

/** The text of a notification of Alertmanager's webhook; `more` replaces its fields. */
export function webhookText(alerts: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    ...{ receiver: 'assay', status: 'firing', alerts, groupLabels: {}, commonLabels: {}, commonAnnotations: {} },
    ...{ externalURL: 'http://alertmanager:9093', version: '4', groupKey: '{}:{}', truncatedAlerts: 0 },
    ...more,
  });
}

/** The same, read. */
export function notificationOf(alerts: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): Notification {
  const parsed = parseNotification(webhookText(alerts, more));
  if (parsed.kind === 'Refused') throw new RangeError(parsed.message);
  return parsed.notification;
}
