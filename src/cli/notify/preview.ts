import { stringify } from 'yaml';

import { type NotificationChannel, platformOf } from '../../api/channel.ts';
import { qualified } from '../../api/common.ts';
import { type Payload, type PreviewedMessage, previewOf, type SampleCriterion } from '../../notify/preview/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { AssayError, messageOf } from '../../platform/errors.ts';
import { loadManifests, printFindings } from '../manifests/index.ts';
import type { PreviewFormat, Sample } from './options.ts';
import { exampleCriterion, sampleCriteria } from './criteria.ts';

export interface PreviewCommand {
  readonly paths: readonly string[];
  readonly sample: Sample;
  readonly output: PreviewFormat;
}

export interface PreviewIo {
  readonly write: (text: string) => void;
  readonly warn: (text: string) => void;
  readonly clock: Clock;
}

/** What one channel would be sent of one criterion, or of all of a storm. */
interface Preview {
  readonly channel: string;
  readonly platform: string;
  readonly audience: string;
  readonly as: Sample;
  readonly criteria: readonly string[];
  readonly messages: readonly PreviewedMessage[];
}

type Criteria = readonly [SampleCriterion, ...SampleCriterion[]];

/**
 * The command: shows what each channel of the files would be sent of each criterion of the files, and sends nothing.
 * @throws AssayError USAGE, MANIFEST_INVALID, SPEC_INVALID
 */
export async function runPreview({ paths, sample, output }: PreviewCommand, io: PreviewIo): Promise<0> {
  const { channels, criteria } = await load(paths, io);
  const previews: Preview[] = [];
  for (const channel of channels) {
    const known = sampleCriteria(criteria);
    const own = known.length === 0 ? [exampleCriterion(channel)] : known;
    for (const told of toldTogether(sample, own))
      previews.push(await previewFor(channel, { sample, criteria: told, clock: io.clock }));
  }
  io.write(rendered(output, previews));
  return 0;
}

async function load(
  paths: readonly string[],
  io: PreviewIo,
): Promise<{ channels: NotificationChannel[]; criteria: Parameters<typeof sampleCriteria>[0] }> {
  const loaded = await loadManifests(paths);
  if (loaded.kind === 'Invalid') {
    printFindings(loaded.findings, io.warn);
    throw new AssayError('MANIFEST_INVALID', 'nothing is shown: the manifests hold mistakes');
  }
  printFindings(loaded.warnings, io.warn);
  if (loaded.channels.length === 0)
    throw new AssayError('MANIFEST_INVALID', `there is nothing to show: no NotificationChannel in ${paths.join(', ')}`);
  const objects = <T>(located: readonly { readonly object: T }[]): T[] => located.map(({ object }) => object);
  return { channels: objects(loaded.channels), criteria: objects(loaded.criteria) };
}

/** A storm tells of all at once; anything else of one after the other. */
function toldTogether(sample: Sample, criteria: readonly SampleCriterion[]): Criteria[] {
  const [first, ...others] = criteria;
  if (!first) return [];
  return sample === 'storm' ? [[first, ...others]] : criteria.map((each): Criteria => [each]);
}

async function previewFor(channel: NotificationChannel, options: Parameters<typeof previewOf>[1]): Promise<Preview> {
  const { metadata, spec } = channel;
  const messages = await previewOf(channel, options).catch((error: unknown) => {
    throw new AssayError('SPEC_INVALID', `the channel ${metadata.name}: ${messageOf(error)}`, { cause: error });
  });
  return {
    ...{ channel: metadata.name, platform: platformOf(spec) ?? '', audience: spec.audience, as: options.sample },
    criteria: options.criteria.map(({ namespace, name }) => qualified(namespace, name)),
    messages,
  };
}

function rendered(output: PreviewFormat, previews: readonly Preview[]): string {
  switch (output) {
    case 'json':
      return visible(JSON.stringify(previews, undefined, 2));
    case 'yaml':
      return stringify(previews).trimEnd();
    case 'text':
      return previews.map(previewText).join('\n\n');
  }
}

function previewText({ channel, platform, audience, as, criteria, messages }: Preview): string {
  const head = `# channel ${channel} (${platform}), to ${audience}: ${criteria.join(', ')}, ${as}`;
  return [head, ...messages.flatMap(({ action, requests }) => requests.map((each) => `## ${action}\n${payloadText(each)}`))].join(
    '\n\n',
  );
}

function payloadText({ method, url, headers, body }: Payload): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const text = typeof body === 'string' ? body.trimEnd() : JSON.stringify(body, undefined, 2);
  return [`${method} ${url}`, ...lines, '', visible(text)].join('\n');
}

/** What a terminal would not show, or obey, stands as JSON writes it. */
function visible(text: string): string {
  return text.replace(/(?![\n\r\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) =>
    [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}
