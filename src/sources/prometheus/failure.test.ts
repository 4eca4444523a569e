import { AssayError } from '../../platform/errors.ts';
import { failure, failureOf, failureOfStatus, notAnswering, unavailable } from './failure.ts';

const SECRET = 'tok3n-that-must-not-leak';
const error = (errorType: string, sentence: unknown): string => JSON.stringify({ status: 'error', errorType, error: sentence });
const badData = (sentence: unknown): string => error('bad_data', sentence);

test.each<[string, number, string, object]>([
  [
    'a bad query keeps the sentence of the source',
    400,
    badData('1:5: parse error: x'),
    { code: 'QUERY_INVALID', reason: 'QueryFailed', message: '1:5: parse error: x' },
  ],
  [
    'a sentence with a secret is not passed on',
    400,
    badData(`no ${SECRET}`),
    { code: 'QUERY_INVALID', message: 'the source refuses the query (400)' },
  ],
  ['control characters are taken out', 400, badData('a\r\n\u001b[31m\u202eb\u0000'), { message: 'a [31m b' }],
  ['a sentence that is none', 400, badData({ x: 1 }), { message: 'the source refuses the query (400)' }],
  ['another kind of 400 is not passed on', 400, error('internal', SECRET), { code: 'SOURCE_BAD_ANSWER', reason: 'QueryFailed' }],
  ['a 400 that is no JSON', 400, SECRET, { code: 'SOURCE_BAD_ANSWER', reason: 'QueryFailed' }],
  ['a 400 that is null', 400, 'null', { code: 'SOURCE_BAD_ANSWER', reason: 'QueryFailed' }],
  [
    '401',
    401,
    SECRET,
    { code: 'SOURCE_UNAUTHORIZED', reason: 'SourceUnreachable', message: 'the source refuses the credentials (401)' },
  ],
  [
    '403',
    403,
    SECRET,
    { code: 'SOURCE_UNAUTHORIZED', reason: 'SourceUnreachable', message: 'the source refuses the credentials (403)' },
  ],
  ['404', 404, SECRET, { code: 'SOURCE_BAD_ANSWER', reason: 'QueryFailed' }],
  ['422 may be of one slot', 422, error('execution', SECRET), { code: 'SOURCE_ERROR', reason: 'QueryFailed', tryLess: true }],
  ['429', 429, SECRET, { code: 'SOURCE_ERROR', reason: 'SourceUnreachable', tryLess: false }],
  ['500', 500, error('internal', SECRET), { code: 'SOURCE_ERROR', reason: 'QueryFailed', tryLess: false }],
  ['502', 502, SECRET, { code: 'SOURCE_ERROR', reason: 'SourceUnreachable' }],
  ['503', 503, SECRET, { code: 'SOURCE_ERROR', reason: 'SourceUnreachable', tryLess: false }],
  ['503 for a query that took too long', 503, error('timeout', SECRET), { reason: 'SourceUnreachable', tryLess: true }],
  ['504', 504, SECRET, { code: 'SOURCE_ERROR', reason: 'SourceUnreachable' }],
])('%s', (_, status, body, want) => {
  const found = failureOfStatus(status, body, [SECRET]);
  expect(found).toMatchObject(want);
  expect(found.message).not.toContain(SECRET);
});

test('a long sentence is cut to 300 characters', () => {
  const { message } = failureOfStatus(400, badData('x'.repeat(5_000)), []);
  expect([message.length, message.at(-1)]).toEqual([300, '…']);
});

test.each([
  ['SOURCE_UNREACHABLE', 'SourceUnreachable', 'Unreachable'],
  ['SOURCE_UNAUTHORIZED', 'SourceUnreachable', 'Unauthorized'],
  ['SOURCE_REDIRECTED', 'SourceUnreachable', 'BadAnswer'],
  ['SOURCE_ERROR', 'QueryFailed', 'ServerError'],
  ['SOURCE_BAD_ANSWER', 'QueryFailed', 'BadAnswer'],
  ['SOURCE_ANSWER_TOO_LARGE', 'QueryFailed', 'BadAnswer'],
  ['QUERY_INVALID', 'QueryFailed', 'BadAnswer'],
  ['SPEC_INVALID', 'SourceUnreachable', 'Unreachable'],
] as const)('%s as a reading and as a probe', (code, reading, probe) => {
  const failed = failureOf(new AssayError(code, 'why'));
  expect(unavailable(failed)).toEqual({ kind: 'Unavailable', reason: reading, message: 'why' });
  expect(notAnswering(failed)).toEqual({ kind: 'NotAnswering', reason: probe, message: 'why' });
});

test('only what is too large is worth a smaller question by itself', () => {
  expect([failure('SOURCE_ANSWER_TOO_LARGE', '').tryLess, failure('SOURCE_UNREACHABLE', '').tryLess]).toEqual([true, false]);
});

test('a mistake of ours goes on', () => {
  expect(() => failureOf(new TypeError('ours'))).toThrow('ours');
});
