import fc from 'fast-check';

import { CARD, hostileCard, hostileText, hugeCard } from '../deliveries.fixtures.ts';
import { linesOf, oneLine } from '../plain.ts';
import { encode, type MattermostText } from './encode.ts';
import { linkTarget, linkWords, prose, value } from './harmless.ts';

/*
 * What the parsers of Mattermost make something of, outside of code spans. Taken from what they document and from their grammars
 * (github.com/mattermost/marked, server/public/shared/markdown, webapp text_formatting.tsx), each wider than theirs.
 */
const INLINE: Readonly<Record<string, RegExp>> = {
  'a mention': /@/,
  'a link to a channel': /~/,
  'a hashtag': /#/,
  'an emoji': /:[\w+-]+:/,
  'an address': /[A-Za-z][A-Za-z\d.+-]*:(\/|[\p{L}\d%])/u,
  'an address without a scheme': /www\d{0,3}\.|[\p{L}\d.-]+\.\p{L}{2,}/iu,
  emphasis: /[*_]/,
  'a link or an image': /[[\]]/,
  HTML: /[<>]/,
  'an escape or an entity': /[\\&]/,
  'a formula': /\$/,
  'a table': /\|/,
  'the end of a code span': /`/,
};
const BLOCK: Readonly<Record<string, RegExp>> = {
  'a list': /^\s*([*+-]|\d+[.)])(\s|$)/,
  'a heading, a quote or a table': /^\s*[#>|]/,
  'a rule or an underlined heading': /^\s*([-*_=]\s*)+$/,
  'a fenced block': /^\s*(`{3}|~{3})/,
  'an indented block': /^( {4}|\t)/,
  'a definition': /^\s*\[/,
};
const SPAN = /`[^`]+`/g;

/** What is wrong with Markdown that strangers had a part in. */
function findingsIn(markdown: string): readonly string[] {
  // The web client makes line breaks of this sign.
  return markdown.split(/[\n\r\u2424]/).flatMap((line) => {
    const outside = line.replace(SPAN, 'x');
    const inline = Object.entries(INLINE).filter(([, sign]) => sign.test(outside));
    const block = Object.entries(BLOCK).filter(([, sign]) => sign.test(line) || sign.test(outside));
    return [...inline, ...block].map(([what]) => `${what} in ${JSON.stringify(line)}`);
  });
}

/** The texts of a message without the lines of links, which are our own. */
function textsIn({ message, attachments }: MattermostText): readonly string[] {
  const parts = attachments.flatMap(({ fallback, text, fields = [] }) => [
    ...[fallback, text ?? ''],
    ...fields.flatMap((field) => [field.title, field.value]),
  ]);
  return [message, ...parts];
}

const LINK = /^\[([^[\]]*)\]\(([^()\s]*)\)$/;
const isLink = (line: string): boolean => LINK.test(line);

test('an ordinary card', () => {
  const frame = { fallback: 'shop: availability is below 99.9 %', color: '#c4314b' };
  expect(encode(CARD)).toEqual({
    message: '🔴 shop: availability is below 99.9 %',
    attachments: [
      {
        ...frame,
        fields: [
          { title: 'Value', value: '97.2 % against at least 99.9 %', short: true },
          { title: 'Since', value: '2026-11-28 11:45 UTC', short: true },
        ],
      },
      {
        ...frame,
        text: 'The shop answers with errors.\nThe internal team was told at 11:45.\n\n[Runbook](https://wiki.example.org/shop)',
      },
    ],
  });
});

test.each(
  Object.entries({
    'plain words stay plain': ['We look into it (since noon); it is "slow", 3/4 work.', undefined],
    'a mention is code': ['ask @here now', 'ask `@here` now'],
    'words beside each other share a span': ['see a_b c_d then', 'see `a_b c_d` then'],
    'an address is code': ['at https://evil.example/x or www.evil.example', 'at `https://evil.example/x` or `www.evil.example`'],
    'a name of a host is code': ['open evil.example/login', 'open `evil.example/login`'],
    'a backtick does not end a span': ['a ` @here ` b', 'a `ˋ @here ˋ` b'],
    'an emoji is code': ['the metric job:up:rate', 'the metric `job:up:rate`'],
    'a colon at the end of a word is a colon': ['Cause: unknown', undefined],
    'a number at the start begins no list': ['1. first', '`1.` first'],
    'a dash at the start begins no list': ['- first', '`-` first'],
    'a line break of another kind breaks no line': ['a\u2424# head', 'a `#` head'],
    'what wraps a word stays outside': ['(see "a_b", c=d.)', '(see "`a_b`", `c=d`.)'],
    'a time of day is a word, an address with a port is none': ['at 11:45, (9:30) on a:80', 'at 11:45, (9:30) on `a:80`'],
    'abbreviations are words': ['z.B. und e.g. 99.9', undefined],
  }),
)('%s', (_sentence, [text, want]) => expect(prose(text as string)).toBe(want ?? text));

