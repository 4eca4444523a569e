/**
 * Shows what a platform would be sent, without sending it: sample records go the way of real ones, through stories, the channel's desk and the
 * platform's own adapter, whose requests are taken on their way out.
 */
import { type NotificationChannel, platformOf } from '../../api/channel.ts';
import { AssayError } from '../../platform/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { isOver } from '../messages/cards.ts';
import { Desk, type Job } from '../delivering/desk.ts';
import { deliveryOf, type Sender, wholeOf } from '../delivering/dispatch.ts';
import { messageIdOf, mimeOf } from '../email/mime.ts';
import type { Abilities, Delivery, DeliveryResult, NotifierOptions, Platform } from '../notifier.ts';
import { NOTIFIERS } from '../registry.ts';
import type { Describe } from '../stories/story.ts';
import { type Action, threadAfter } from '../delivering/thread.ts';
import { newCapture, type Payload } from './capture.ts';
import { type SampleCriterion, sampleOf } from './sample.ts';
import type { Sample } from './samples.ts';
import { stubSecrets } from './stub-secrets.ts';

export type { Payload } from './capture.ts';
export type { SampleCriterion } from './sample.ts';

/** One message as its platform would get it: in one request, or in several. */
export interface PreviewedMessage {
  /** A new message, an answer in the thread of one, or a new text for one. */
  readonly action: Action;
  readonly requests: readonly Payload[];
}

export interface PreviewOptions {
  readonly sample: Sample;
  /** Those of which the sample tells: a storm of all, anything else of the first. */
  readonly criteria: readonly [SampleCriterion, ...SampleCriterion[]];
  readonly clock: Clock;
}

/** What comes within this time of a message belongs to the same moment. */
const MOMENT_MS = 5_000;

/**
 * What the channel would be sent at the last moment of a sample.
 * @throws AssayError SPEC_INVALID for a channel that no adapter opens, and for an audience that a sample is not told to
 */
export async function previewOf(channel: NotificationChannel, options: PreviewOptions): Promise<PreviewedMessage[]> {
  const { sample, criteria, clock } = options;
  const { audience, templates = {} } = channel.spec;
  const [{ namespace, spec }] = criteria;
  const post = opened(channel, { namespace, service: spec.service }, clock);
  const sender = {
    audience,
    abilities: post.abilities,
    channel: channel.metadata.name,
    templates,
    describe: describing(criteria),
  };
  const desk = new Desk({ ...sender, threads: [] });
  let messages: PreviewedMessage[] = [];
  for (const { at, stories } of sampleOf(sample, criteria, { audience, at: Math.trunc(clock.now() / 1000) * 1000 })) {
    const told = stories.filter(({ addressed }) => addressed[audience] !== undefined);
    if (told.length === 0) throw new AssayError('SPEC_INVALID', `nobody of the audience ${audience} is told of this sample`);
    for (const story of told) desk.offer(story);
    messages = await sentAt(at, { desk, post, sender });
  }
  return messages;
}

interface Sending {
  readonly desk: Desk;
  readonly post: Post;
  readonly sender: Sender;
}

async function sentAt(at: number, { desk, post, sender }: Sending): Promise<PreviewedMessage[]> {
  const messages: PreviewedMessage[] = [];
  for (const { job, now } of jobsOf(desk, at)) {
    const delivery = deliveryOf(job, sender);
    const { result, requests } = await post.send(delivery);
    if (result.kind !== 'Delivered') throw new AssayError('SPEC_INVALID', `its adapter sends nothing: ${result.message}`);
    messages.push({ action: job.action, requests });
    const { threadId, stories, action, states } = job;
    const { audience, channel } = sender;
    const arrived = { phase: 'Delivered', at: now, ended: isOver(stories) } as const;
    const message = result.message === undefined ? {} : { message: result.message };
    const sent = { id: delivery.id, channel, audience, story: threadId, action, ...arrived, ...message };
    desk.moved(threadAfter(desk.thread(threadId), wholeOf(sent, stories, states)));
  }
  return messages;
}

/** Criteria of a storm that nobody wrote are as the first one. */
function describing(criteria: PreviewOptions['criteria']): Describe {
  return (namespace, name) => {
    const found = criteria.find((each) => each.namespace === namespace && each.name === name) ?? criteria[0];
    return found.namespace === namespace ? found.spec : undefined;
  };
}

/** What the desk gives out one after the other, as long as each is taken. */
function* jobsOf(desk: Desk, at: number): Generator<{ readonly job: Job; readonly now: number }, void, undefined> {
  let now = at;
  for (;;) {
    const next = desk.next(now);
    if (typeof next === 'object') {
      if (next.isResent === true) return;
      yield { job: next, now };
    } else if (next !== undefined && now + next <= at + MOMENT_MS) now += Math.max(next, 1);
    else return;
  }
}

interface Post {
  readonly abilities: Abilities;
  readonly send: (delivery: Delivery) => Promise<{ readonly result: DeliveryResult; readonly requests: readonly Payload[] }>;
}

type Place = Parameters<typeof newCapture>[2];
const TIMEOUT_MS = 10_000;

function opened({ spec }: NotificationChannel, place: Place, clock: Clock): Post {
  const kind = platformOf(spec);
  const settings = kind && spec[kind];
  const platform = kind && (NOTIFIERS[kind] as Platform<typeof kind> | undefined);
  if (!kind || !settings || !platform) throw new AssayError('SPEC_INVALID', 'a channel has exactly one platform');
  const capture = newCapture(kind, spec, place);
  const options: NotifierOptions = { secret: stubSecrets(settings), clock, timeoutMs: TIMEOUT_MS, newClient: capture.newClient };
  // Both are of one kind, which the compiler does not follow through an index.
  const notifier = platform.open(settings, options);
  const abilities = platform.abilities(settings);
  if (spec.email) return { abilities, send: mailing(spec.email, clock) };
  const never = new AbortController().signal;
  return {
    abilities,
    send: async (delivery) => ({ result: await notifier.deliver(delivery, never), requests: capture.taken() }),
  };
}

/** A mail is no request: it is written as it would be, and handed to no mail server. */
function mailing(
  { server, port = 587, from, to }: NonNullable<NotificationChannel['spec']['email']>,
  clock: Clock,
): Post['send'] {
  return async (delivery) => {
    const bytes = await mimeOf(delivery, { from, to, at: clock.now() });
    const payload = {
      method: 'SMTP',
      url: `smtp://${server}:${port}`,
      headers: { from, to: to.join(', ') },
      body: bytes.toString(),
    };
    return { result: { kind: 'Delivered', message: messageIdOf(delivery.id, from) }, requests: [payload] };
  };
}
