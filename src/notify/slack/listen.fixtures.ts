import { systemClock, type Clock } from '../../platform/clock.ts';
import { NOW } from '../deliveries.fixtures.ts';
import { type Heard, hearing, until } from '../listening/listening.fixtures.ts';
import type { Listener, ListenOptions } from '../notifier.ts';
import { FAKE_APP_TOKEN, FAKE_TOKEN, type FakeSlack, startFakeSlack } from './fake-server.ts';
import type { FakeConnection } from './fake-socket.ts';
import { slack } from './index.ts';

/*
 * What tests of listening at Slack share: a stand-in of its own for each test, and what people do there.
 */

export const SECRETS = { bot: FAKE_TOKEN, app: `${FAKE_APP_TOKEN}\n` };
export const ASKED_AT = `${NOW / 1_000}.000100`;
// On a machine that does much else.
export const SLOW = 60_000;

/** Of the test that runs. */
export let fake: FakeSlack;
/** What listens in the test that runs. */
export const opened: Listener[] = [];

/** Gives each test of a file a stand-in of its own, which has nothing to complain about. */
export function useFakeSlack(): void {
  beforeEach(async () => {
    fake = await startFakeSlack(() => NOW);
    people('U0ALICE', ASKED_AT);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await fake.close();
    expect(fake.sockets.complaints).toEqual([]);
  });
}

/** A message of a person lies in the channel. */
export function people(user: string, ts: string): void {
  fake.workspace.messages.push({ ts, channel: 'C0SHOPALERTS', user, text: 'a question', edited: false, files: [] });
}

export function listening(changed: Partial<ListenOptions> = {}, channel = '#{service}-alerts'): Heard {
  const heard = hearing(SECRETS, changed);
  const secret = (key: string): { name: string; key: string } => ({ name: 'slack', key });
  const listener = slack.listen?.(
    { url: fake.apiUrl, channel, tokenSecret: secret('bot'), appTokenSecret: secret('app') },
    heard.options,
  );
  if (listener) opened.push(listener);
  return heard;
}

/** Waits pass so many times faster. */
export const hurried = (times: number): Clock => ({
  ...systemClock,
  now: () => NOW,
  after: (ms, run) => systemClock.after(ms / times, run),
});

/** What looks up a channel waits not at all. */
export const impatiently: Clock['after'] = (ms, run) => systemClock.after(ms < 1_000 ? 0 : ms, run);

export async function connection(number = 1): Promise<FakeConnection> {
  await until(() => fake.sockets.connections.length >= number, `connection ${number}`);
  const found = fake.sockets.connections[number - 1];
  if (!found) throw new Error('the connection is gone');
  return found;
}

let envelopes = 0;
const MENTION = { type: 'app_mention', user: 'U0ALICE', text: '<@U0BOT> status', ts: ASKED_AT, channel: 'C0SHOPALERTS' };

/** An event as Slack sends it; the answer is the id of its envelope. */
export function event(to: FakeConnection, changed: object = {}, more: object = {}): string {
  const id = `envelope-${(envelopes += 1)}`;
  const payload = {
    ...{ type: 'event_callback', team_id: 'T0000', event_id: `Ev${envelopes}` },
    authorizations: [{ team_id: 'T0000', user_id: 'U0BOT', is_bot: true }],
    event: { ...MENTION, ...changed },
  };
  to.send({ type: 'events_api', envelope_id: id, accepts_response_payload: false, retry_attempt: 0, payload, ...more });
  return id;
}

export function command(to: FakeConnection, changed: Readonly<Record<string, string>> = {}): string {
  const id = `envelope-${(envelopes += 1)}`;
  const payload = {
    ...{ command: '/assay', text: 'status &amp; more', user_id: 'U0ALICE', trigger_id: `${envelopes}.1`, team_id: 'T0000' },
    ...{ channel_id: 'C0SHOPALERTS', channel_name: 'privategroup', response_url: fake.responseUrl, ...changed },
  };
  to.send({ type: 'slash_commands', envelope_id: id, accepts_response_payload: true, payload });
  return id;
}

export const acked = (by: FakeConnection, id: string): boolean => by.acks.some((ack) => ack['envelope_id'] === id);
export const payloadOf = (by: FakeConnection, id: string): unknown =>
  by.acks.find((ack) => ack['envelope_id'] === id)?.['payload'];
export const answers = (): readonly (string | undefined)[] =>
  fake
    .visible()
    .slice(1)
    .map(({ thread }) => thread);
