import type { Logger } from '../../platform/log.ts';
import type { Card, ListenOptions, Place, Question } from '../notifier.ts';
import { type CommandStyle, newCommands, within } from '../listening/slash-command.ts';
import { encode } from './encode.ts';
import type { OurChannels } from './our-channels.ts';
import { plainText } from './plain-text.ts';

type Fields = Readonly<Record<string, string>>;

const QUIET = { unfurl_links: false, unfurl_media: false } as const;

/** https://docs.slack.dev/interactivity/implementing-slash-commands/#responding_to_commands */
const STYLE: CommandStyle = {
  shown: (card: Card) => ({ response_type: 'in_channel', ...encode(card), mrkdwn: false, ...QUIET }),
  whispered,
};

/** A sentence of ours for who asked alone. */
export function whispered(text: string): object {
  return { response_type: 'ephemeral', text };
}

/** What Slack is to show, if anything. `isUnsure`: whether the command was meant for this channel is not known, and nothing was done. */
export interface CommandAnswer {
  readonly body: object | undefined;
  readonly isUnsure?: boolean;
}

/** Answers slash commands, whichever way they come. */
export interface SlackCommands {
  /** Undefined for a command of another channel. Never rejects; within the three seconds that Slack waits. */
  answer(fields: Fields): Promise<CommandAnswer | undefined>;
  close(): void;
}

export interface SlackCommandsOptions extends ListenOptions {
  readonly apiUrl: string;
  readonly ours: OurChannels;
  readonly signal: AbortSignal;
}

const PERSON = /^[UW][A-Z0-9]{2,30}$/;
const LOOK_MS = 700;
const AGAIN: CommandAnswer = {
  body: whispered('Slack does not say at the moment which channel this is. Please ask again.'),
  isUnsure: true,
};

/** Makes it; nothing is connected yet. */
export function newSlackCommands(options: SlackCommandsOptions): SlackCommands {
  const { apiUrl, ours, clock, signal, log } = options;
  const commands = newCommands({ ...options, style: STYLE });
  return {
    answer: async (fields) => {
      const looked = await within(clock, LOOK_MS, ours(fields['channel_id'] ?? '', signal));
      if (looked.kind === 'Late' || looked.value.kind === 'NotNow') return AGAIN;
      if (looked.value.kind === 'Elsewhere') return undefined;
      const question = questionIn(fields, looked.value.places, clock.now());
      if (question === undefined) return { body: whispered('Slack does not say who asks.') };
      return { body: await commands.answer(question, laterAddress(fields['response_url'] ?? '', { apiUrl, log })) };
    },
    close: () => commands.close(),
  };
}

function questionIn(fields: Fields, places: readonly Place[] | undefined, at: number): Question | undefined {
  const { user_id: person = '', text = '', trigger_id: trigger = '' } = fields;
  if (!PERSON.test(person) || trigger === '') return undefined;
  return { id: `command/${trigger}`, person, text: plainText(text), at, ...(places && { places }) };
}

// https://docs.slack.dev/govslack/ has hosts of its own.
const HOOKS = new Set(['https://hooks.slack.com', 'https://hooks.slack-gov.com']);

/** Where a late answer goes: to Slack, or to the host that the API is at, and nowhere else. */
function laterAddress(text: string, { apiUrl, log }: { readonly apiUrl: string; readonly log: Logger }): string | undefined {
  const url = URL.parse(text);
  if (
    url !== null &&
    url.username === '' &&
    url.password === '' &&
    (HOOKS.has(url.origin) || url.origin === new URL(apiUrl).origin)
  )
    return `${url.origin}${url.pathname}`;
  log.warn('a command came with an address for its answer that is none of Slack');
  return undefined;
}
