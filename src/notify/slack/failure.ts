import type { Failed } from '../attempt.ts';
import { retryAfterMs } from '../sending.ts';

/*
 * What each documented error of the methods used here means for a delivery. From the lists of errors of chat.postMessage, chat.update,
 * files.getUploadURLExternal, files.completeUploadExternal, conversations.history, conversations.replies, conversations.info,
 * users.conversations and auth.test at https://docs.slack.dev/reference/methods.
 */
const STOPPED = {
  // Credentials.
  not_authed: 'there is no token',
  invalid_auth: 'the token is not valid',
  account_inactive: 'the token belongs to a bot or workspace that was removed',
  token_revoked: 'the token was revoked',
  token_expired: 'the token has expired',
  no_permission: 'the bot lacks a permission',
  missing_scope: 'the token lacks a scope',
  not_allowed_token_type: 'this kind of token can not do that',
  org_login_required: 'the workspace is being moved to an organisation',
  ekm_access_denied: 'the administrators have suspended posting',
  access_denied: 'the bot has no access',
  team_access_not_granted: 'the bot has no access to the workspace',
  team_not_found: 'the workspace is not known',
  enterprise_is_restricted: 'the organisation does not allow this method',
  two_factor_setup_required: 'two-factor authentication has to be set up first',
  accesslimited: 'access to this method is limited for the workspace',
  // The channel.
  not_in_channel: 'the bot is not in the channel',
  channel_not_found: 'there is no such channel, or the bot is not in it',
  channel_is_archived: 'the channel is archived',
  is_archived: 'the channel is archived',
  is_inactive: 'the channel is frozen, archived or deleted',
  channel_type_not_supported: 'this kind of channel can not take messages of a bot',
  messages_tab_disabled: 'the app does not allow messages there',
  external_channel_migrating: 'the channel is being moved between workspaces',
  restricted_action: 'the settings of the workspace do not let the bot post there',
  restricted_action_read_only_channel: 'the channel is read-only',
  restricted_action_non_threadable_channel: 'the channel takes no answers in threads',
  restricted_action_thread_only_channel: 'the channel takes answers in threads only',
  posting_to_channel_denied: 'the bot may not post in the channel',
  invalid_channel: 'there is no such channel',
  deprecated_endpoint: 'Slack no longer has this method',
  method_deprecated: 'Slack no longer has this method',
  unknown_method: 'the address is not that of the Web API of Slack',
  // Incoming webhooks (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors).
  action_prohibited: 'the administrators do not allow this webhook',
  posting_to_general_channel_denied: 'the webhook may not post in the general channel',
  no_service: 'the webhook was disabled or removed',
  no_service_id: 'the address of the webhook is not complete',
  no_team: 'the workspace of the webhook is not known',
  no_active_hooks: 'the webhook is disabled',
  team_disabled: 'the workspace is no longer active',
  invalid_token: 'the address of the webhook is not valid',
  user_not_found: 'the user of the webhook is not known',
} as const;

const NOT_NOW = {
  ratelimited: 'Slack asks to slow down',
  rate_limited: 'Slack asks to slow down',
  message_limit_exceeded: 'the workspace sends too many messages at the moment',
  request_timeout: 'the request did not arrive whole',
  team_added_to_org: 'the workspace is being moved to an organisation',
  update_failed: 'Slack could not change the message',
  rollup_error: 'Slack could not take the message',
} as const;

// "It's possible some aspect of the operation succeeded before the error was raised."
const UNANSWERED = {
  internal_error: 'Slack had an error of its own',
  fatal_error: 'Slack had an error of its own',
  service_unavailable: 'Slack is not available',
} as const;

const GONE = {
  message_not_found: 'the message is no longer there',
  thread_not_found: 'the thread is no longer there',
  edit_window_closed: 'the message can no longer be edited',
  cant_update_message: 'the message can not be edited by this bot',
  block_mismatch: 'the message can not be edited in this way',
  cant_broadcast_message: 'the message can not be edited in this way',
  cannot_reply_to_message: 'the message can not be answered',
  restricted_action_thread_locked: 'the thread is locked',
  invalid_thread_ts: 'the thread is not known',
  invalid_ts_latest: 'the thread is not known',
} as const;

const REJECTED = {
  msg_too_long: 'the message is too long',
  msg_blocks_too_long: 'the message is too long',
  no_text: 'the message is empty',
  invalid_blocks: 'the message is malformed',
  invalid_blocks_format: 'the message is malformed',
  invalid_attachments: 'the message is malformed',
  too_many_attachments: 'the message is too long',
  attachment_payload_limit_exceeded: 'the message is too long',
  invalid_metadata_format: 'the message is malformed',
  invalid_metadata_schema: 'the message is malformed',
  metadata_too_large: 'the message is malformed',
  metadata_must_be_sent_from_app: 'the token is not that of an app',
  invalid_arguments: 'the request is malformed',
  invalid_arg_name: 'the request is malformed',
  invalid_array_arg: 'the request is malformed',
  invalid_charset: 'the request is malformed',
  invalid_form_data: 'the request is malformed',
  invalid_json: 'the request is malformed',
  json_not_object: 'the request is malformed',
  invalid_post_type: 'the request is malformed',
  missing_post_type: 'the request is malformed',
  missing_argument: 'the request is malformed',
  invalid_payload: 'the request is malformed',
  // Files.
  file_upload_size_restricted: 'the file is too large',
  file_uploads_disabled: 'the workspace takes no files',
  file_uploads_except_images_disabled: 'the workspace takes no files but images',
  file_update_failed: 'the file could not be stored',
  file_not_found: 'the file is no longer there',
  blocked_file_type: 'the workspace does not take this kind of file',
  slack_connect_blocked_file_type: 'the other workspace does not take this kind of file',
  slack_connect_file_upload_sharing_blocked: 'the other workspace takes no files',
  storage_limit_reached: 'the workspace has no more room for files',
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

/** What an error code means. Of one that is not documented nothing is shown: it may be anything. */
export function failureOf(code: string, answer: Parameters<typeof retryAfterMs>[0], now: number): Failed {
  for (const kind of Object.keys(KINDS) as Failed['kind'][]) {
    const says: Readonly<Record<string, string>> = KINDS[kind];
    if (!Object.hasOwn(says, code)) continue;
    const waitMs = kind === 'NotNow' ? retryAfterMs(answer, now) : undefined;
    return { kind, message: `${says[code] ?? ''} (${code})`, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
  }
  return { kind: 'Rejected', message: 'Slack refuses the message with an error that is not documented' };
}
