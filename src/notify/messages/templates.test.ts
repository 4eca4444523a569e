import fc from 'fast-check';

import type { Templates } from '../../api/channel.ts';
import { aDelivery, CARD, hostileText, NOW } from '../deliveries.fixtures.ts';
import type { About } from '../notifier.ts';
import { templated } from './templates.ts';

const ABOUT: About = {
  ...aDelivery().about,
  ...{ service: 'shop', namespace: 'web', severity: 'high', criterion: 'up', since: NOW },
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
};

const shown = (templates: Templates, about: About = ABOUT, isWhole = true) =>
  templated({ ...CARD, title: 'Failing: shop: up', paragraphs: ['said'] }, templates, { about, state: 'Failing', isWhole });

test('without words of the channel a message is ours', () => {
  expect(shown({})).toMatchObject({ title: 'Failing: shop: up', paragraphs: ['said'] });
});

test.each([
  ['[ACME] {title}', '[ACME] Failing: shop: up'],
  ['{state} {service} {namespace} {severity} {criterion}', 'Failing shop web high up'],
  ['{controls} since {since}', 'BSI-C5:2020 OPS-02 since 2026-11-28T12:00:00Z'],
  ['two\nlines', 'two lines'],
])('the first line %j reads %j', (title, read) => {
  expect(shown({ title }).title).toBe(read);
});

test('what there is none of is a dash', () => {
  const { criterion: _c, controls: _d, since: _s, ...customers } = ABOUT;
  expect(shown({ title: '{criterion} {controls} {since}' }, customers).title).toBe('\u2013 \u2013 \u2013');
});

test('a note stands last, and only where a message shows how things stand', () => {
  expect(shown({ note: 'Call 555 about {service}.' }).paragraphs).toEqual(['said', 'Call 555 about shop.']);
  expect(shown({ note: 'Call 555.' }, ABOUT, false).paragraphs).toEqual(['said']);
});

test('what is put in is not filled in again, and makes no title longer than one is', () => {
  expect(shown({ title: '{service}' }, { ...ABOUT, service: '{namespace}{title}' }).title).toBe('{namespace}{title}');
  fc.assert(
    fc.property(hostileText, (text) => {
      const { title, paragraphs } = shown(
        { title: '{service} {title}', note: '{service}'.repeat(90) },
        { ...ABOUT, service: text },
      );
      expect(title.length).toBeLessThanOrEqual(150);
      expect(title).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(paragraphs.at(-1)?.length).toBeLessThanOrEqual(2_000);
    }),
  );
});
