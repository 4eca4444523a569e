import fc from 'fast-check';

import { aDelivery, CARD, hostileCard, hostileText, hugeCard, NOW } from '../deliveries.fixtures.ts';
import { alertFor } from './encode.ts';

const delivery = aDelivery();

test('what goes on', () => {
  expect(alertFor(delivery)).toEqual({
    labels: {
      ...{ alertname: 'AssayDeviation', assay_id: 'd'.repeat(64), namespace: 'web', service: 'shop', audience: 'internal' },
      ...{ severity: 'high', criterion: 'availability' },
    },
    annotations: {
      summary: 'shop: availability is below 99.9 %',
      description:
        'Value: 97.2 % against at least 99.9 %\nSince: 2026-11-28 11:45 UTC\n\nThe shop answers with errors.\nThe internal team was told at 11:45.',
      controls: 'BSI-C5 2020 OPS-02',
      runbook_url: 'https://wiki.example.org/shop',
    },
    startsAt: '2026-11-28T11:45:00.000Z',
    generatorURL: 'https://wiki.example.org/shop',
  });
});

test('what is over is the same alert, with its end', () => {
  const over = alertFor({
    about: { ...delivery.about, at: NOW + 60_000, endedAt: NOW + 1 },
    card: { ...CARD, tone: 'Ended', title: 'x' },
  });
  expect(over.labels).toEqual(alertFor(delivery).labels);
  expect(over).toMatchObject({ startsAt: '2026-11-28T11:45:00.000Z', endsAt: '2026-11-28T12:00:00.001Z' });
});

test('no end comes before its beginning, and an end without a time is when it was said', () => {
  const about = { ...delivery.about, since: NOW, endedAt: NOW - 5_000 };
  expect(alertFor({ about, card: CARD })).toMatchObject({
    startsAt: '2026-11-28T12:00:00.000Z',
    endsAt: '2026-11-28T12:00:00.000Z',
  });
  expect(alertFor({ about: delivery.about, card: { ...CARD, tone: 'Ended' } }).endsAt).toBe('2026-11-28T12:00:00.000Z');
});

test('no text of a stranger mentions, links or begins a tag where the alert may go', () => {
  fc.assert(
    fc.property(hostileCard, hostileText, (card, text) => {
      const { labels, annotations } = alertFor({ about: { ...delivery.about, criterion: text }, card });
      const { runbook_url: _runbook, links: _links, ...texts } = annotations;
      for (const value of [...Object.values(labels), ...Object.values(texts)]) {
        expect(value).not.toMatch(/<[!@#/?a-z]|@[\w<!&]|:\/\/|\bwww\.|\bmailto:|[\u202e\u200b]/i);
        expect(value.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
        expect(value).not.toBe('');
      }
    }),
  );
});

test('ordinary signs stay', () => {
  const card = { ...CARD, title: 'p99 < 300 ms, 5 <= 6, a@ b, <3 and → 1 > 0' };
  expect(alertFor({ ...delivery, card }).annotations['summary']).toBe(card.title);
});

test.each(['a', '😀', '@a'])('the largest alert of %j is bounded', (sign) => {
  const alert = alertFor({ ...delivery, card: hugeCard(sign) });
  expect(JSON.stringify(alert).isWellFormed()).toBe(true);
  expect(alert.annotations['description']!.length).toBe(4_000);
});
