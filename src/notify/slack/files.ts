import type { Failed } from '../attempt.ts';
import type { Attachment, NotifierOptions } from '../notifier.ts';
import { newSender, resultOfStatus } from '../sending.ts';
import { textOf } from '../json.ts';
import type { SlackApi } from './api.ts';
import type { SlackRef } from './ref.ts';

/*
 * Files go to Slack in three steps (https://docs.slack.dev/messaging/working-with-files/#uploading_files): an address is asked for, the
 * bytes are posted there, and the file is shown in a thread. Until the third step nobody sees anything.
 */

/** A file that lies at Slack and is shown nowhere yet. */
export interface Upload {
  readonly id: string;
  readonly title: string;
}

/** The first two steps for each file. */
export async function uploadAll(
  api: SlackApi,
  attachments: readonly Attachment[],
  { apiUrl, options }: { readonly apiUrl: string; readonly options: NotifierOptions },
  signal: AbortSignal,
): Promise<{ readonly kind: 'Uploaded'; readonly uploads: readonly Upload[] } | Failed> {
  const uploads: Upload[] = [];
  for (const { name, bytes } of attachments) {
    const asked = await api.form('files.getUploadURLExternal', { filename: name, length: String(bytes.length) }, signal);
    if (asked.kind !== 'Ok') return asked;
    const [url, id] = [URL.parse(textOf(asked.body['upload_url'])), textOf(asked.body['file_id'])];
    if (url === null || id === '' || !isOf(url, new URL(apiUrl)))
      return { kind: 'Rejected', message: 'Slack names no address of its own for the file' };
    const failed = await postBytes(url, bytes, options, signal);
    if (failed !== undefined) return failed;
    uploads.push({ id, title: name });
  }
  return { kind: 'Uploaded', uploads };
}

/** Files go only to the house that the token goes to: the host of the Web API, or one below it (files.slack.com). */
function isOf(url: URL, api: URL): boolean {
  return url.protocol === api.protocol && (url.host === api.host || url.hostname.endsWith(`.${api.hostname}`));
}

async function postBytes(url: URL, body: Uint8Array, options: NotifierOptions, signal: AbortSignal): Promise<Failed | undefined> {
  const sender = newSender({ ...options, url: url.origin });
  const headers = { 'content-type': 'application/octet-stream' };
  try {
    const answer = await sender.send({ method: 'POST', path: url.pathname + url.search, headers, body }, signal);
    if (answer.kind !== 'Answer') return answer;
    // 404 and the like are about the address for this file, not about the channel.
    if (answer.status !== 200 && answer.status !== 429)
      return { kind: 'NotNow', message: `Slack does not take the file (${answer.status})` };
    return answer.status === 200 ? undefined : (resultOfStatus(answer, options.clock.now()) as Failed);
  } finally {
    await sender.close();
  }
}

/** The third step: shows them in the thread of a message. */
export async function showAll(
  api: SlackApi,
  uploads: readonly Upload[],
  { channel, ts, root }: SlackRef,
  signal: AbortSignal,
): Promise<Failed | undefined> {
  if (uploads.length === 0) return undefined;
  const body = { files: uploads, channel_id: channel, thread_ts: root ?? ts };
  const answer = await api.json('files.completeUploadExternal', body, signal);
  return answer.kind === 'Ok' ? undefined : answer;
}
