import type { HttpAnswer } from '../../platform/http.ts';
import type { Failed } from '../attempt.ts';
import { resultOfStatus } from '../sending.ts';

/*
 * Errors come as `{ id, message, status_code }` (https://api.mattermost.com/#tag/errors). What the ids mean is read from the server:
 * github.com/mattermost/mattermost, server/channels/api4 and server/channels/app (post.go, file.go, channel.go).
 */
const STOPPED = {
  'api.context.session_expired.app_error': 'the token is not valid, or was revoked',
  'api.context.invalid_token.error': 'the token is not valid, or was revoked',
  'api.context.token_provided.app_error': 'the server does not allow tokens',
  'api.context.mfa_required.app_error': 'the account has to set up multi-factor authentication first',
  'api.context.permissions.app_error': 'the bot lacks a permission, or is not in the channel',
  'api.context.404.app_error': 'the address is not that of a Mattermost server',
  'api.post.create_post.can_not_post_to_deleted.error': 'the channel is archived',
  'api.post.patch_post.can_not_update_post_in_deleted.error': 'the channel is archived',
  'api.post.update_post.can_not_update_post_in_deleted.error': 'the channel is archived',
  'api.post.create_post.town_square_read_only': 'the channel is read-only',
  'api.post.create_post.can_not_post_in_restricted_dm.error': 'the bot may not write to this person',
  'app.channel.get.existing.app_error': 'there is no such channel',
  'app.channel.get_by_name.missing.app_error': 'there is no such channel, or it is archived',
  'app.team.get_by_name.missing.app_error': 'there is no such team',
  'app.channel.get_member.missing.app_error': 'the bot is not in the channel',
} as const;

const NOT_NOW = {
  'api.context.server_busy.app_error': 'the server is busy',
} as const;

const UNANSWERED = {
  'api.post.deduplicate_create_post.pending': 'an earlier attempt is still under way',
  'api.post.deduplicate_create_post.failed_to_get': 'the server could not tell whether the message is there',
} as const;

const GONE = {
  'api.post.create_post.root_id.app_error': 'the message to answer is no longer there',
  'api.post.create_post.channel_root_id.app_error': 'the message to answer is no longer there',
  'api.post.update_post.permissions_time_limit.app_error': 'the message can no longer be edited',
  'api.post.update_post.permissions_details.app_error': 'the message is no longer there',
  'api.post.update_post.find.app_error': 'the message is no longer there',
  'api.post.update_post.system_message.app_error': 'the message can not be edited',
  'app.post.get.app_error': 'the message is no longer there',
} as const;

const REJECTED = {
  'model.post.is_valid.message_length.app_error': 'the message is too long',
  'model.post.is_valid.msg.app_error': 'the message is too long',
  'model.post.is_valid.props.app_error': 'the message is too long',
  'model.post.is_valid.file_ids.app_error': 'the message has too many files',
  'api.context.invalid_param.app_error': 'the request is malformed',
  'api.context.invalid_body_param.app_error': 'the request is malformed',
  'api.context.invalid_url_param.app_error': 'the request is malformed',
  'app.post.save.existing.app_error': 'the request is malformed',
  'api.file.attachments.disabled.app_error': 'the server takes no files',
  'api.file.upload_file.storage.app_error': 'the server takes no files',
  'api.file.upload_file.too_large_detailed.app_error': 'the file is too large',
  'api.file.upload_file.large_image.app_error': 'the image is too large',
} as const;

const KINDS = { Stopped: STOPPED, NotNow: NOT_NOW, Unanswered: UNANSWERED, Gone: GONE, Rejected: REJECTED } as const;

/** By kind, every error that is known; for tests. */
export const DOCUMENTED: Readonly<Record<Failed['kind'], readonly string[]>> = {
  Stopped: Object.keys(STOPPED),
  NotNow: Object.keys(NOT_NOW),
  Unanswered: Object.keys(UNANSWERED),
  Gone: Object.keys(GONE),
  Rejected: Object.keys(REJECTED),
};

const NOT_IMPLEMENTED = 501;

/**
 * What an answer of 400 or more means. A 500 without a known id is `Unanswered`: the server also answers so when something fails after
 * the message was stored, and forgets its `pending_post_id` then.
 */
export function failureOf(answer: HttpAnswer, id: string, now: number): Failed {
  const byStatus = resultOfStatus(answer, now) as Failed;
  // Not of Mattermost itself, or without more to say than the status.
  if (answer.status === 429) return byStatus;
  for (const kind of Object.keys(KINDS) as Failed['kind'][]) {
    const says: Readonly<Record<string, string>> = KINDS[kind];
    if (Object.hasOwn(says, id)) return withWait({ kind, message: `${says[id] ?? ''} (${id})` }, byStatus);
  }
  if (answer.status === NOT_IMPLEMENTED) return { kind: 'Rejected', message: 'the server does not offer this (501)' };
  if (answer.status >= 500) return { kind: 'Unanswered', message: `Mattermost had an error of its own (${answer.status})` };
  return byStatus;
}

function withWait(failed: Failed, byStatus: Failed): Failed {
  const waits = failed.kind === 'NotNow' && byStatus.kind === 'NotNow' && byStatus.retryAfterMs !== undefined;
  return waits ? { ...failed, retryAfterMs: byStatus.retryAfterMs } : failed;
}
