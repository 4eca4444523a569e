/**
 * Tells people in a channel of Mattermost, with the token of a bot: messages are edited, answered in threads, carry files and show once. Hears what people
 * ask by a slash command.
 */
import type { Platform } from '../notifier.ts';
import { newBot } from './bot.ts';
import { listen } from './command.ts';

/** The platform `mattermost`. */
export const mattermost: Platform<'mattermost'> = {
  abilities: () => ({ edits: true, threads: true, files: true, once: true }),
  open: ({ url, channel, tokenSecret }, options) => newBot({ url, channel, token: options.secret(tokenSecret).trim() }, options),
  listen: ({ url, channel, commandTokenSecret }, options) =>
    commandTokenSecret && listen({ url, channel, token: options.secret(commandTokenSecret).trim() }, options),
};
