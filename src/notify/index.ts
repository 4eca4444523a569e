/**
 * Tells each audience what concerns it: decides from records of the log who is to read what, sends it by way of the platform of a
 * channel, and says what became of it. It judges nothing, and nothing is told that is not on record.
 */
export type {
  About,
  Abilities,
  Ask,
  Asker,
  Attachment,
  Card,
  Delivery,
  DeliveryResult,
  Listener,
  ListenOptions,
  MessageRef,
  Notifier,
  PlatformAnswer,
  PlatformRequest,
  Probe,
  Question,
  Reply,
  Tone,
} from './notifier.ts';
export { NOTIFIERS } from './registry.ts';
export { newShared, type Shared } from './listening/shared.ts';