test('a value with anything in it is code as a whole', () => {
  expect(value('sum(rate(x[5m])) > 3')).toBe('`sum(rate(x[5m])) > 3`');
  expect(value('97.2 %')).toBe('97.2 %');
});

test('the words and the target of a link can not end it', () => {
  expect(linkWords('a](https://evil.example) @here `x` b_c')).toBe('a (https //evil.example) here x b c');
  expect(linkTarget('https://e.org/a)(b?c=`[d]')).toBe('https://e.org/a%29%28b?c=%60%5Bd%5D');
});

const signs = fc.constantFrom(...'@~#*_`[]()<>|\\$&:;.-=+!/ \n1a\u2424\u00a0\t'.split(''));
const dense = fc.oneof(
  hostileText,
  fc.array(signs, { maxLength: 30 }).map((all) => all.join('')),
);

test('no raw text becomes a mention, a link or markup, and none of it is lost', () => {
  fc.assert(
    fc.property(dense, (text) => {
      const line = oneLine(text.replaceAll('\u2424', ' '));
      for (const shown of [prose(text), value(text)]) {
        expect(findingsIn(shown)).toEqual([]);
        expect(shown.replaceAll('`', '')).toBe(line.replaceAll('`', 'ˋ'));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('no card becomes more than its texts and its links', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      const lines = textsIn(encode(card)).flatMap((text) => text.split('\n'));
      expect(lines.filter((line) => !isLink(line)).flatMap(findingsIn)).toEqual([]);
      const allowed = card.links.flatMap(({ url }) => URL.parse(url)?.href ?? []).map((href) => decodeURI(linkTarget(href)));
      for (const [, words = '', target = ''] of lines
        .flatMap((line) => [LINK.exec(line) ?? []])
        .filter(({ length }) => length > 0)) {
        expect(words).not.toMatch(/[@#~*_`<>|\\$&:]/);
        expect(allowed).toContain(decodeURI(target));
      }
    }),
  );
});

test('no text keeps a control character or half a character', () => {
  fc.assert(
    fc.property(hostileCard, (card) => {
      for (const text of textsIn(encode(card))) {
        expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e|\u200b/u);
        expect(text.isWellFormed()).toBe(true);
      }
    }),
  );
});

test('paragraphs keep their lines', () => {
  const { attachments } = encode({ ...CARD, paragraphs: ['a\r\nb\n\n\nc'], links: [] });
  expect(attachments.at(-1)?.text).toBe(linesOf('a\nb\n\nc').join('\n'));
});

test.each(['a', '😀', '@', '`', 'a b\n'])('the largest card of %j fits into a message', (sign) => {
  const { message, attachments } = encode(hugeCard(sign));
  expect(message.length).toBeLessThanOrEqual(400);
  expect((attachments.at(-1)?.text ?? '').length).toBeLessThanOrEqual(60_000);
  expect(JSON.stringify(attachments).length).toBeLessThanOrEqual(400_000);
  expect(attachments[0]?.fields).toHaveLength(40);
});
