import { HandClock } from '../../platform/hand-clock.ts';
import { NOW } from '../deliveries.fixtures.ts';
import { PLACE, REPLY, until } from '../listening/listening.fixtures.ts';
import type { Reply } from '../notifier.ts';
import {
  acked,
  command,
  connection,
  fake,
  hurried,
  impatiently,
  listening,
  payloadOf,
  SLOW,
  useFakeSlack,
} from './listen.fixtures.ts';

useFakeSlack();

describe('a command', () => {
  test(
    'is answered with its acknowledgement, for all to see',
    async () => {
      const { questions } = listening({ clock: new HandClock(NOW) });
      const to = await connection();
      const id = command(to);
      await until(() => acked(to, id));
      expect(payloadOf(to, id)).toMatchObject({ response_type: 'in_channel', blocks: expect.anything() as unknown });
      expect(questions).toEqual([
        {
          id: expect.stringMatching(/^command\/\d+\.1$/) as unknown,
          person: 'U0ALICE',
          text: 'status & more',
          places: [PLACE],
          at: NOW,
        },
      ]);
    },
    SLOW,
  );

  test(
    'that takes long is answered later',
    async () => {
      const clock = new HandClock(NOW);
      const later = Promise.withResolvers<Reply>();
      const { questions } = listening({ clock, ask: () => later.promise });
      const to = await connection();
      const id = command(to);
      await until(() => questions.length === 1);
      await clock.advance(2_000);
      await until(() => acked(to, id));
      expect(payloadOf(to, id)).toEqual({ response_type: 'ephemeral', text: 'Working on it …' });
      later.resolve(REPLY);
      await until(() => fake.workspace.responses.length === 1);
      expect(fake.workspace.responses[0]).toMatchObject({ response_type: 'in_channel' });
    },
    SLOW,
  );

  test(
    'of another channel is turned away, for who gave it alone',
    async () => {
      const { questions } = listening({ clock: new HandClock(NOW) });
      const to = await connection();
      const id = command(to, { channel_id: 'C0OTHER0000' });
      await until(() => acked(to, id));
      expect(payloadOf(to, id)).toMatchObject({
        response_type: 'ephemeral',
        text: expect.stringContaining('Nobody may ask here') as unknown,
      });
      expect(questions).toEqual([]);
    },
    SLOW,
  );

  test(
    'that one channel carried out is answered so, though another could not find out in time whether it was meant',
    async () => {
      fake.workspace.channels.push({ id: 'C0OTHER0000', name: 'other', archived: false, member: true, shared: false });
      const first = listening({ clock: { ...hurried(1), after: impatiently } }, 'other');
      const second = listening({ shared: first.options.shared, clock: new HandClock(NOW) }, 'C0SHOPALERTS');
      const to = await connection();
      const id = command(to);
      await until(() => acked(to, id));
      expect([first.questions.length, second.questions.length]).toEqual([0, 1]);
      expect(payloadOf(to, id)).toMatchObject({ response_type: 'in_channel' });
    },
    SLOW,
  );

  test(
    'that nothing is said to is acknowledged',
    async () => {
      listening({ clock: new HandClock(NOW), ask: () => Promise.resolve(undefined) });
      const to = await connection();
      const id = command(to);
      await until(() => acked(to, id));
      expect(payloadOf(to, id)).toBeUndefined();
    },
    SLOW,
  );
});
