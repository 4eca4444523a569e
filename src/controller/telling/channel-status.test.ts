import type { NotificationChannel } from '../../api/channel.ts';
import type { ChannelStanding } from '../../notify/delivering/courier.ts';
import { type Channel, channelStatus } from './channel-status.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const object: NotificationChannel = {
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'NotificationChannel', metadata: { name: 'team', generation: 3 } },
  spec: { audience: 'internal', namespaces: { from: 'All' } },
};
const open = (standing: Partial<ChannelStanding>, probe?: Extract<Channel, { kind: 'Open' }>['probe']): Channel => ({
  ...{ kind: 'Open', standing: { kind: 'Idle', pending: 0, failed: 0, ...standing }, probe },
});

const cases: Record<string, { channel: Channel; want: [status: string, reason: string, message: RegExp] }> = {
  'nothing is known yet': { channel: open({}), want: ['Unknown', 'NotProbed', /nothing was sent/] },
  'it could': { channel: open({}, { kind: 'Ready', drift: [] }), want: ['True', 'Ready', /takes messages/] },
  'the place differs': {
    channel: open({ kind: 'Delivering' }, { kind: 'Ready', drift: ['@eve is in the room', 'the room is public'] }),
    want: ['True', 'PlaceDiffers', /@eve is in the room; the room is public/],
  },
  'the last message arrived': { channel: open({ kind: 'Delivering' }), want: ['True', 'Delivered', /arrived/] },
  'the platform is away': {
    channel: open({ kind: 'Waiting', problem: 'no answer (ECONNREFUSED)' }, { kind: 'Ready', drift: [] }),
    want: ['False', 'PlatformUnavailable', /ECONNREFUSED/],
  },
  'the platform refuses': {
    channel: open({ kind: 'Stopped', problem: 'the token was revoked' }),
    want: ['False', 'PlatformRefuses', /revoked/],
  },
  'a probe finds that it would': {
    channel: open({ kind: 'Delivering' }, { kind: 'Stopped', message: 'the room is archived' }),
    want: ['False', 'PlatformRefuses', /archived/],
  },
  'a Secret is missing': {
    channel: { kind: 'Unusable', reason: 'CredentialsMissing', message: 'the Secret slack is missing' },
    want: ['False', 'CredentialsMissing', /slack/],
  },
};

test.each(Object.entries(cases))('%s', (_sentence, { channel, want: [status, reason, message] }) => {
  const { conditions, observedGeneration } = channelStatus(object, channel, NOW);
  expect(conditions).toMatchObject([{ type: 'Delivering', status, reason, message: expect.stringMatching(message) as unknown }]);
  expect(observedGeneration).toBe(3);
});

const hearing: Record<string, { channel: Channel; want: string[] }> = {
  'nobody may ask there': { channel: open({}), want: [] },
  'whoever asks is heard': {
    channel: { ...open({}), deafness: '' } as Channel,
    want: ['True Listening whoever asks there is heard'],
  },
  'nothing is heard': {
    channel: { ...open({}), deafness: 'the token was refused (401)' } as Channel,
    want: ['False NotHeard the token was refused (401)'],
  },
  'it can not be used': { channel: { kind: 'Unusable', reason: 'InvalidSpec', message: 'no platform' }, want: [] },
};

test.each(Object.entries(hearing))('where people ask: %s', (_sentence, { channel, want }) => {
  const before = { ...object, status: channelStatus(object, { ...open({}), deafness: 'not yet' } as Channel, NOW) };
  const listening = channelStatus(before, channel, NOW).conditions?.filter(({ type }) => type === 'Listening') ?? [];
  expect(listening.map((each) => `${each.status} ${each.reason} ${each.message}`)).toEqual(want);
});

test('what was known of the past stays while nothing newer is', () => {
  const before = { ...object, status: { lastDelivery: '2026-11-27T12:00:00Z', lastError: 'no answer' } };
  expect(channelStatus(before, open({ pending: 2, failed: 1 }), NOW)).toMatchObject({
    ...{ lastDelivery: '2026-11-27T12:00:00Z', lastError: 'no answer', pending: 2, failed: 1 },
  });
  expect(channelStatus(before, open({ lastDeliveryAt: NOW - 1, lastError: 'x'.repeat(5_000) }), NOW)).toMatchObject({
    ...{ lastDelivery: '2026-11-28T11:59:59Z', lastError: `${'x'.repeat(999)}…` },
  });
});
