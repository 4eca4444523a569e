import { sameText } from '../../platform/same-text.ts';
import { oursOf, questionText } from '../listening/asked.ts';
import type { Listener, ListenOptions, PlatformAnswer, PlatformRequest, Question } from '../notifier.ts';
import { answered, type CommandStyle, fieldsOf, MALFORMED, newCommands, UNAUTHORIZED } from '../listening/slash-command.ts';
import { CHANNEL_ID } from './channel.ts';
import { encode } from './encode.ts';

type Fields = Readonly<Record<string, string>>;

/**
 * https://developers.mattermost.com/integrate/slash-commands/custom/#response-parameters. Without `skip_slack_parsing` the server reads
 * `<!here>` and the like in texts as Slack would.
 */
const STYLE: CommandStyle = {
  shown: (card) => {
    const { message, attachments } = encode(card);
    return { response_type: 'in_channel', skip_slack_parsing: true, text: message, attachments };
  },
  whispered,
};

function whispered(text: string): object {
  return { response_type: 'ephemeral', skip_slack_parsing: true, text };
}

export interface MattermostListening {
  readonly url: string;
  /** Id, or team and name. */
  readonly channel: string;
  /** The token of the command. */
  readonly token: string;
}

/** Hears what people ask in a channel by a slash command, which the server posts. */
export function listen({ url, channel, token }: MattermostListening, options: ListenOptions): Listener {
  const { clock, places } = options;
  const commands = newCommands({ ...options, style: STYLE });
  return {
    receive: async (request): Promise<PlatformAnswer> => {
      const fields = fieldsOf(request);
      if (!isReal(request, fields, token)) return UNAUTHORIZED;
      const question = questionIn(fields, clock.now());
      if (question === undefined) return MALFORMED;
      const ours = oursOf(channel, places(), (name) => isRoom(name, fields));
      if (ours.kind === 'Elsewhere') return answered(whispered('Nobody may ask here: the command belongs to another channel.'));
      const { places: own } = ours;
      const later = laterAddress(url, fields['response_url'] ?? '');
      // Of nothing at all the server says that it failed.
      return answered((await commands.answer({ ...question, ...(own && { places: own }) }, later)) ?? {});
    },
    close: () => {
      commands.close();
      return Promise.resolve();
    },
  };
}

function questionIn({ user_id: person = '', trigger_id: trigger = '', text = '' }: Fields, at: number): Question | undefined {
  if (!CHANNEL_ID.test(person) || trigger === '') return undefined;
  return { id: `command/${trigger}`, person, text: questionText(text), at };
}

/** The token stands in the form and in a header; whichever is there has to be right. */
function isReal({ headers }: PlatformRequest, fields: Fields, token: string): boolean {
  const [, inHeader = ''] = /^Token (\S+)$/i.exec(headers['authorization'] ?? '') ?? [];
  const given = [fields['token'] ?? '', inHeader].filter((text) => text !== '');
  return token !== '' && given.length > 0 && given.every((text) => sameText(text, token));
}

function isRoom(room: string, { channel_id: id = '', channel_name: name = '', team_domain: team = '' }: Fields): boolean {
  return CHANNEL_ID.test(room) ? room === id : room.toLowerCase() === `${team}/${name}`.toLowerCase();
}

/** Only the id of the address is taken over, so that nothing but the server is posted to, by the address that it is reached at. */
function laterAddress(url: string, text: string): string | undefined {
  const [, id] = /\/hooks\/commands\/([a-z0-9]{26})$/.exec(URL.parse(text)?.pathname ?? '') ?? [];
  return id && `${url.replace(/\/+$/, '')}/hooks/commands/${id}`;
}
