import { durationMs } from '../../domain/duration.ts';
import { timeText } from '../../domain/moment.ts';
import { openSqliteLook } from '../../evidence/index.ts';
import { emptyNoiseBook, NOISE_KINDS, type NoiseBook, takeIntoNoise } from '../../notify/auditing/noise.ts';
import { type Noise, noiseOf } from '../../notify/auditing/noise-figures.ts';
import type { Clock } from '../../platform/clock.ts';
import { AssayError } from '../../platform/errors.ts';
import { audienceFacts, channelText, noiseDocument } from '../../report/index.ts';
import type { NoiseFormat } from './options.ts';

export interface NoiseCommand {
  /** Path of the evidence store. */
  readonly store: string;
  /** How long ago it begins: a duration. */
  readonly since: string;
  readonly output: NoiseFormat;
}

export interface NoiseIo {
  readonly write: (bytes: string | Uint8Array) => void;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The command: says what messages of the last time were worth, from the evidence store, which it only reads: an operator may have it open.
 * @throws AssayError USAGE, STORE_FAILED, STORE_INCOMPATIBLE
 */
export async function runNoise({ store, since, output }: NoiseCommand, { write, clock }: NoiseIo): Promise<0> {
  if (!/^[1-9][0-9]{0,5}[smhd]$/.test(since)) throw new AssayError('USAGE', `--since ${since} is no duration like 7d`);
  const to = clock.now();
  const noise = noiseOf(await readBook(store), { from: Math.max(0, to - durationMs(since)), to });
  if (output === 'text') write(`${noiseText(noise)}\n`);
  else write((await noiseDocument(noise))[output].bytes);
  return 0;
}

async function readBook(path: string): Promise<NoiseBook> {
  const log = openSqliteLook(path);
  try {
    const book = emptyNoiseBook();
    for (const service of await log.services())
      for await (const record of log.read({ ...service, kinds: NOISE_KINDS })) takeIntoNoise(book, record);
    return book;
  } finally {
    await log.close();
  }
}

function noiseText({ from, to, audiences, criteria }: Noise): string {
  const told = audiences.flatMap((audience) => [
    `To ${audience.audience}`,
    ...audienceFacts(audience).map(([name, value]) => `  ${name}: ${value}`),
    ...audience.channels.map((channel) => `  ${channel.channel}: ${channelText(channel)}`),
    '',
  ]);
  const loud = criteria.map(({ criterion, messages, stories }) => `  ${messages} messages: ${criterion} (${stories} in all)`);
  return [
    `What was sent from ${timeText(from)} to ${timeText(to)}`,
    '',
    ...(told.length === 0 ? ['Nothing was sent.'] : told),
    ...(loud.length === 0 ? [] : ['What most messages told of', ...loud]),
  ]
    .join('\n')
    .trimEnd();
}
