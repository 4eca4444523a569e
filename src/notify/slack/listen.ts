import type { Listener, ListenOptions, Place, PlatformAnswer, PlatformRequest } from '../notifier.ts';
import { answered, fieldsOf, MALFORMED, UNAUTHORIZED } from '../listening/slash-command.ts';
import { newSeen } from '../listening/seen.ts';
import { newSlackApi } from './api.ts';
import { answer } from './answer.ts';
import { newBot } from './bot.ts';
import { newSlackCommands, type SlackCommands, whispered } from './command.ts';
import { mentionIn } from './mention.ts';
import { newOurChannels, type OurChannels } from './our-channels.ts';
import { newSignatureCheck } from './signature.ts';
import { openSlackSocket, type SlackSocket } from './socket.ts';

export interface SlackListening {
  readonly apiUrl: string;
  /** Id or name. */
  readonly channel: string;
  readonly token: string;
  /** For Socket Mode. */
  readonly appToken?: string;
  /** For commands that Slack posts. */
  readonly signingSecret?: string;
}

/** Hears what people ask in a channel: by Socket Mode, by commands that Slack posts, or both. */
export function listen(settings: SlackListening, options: ListenOptions): Listener {
  const { apiUrl, appToken, signingSecret } = settings;
  const api = newSlackApi(apiUrl, settings.token, options);
  const closing = new AbortController();
  const ours = newOurChannels({ api, template: settings.channel, places: options.places, clock: options.clock });
  const commands = newSlackCommands({ ...options, apiUrl, ours, signal: closing.signal });
  const ear =
    appToken === undefined
      ? undefined
      : newEar({ ...settings, appToken }, { ...options, ours, commands, signal: closing.signal });
  return {
    ...(signingSecret !== undefined && { receive: receiver(newSignatureCheck(signingSecret, options.clock), commands) }),
    close: async () => {
      closing.abort();
      commands.close();
      await Promise.all([ear?.close(), api.close()]);
    },
  };
}

/** https://docs.slack.dev/interactivity/implementing-slash-commands/ */
function receiver(isReal: (request: PlatformRequest) => boolean, commands: SlackCommands): NonNullable<Listener['receive']> {
  return async (request): Promise<PlatformAnswer> => {
    const fields = fieldsOf(request);
    // Slack looks at our certificate so; it is not signed, and nothing is said.
    if (fields['ssl_check'] === '1') return { status: 200, body: '' };
    if (!isReal(request)) return UNAUTHORIZED;
    if (fields['command'] === undefined || fields['channel_id'] === undefined) return MALFORMED;
    const answer = await commands.answer(fields);
    return answered(
      answer === undefined ? whispered('Nobody may ask here: the command belongs to another channel.') : answer.body,
    );
  };
}

interface EarOptions extends ListenOptions {
  readonly ours: OurChannels;
  readonly commands: SlackCommands;
  readonly signal: AbortSignal;
}

const REMEMBERED = { ttlMs: 3_600_000, most: 10_000 };
const MOST_AT_ONCE = 32;

/** Answers mentions in the threads in which they stand. */
function newEar(settings: SlackListening & { readonly appToken: string }, options: EarOptions): { close(): Promise<void> } {
  const { apiUrl, channel, token, appToken } = settings;
  const { shared, clock, log, commands, onStanding } = options;
  const speaker = newBot({ apiUrl, channel, token }, options);
  const seen = newSeen({ clock, ...REMEMBERED });
  let open = 0;
  const hear = async (payload: Readonly<Record<string, unknown>>, retried: boolean): Promise<void> => {
    const mention = mentionIn(payload);
    if (mention === undefined || !seen.isFirst(mention.question.id)) return;
    const found = await options.ours(mention.channel, options.signal);
    if (found.kind !== 'Ours') {
      if (found.kind === 'NotNow') log.warn('a question was not heard', { platform: 'slack', problem: found.message });
      return;
    }
    const reply = await options.ask({ ...mention.question, ...(found.places && { places: found.places }) });
    const place = found.places?.[0] ?? options.places()[0] ?? NOWHERE;
    if (reply) await answer(mention, { reply, place, retried }, { speaker, clock, log, signal: options.signal });
  };
  const socket = shared.take<SlackSocket>(`slack ${apiUrl} ${appToken}`, () => openSlackSocket({ apiUrl, appToken }, options));
  const unsubscribe = socket.value.subscribe({
    event: (payload, retried) => {
      if (open >= MOST_AT_ONCE) {
        log.warn('too much is asked at once: a question was not heard', { platform: 'slack' });
        return;
      }
      open += 1;
      void hear(payload, retried)
        .catch((error: unknown) => log.error('a question could not be answered', { platform: 'slack', error: String(error) }))
        .finally(() => (open -= 1));
    },
    command: (fields) => commands.answer(fields),
    standing: onStanding,
  });
  return {
    close: async () => {
      unsubscribe();
      await Promise.all([socket.release(), speaker.close()]);
    },
  };
}

/** A channel whose name holds no service is found without one. */
const NOWHERE: Place = { namespace: '', service: '' };
