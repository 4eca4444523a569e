/**
 * Keeps alerts that are pushed to Assay until evidence is read from them: bounded, and on disk before the sender hears that they
 * have been taken. What is pushed looks to the sources like what is pulled.
 */
export { type FalcoAlert, isDrop, isInternal, parseFalcoAlerts, type ParsedAlerts } from './falco-alert.ts';
export { type Notification, parseNotification, type ParsedNotification, type ToldAlert } from './notification.ts';
export { type InboxOptions, openInbox } from './sqlite.ts';
export type { AlertGroup, Appended, Episode, Gaps, Inbox, ReceivedAlert, Span, Window, WindowSummary } from './inbox.ts';
