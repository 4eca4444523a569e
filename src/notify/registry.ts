import type { PlatformKind } from '../api/channel.ts';
import { alertmanager } from './alertmanager/index.ts';
import { discord } from './discord/index.ts';
import { email } from './email/index.ts';
import { matrix } from './matrix/index.ts';
import { mattermost } from './mattermost/index.ts';
import type { Platform } from './notifier.ts';
import { slack } from './slack/index.ts';
import { teams } from './teams/index.ts';
import { webhook } from './webhook/index.ts';

/** The register of platforms: adding one is its folder, its schema in `api/channel.ts` and its line here. */
export const NOTIFIERS: { readonly [K in PlatformKind]?: Platform<K> } = {
  ...{ matrix, slack, mattermost, teams, discord, webhook, alertmanager, email },
};
