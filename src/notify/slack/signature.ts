import { createHmac } from 'node:crypto';

import type { Clock } from '../../platform/clock.ts';
import { sameText } from '../../platform/same-text.ts';
import type { PlatformRequest } from '../notifier.ts';
import { newSeen } from '../listening/seen.ts';

const VERSION = 'v0';
const LONGEST_SECONDS = 300;
const MS = 1_000;
const MOST_REMEMBERED = 10_000;

/** Whether a request is one of Slack's (https://docs.slack.dev/authentication/verifying-requests-from-slack/), and the first like it. */
export function newSignatureCheck(secret: string, clock: Clock): (request: PlatformRequest) => boolean {
  // A time that is ahead by five minutes is good for ten.
  const seen = newSeen({ clock, ttlMs: 2 * LONGEST_SECONDS * MS, most: MOST_REMEMBERED });
  return ({ headers, body }) => {
    const at = headers['x-slack-request-timestamp'] ?? '';
    const signature = headers['x-slack-signature'] ?? '';
    if (secret === '' || !/^\d{1,12}$/.test(at)) return false;
    if (Math.abs(clock.now() / MS - Number(at)) > LONGEST_SECONDS) return false;
    return sameText(signature, signatureOf(secret, at, body)) && seen.isFirst(signature);
  };
}

/** What Slack writes into `X-Slack-Signature`; `at` in seconds. */
export function signatureOf(secret: string, at: string, body: Buffer): string {
  return `${VERSION}=${createHmac('sha256', secret).update(`${VERSION}:${at}:`).update(body).digest('hex')}`;
}
