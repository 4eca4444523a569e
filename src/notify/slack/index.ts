/**
 * Tells people in a channel of Slack, with the token of a bot (messages are edited, answered in threads, carry files and show once) or by
 * an incoming webhook (messages only); hears what people ask by Socket Mode and by slash commands.
 */
import { AssayError } from '../../platform/errors.ts';
import type { Abilities, Platform } from '../notifier.ts';
import { secretAddress } from '../secret-address.ts';
import { newBot } from './bot.ts';
import { listen } from './listen.ts';
import { newWebhook } from './webhook.ts';

const API_URL = 'https://slack.com/api';

const BOT: Abilities = { edits: true, threads: true, files: true, once: true };
const WEBHOOK: Abilities = { edits: false, threads: false, files: false, once: false };

/** The platform `slack`. */
export const slack: Platform<'slack'> = {
  abilities: ({ webhookSecret }) => (webhookSecret === undefined ? BOT : WEBHOOK),
  open: ({ url = API_URL, channel, tokenSecret, webhookSecret }, options) => {
    if (webhookSecret !== undefined) return newWebhook(secretAddress(options.secret(webhookSecret)), options);
    if (tokenSecret === undefined || channel === undefined)
      throw new AssayError('SPEC_INVALID', 'slack has channel and tokenSecret, or webhookSecret');
    return newBot({ apiUrl: url, channel, token: options.secret(tokenSecret).trim() }, options);
  },
  listen: ({ url = API_URL, channel, tokenSecret, appTokenSecret, signingSecret }, options) => {
    if (channel === undefined || tokenSecret === undefined) return undefined;
    if (appTokenSecret === undefined && signingSecret === undefined) return undefined;
    const read = (ref: typeof tokenSecret): string => options.secret(ref).trim();
    return listen(
      {
        ...{ apiUrl: url, channel, token: read(tokenSecret) },
        ...(appTokenSecret && { appToken: read(appTokenSecret) }),
        ...(signingSecret && { signingSecret: read(signingSecret) }),
      },
      options,
    );
  },
};
