import {
  type NotificationChannelSpec,
  type PlatformKind,
  platformOf,
  PLATFORMS,
  type PlatformSettings,
} from '../../api/channel.ts';
import { NOTIFIERS } from '../../notify/index.ts';
import type { Platform } from '../../notify/notifier.ts';
import { AssayError } from '../../platform/errors.ts';

/** The platform of a channel, and what the channel says of it. */
export interface ChosenPlatform<K extends PlatformKind> {
  readonly platform: Platform<K>;
  readonly settings: PlatformSettings[K];
}

/** Finds it. Throws AssayError SPEC_INVALID where a loosened CRD let none through. */
export function chosenPlatform(spec: NotificationChannelSpec): ChosenPlatform<PlatformKind> {
  const kind = platformOf(spec);
  const settings = kind && spec[kind];
  if (kind === undefined || settings === undefined)
    throw new AssayError('SPEC_INVALID', `a channel has exactly one platform: ${Object.keys(PLATFORMS).join(', ')}`);
  // Both are of one kind, which the compiler does not follow through an index.
  return { platform: NOTIFIERS[kind] as Platform<PlatformKind>, settings };
}
