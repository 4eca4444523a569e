import type { PushedKind } from '../api/source.ts';
import { type Appended, type Inbox, parseFalcoAlerts, parseNotification } from '../inbox/index.ts';

/** What a body holds: alerts that can be stored, or what is wrong with it in a sentence of ours. */
export type Pushed =
  | {
      readonly kind: 'Alerts';
      readonly alerts: number;
      readonly store: (inbox: Pick<Inbox, 'append' | 'tell'>, source: string) => Promise<Appended>;
    }
  | { readonly kind: 'Refused'; readonly message: string; readonly alerts: number };

/** How the body of each kind of sender is read. */
export const PARSERS: Readonly<Record<PushedKind, (text: string) => Pushed>> = {
  falco: (text) => {
    const parsed = parseFalcoAlerts(text);
    if (parsed.kind === 'Refused') return parsed;
    const { alerts } = parsed;
    return { kind: 'Alerts', alerts: alerts.length, store: (inbox, source) => inbox.append(source, alerts) };
  },
  alertmanager: (text) => {
    const parsed = parseNotification(text);
    if (parsed.kind === 'Refused') return parsed;
    const { notification } = parsed;
    return { kind: 'Alerts', alerts: notification.alerts.length, store: (inbox, source) => inbox.tell(source, notification) };
  },
};
