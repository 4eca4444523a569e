import fc from 'fast-check';

import { hostileText } from '../deliveries.fixtures.ts';
import type { Json } from './homeserver.ts';
import { type Message, type Myself, readMessage, threadOfEvent } from './message.ts';

const ME: Myself = { userId: '@assay:test.local', displayName: 'Certainty (bot)' };
const MENTION = { 'm.mentions': { user_ids: ['@assay:test.local'] } };

const event = (content: Json, changed: Json = {}): Json => ({
  ...{ event_id: '$q', sender: '@ann:test.local', type: 'm.room.message', origin_server_ts: 1_000 },
  ...{ content: { msgtype: 'm.text', body: 'status', ...content }, ...changed },
});
const read = (content: Json, changed: Json = {}): Message | undefined => readMessage(event(content, changed), ME);

describe('what begins with our name is said to us', () => {
  test.each([
    ['assay status of shop', 'status of shop'],
    ['Assay: status of shop', 'status of shop'],
    ['!assay status', 'status'],
    ['@assay, status', 'status'],
    ['@assay:test.local: status', 'status'],
    ['@assay:test.local status', 'status'],
    ['Certainty (bot): status', 'status'],
    ['certainty (BOT) status', 'status'],
    ['@Certainty (bot) status', 'status'],
    ['[Certainty (bot)](https://matrix.to/#/@assay:test.local): status', 'status'],
    ['[Certainty](https://matrix.to/#/%40assay%3Atest.local) status', 'status'],
    ['  \u200bassay\n  update shop\nwe are on it  ', 'update shop\nwe are on it'],
    ['assay', ''],
    ['assay?', ''],
  ])('%j asks %j', (body, text) => {
    expect(read({ body })).toEqual({ ...{ id: '$q', person: '@ann:test.local', at: 1_000 }, text, addressed: true });
  });

  test.each([
    ...['assays are late', 'assay.example.org is slow', 'assay:9090 fails', '@assay:other.local status', 'an assay', '!assays'],
    ...['Certainty', '[Ann](https://matrix.to/#/@ann:test.local): status', '[x](https://matrix.to/#/@assay:test.local.evil) hi'],
  ])('%j does not', (body) => {
    expect(read({ body })).toMatchObject({ text: body, addressed: false });
  });
});

describe('what mentions us is said to us', () => {
  test.each([
    ['how is shop, Certainty (bot)?', 'how is shop,?'],
    ['how is shop today @assay:test.local', 'how is shop today'],
    ['ask [it](https://matrix.to/#/@assay:test.local) about shop', 'ask about shop'],
    ['how is shop?', 'how is shop?'],
    ['how is assay?', 'how is assay?'],
  ])('%j asks %j', (body, text) => {
    expect(read({ body, ...MENTION })).toMatchObject({ text, addressed: true });
    expect(read({ body })).toMatchObject({ text: body, addressed: false });
  });

  test.each([{ user_ids: '@assay:test.local' }, { user_ids: ['@ann:test.local', 7] }, { room: true }, 'assay', null])(
    'but not by %j',
    (mentions) => expect(read({ 'm.mentions': mentions })).toMatchObject({ addressed: false }),
  );
});

describe('answers and threads', () => {
  const reply = { 'm.in_reply_to': { event_id: '$r' } };

  test('the quotation of an older client is no text of the person', () => {
    const body = '> <@assay:test.local> assay: shop fails\n> since 11:45\n\nwhy?';
    expect(read({ body, 'm.relates_to': reply })).toMatchObject({ text: 'why?', repliesTo: '$r', addressed: false });
    expect(read({ body: '> * <@ann:test.local> waves\n\nassay help', 'm.relates_to': reply })).toMatchObject({ text: 'help' });
    // Without an answer it is what the person wrote.
    expect(read({ body: '> <@a:b> c\n\nd' })?.text).toBe('> <@a:b> c\n\nd');
    expect(read({ body: '> a quotation\nwhy?', 'm.relates_to': reply })?.text).toBe('> a quotation\nwhy?');
    expect(read({ body: '> <@a:b> c', 'm.relates_to': reply })?.text).toBe('');
  });

  test('a thread has a beginning', () => {
    const thread = { rel_type: 'm.thread', event_id: '$t', is_falling_back: true, ...reply };
    expect(read({ 'm.relates_to': thread })).toMatchObject({ thread: '$t', repliesTo: '$r' });
    expect(threadOfEvent(event({ 'm.relates_to': thread }))).toBe('$t');
    expect(threadOfEvent(event({ 'm.relates_to': reply }))).toBeUndefined();
    expect(threadOfEvent(event({ 'm.relates_to': { ...thread, event_id: 7 } }))).toBeUndefined();
  });
});

describe('nobody asks by', () => {
  test.each<[string, Json, Json]>([
    ['what we wrote', {}, { sender: ME.userId }],
    ['what another program wrote', { msgtype: 'm.notice' }, {}],
    ['an edit', { 'm.relates_to': { rel_type: 'm.replace', event_id: '$e' }, 'm.new_content': {} }, {}],
    ['an edit without a relation', { 'm.new_content': { body: 'assay' } }, {}],
    ['a file', { msgtype: 'm.file' }, {}],
    ['what was removed', {}, { content: {} }],
    ['a text that is none', { body: ['assay'] }, {}],
    ['what nobody can read', {}, { type: 'm.room.encrypted' }],
    ['nobody', {}, { sender: 'ann' }],
    ['what has no id', {}, { event_id: 7 }],
    ['what was never written', {}, { origin_server_ts: 'now' }],
  ])('%s', (_, content, changed) => {
    expect(read({ body: 'assay status', ...MENTION, ...content }, changed)).toBeUndefined();
  });
});

test('a text is at most 4,000 characters long', () => {
  expect(read({ body: `assay ${'a'.repeat(60_000)}` })?.text).toHaveLength(4_000);
});

test('whatever is written, and whatever we are called: it is plain text', () => {
  fc.assert(
    fc.property(hostileText, hostileText, fc.boolean(), (body, displayName, mentioned) => {
      const message = readMessage(event({ body, ...(mentioned && MENTION) }), { ...ME, displayName });
      expect(message?.text).not.toMatch(/(?![\u200c\u200d])\p{Cf}|(?!\n)\p{Cc}/u);
      expect(message?.text.isWellFormed()).toBe(true);
    }),
  );
});

test('a long text of blanks and brackets is read at once', () => {
  const startedAt = performance.now();
  for (const piece of ['[', ' ', '> ', '@', '\n> <@', '](https://matrix.to/#/'])
    read({ body: `> <@a ${piece.repeat(30_000)}`, ...MENTION, 'm.relates_to': { 'm.in_reply_to': { event_id: '$r' } } });
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});
