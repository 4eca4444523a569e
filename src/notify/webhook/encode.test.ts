import fc from 'fast-check';

import { aDelivery, hostileCard, hostileText, hugeCard, NOW } from '../deliveries.fixtures.ts';
import { cloudEvent } from './encode.ts';

test('an ordinary event', () => {
  const delivery = aDelivery();
  expect(cloudEvent(delivery)).toEqual({
    specversion: '1.0',
    id: delivery.id,
    source: '/apis/assay.dev/v1alpha1/namespaces/web',
    type: 'dev.assay.deviation.failing',
    subject: 'web/shop',
    time: '2026-11-28T12:00:00.000Z',
    datacontenttype: 'application/json',
    data: {
      about: { ...delivery.about, since: '2026-11-28T11:45:00.000Z', at: '2026-11-28T12:00:00.000Z' },
      card: delivery.card,
    },
  });
});

test('what has ended says when', () => {
  const about = { ...aDelivery().about, endedAt: NOW - 1_000 };
  const event = cloudEvent({ ...aDelivery({ about }), card: { ...aDelivery().card, tone: 'Ended' } });
  expect(event).toMatchObject({ type: 'dev.assay.deviation.ended', data: { about: { endedAt: '2026-11-28T11:59:59.000Z' } } });
});

test('texts of strangers change neither attributes nor the form, and hold nothing that steers a screen', () => {
  fc.assert(
    fc.property(hostileCard, hostileText, (card, text) => {
      const about = { ...aDelivery().about, criterion: text };
      const event = cloudEvent({ ...aDelivery({ about }), card });
      expect(Object.keys(event)).toEqual(Object.keys(cloudEvent(aDelivery())));
      expect(Object.keys(event.data.card)).toEqual(['tone', 'title', 'facts', 'paragraphs', 'links']);
      expect(JSON.stringify(event.data.card).replaceAll(String.raw`\n`, '')).not.toMatch(/\\u00[01]|[\p{Cc}\u202e\u200b]/u);
      for (const { url } of event.data.card.links) expect(url).toMatch(/^https?:\/\//);
    }),
  );
});

test.each(['a', '😀', '\\'])('the largest event of %j is bounded', (sign) => {
  const body = JSON.stringify(cloudEvent({ ...aDelivery(), card: hugeCard(sign) }));
  expect(Buffer.byteLength(body)).toBeLessThan(512 * 1024);
  expect(body.isWellFormed()).toBe(true);
});
