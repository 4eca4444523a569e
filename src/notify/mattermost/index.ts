/**
 * Tells people in a channel of Mattermost, with the token of a bot: messages are edited, answered in threads, carry files and show once.
 */
import type { Platform } from '../notifier.ts';
import { newBot } from './bot.ts';

/** The platform `mattermost`. */
export const mattermost: Platform<'mattermost'> = {
  abilities: () => ({ edits: true, threads: true, files: true, once: true }),
  open: ({ url, channel, tokenSecret }, options) => newBot({ url, channel, token: options.secret(tokenSecret).trim() }, options),
};
