import type { NotificationChannel } from '../../api/channel.ts';
import { AssayError } from '../../platform/errors.ts';
import { HandClock } from '../../platform/hand-clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { ChannelEars } from './channel-ears.ts';
import { ChannelPool } from './channel-pool.ts';

const CHANNEL: NotificationChannel = {
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'NotificationChannel', metadata: { name: 'team' } },
  spec: {
    audience: 'internal',
    namespaces: { from: 'All' },
    chat: {},
    mattermost: {
      ...{ url: 'http://127.0.0.1:9', channel: 'ops/team' },
      ...{ tokenSecret: { name: 'mm', key: 'token' }, commandTokenSecret: { name: 'mm', key: 'command' } },
    },
  },
};

/** Its store fails at first, as one does whose disk is full. */
function poolWith(failures: number): ChannelPool {
  let left = failures;
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  const ears = new ChannelEars({
    ...{ log: silentLogger(), converse: nothing, placesOf: () => [], heard: nothing, onChange: () => undefined },
    since: () => ((left -= 1) < 0 ? Promise.resolve(0) : Promise.reject(new AssayError('STORE_FAILED', 'the disk is full'))),
  });
  const secret = Buffer.from('secret').toString('base64');
  return new ChannelPool({
    ...{ clock: new HandClock(0), log: silentLogger(), ears, onChange: () => undefined, onRequest: () => undefined },
    ...{ record: nothing, describe: () => undefined, filesOf: () => Promise.resolve([]) },
    secrets: () => ({ data: { token: secret, command: secret } }),
  } as unknown as ConstructorParameters<typeof ChannelPool>[0]);
}

const set = (pool: ChannelPool): Promise<boolean> => pool.set('team', CHANNEL, undefined, () => Promise.resolve([]));

test('a store that fails for a moment makes no channel unusable: it is opened when that is tried again', async () => {
  const pool = poolWith(1);
  await expect(set(pool)).rejects.toMatchObject({ code: 'STORE_FAILED' });
  expect(pool.standing('team')).toBeUndefined();
  expect(await set(pool)).toBe(true);
  expect(pool.standing('team')).toMatchObject({ kind: 'Open', deafness: '' });
  await pool.stop();
});
