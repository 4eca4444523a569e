import { AssayError, type ErrorCode, ERRORS, messageOf } from './errors.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];

describe.each(codes)('%s', (code) => {
  test('is written in capitals', () => expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/));
  test('says in a whole sentence what is wrong', () => expect(ERRORS[code].text).toMatch(/^[A-Z].*\.$/));
  test('tells what happens next through its error', () => expect(new AssayError(code, 'x').next).toBe(ERRORS[code].next));
});

test.each(
  Object.entries({
    'a source that is away may come back by itself': { code: 'SOURCE_UNREACHABLE', next: 'retry' },
    'a store that can not be written may be written later': { code: 'STORE_FAILED', next: 'retry' },
    'a query that is refused waits until somebody changed something': { code: 'QUERY_INVALID', next: 'wait' },
    'a missing Secret waits until somebody made it': { code: 'SECRET_MISSING', next: 'wait' },
    'an operator whose store was taken over ends': { code: 'STORE_FENCED', next: 'stop' },
    'a program that can not read its store ends': { code: 'STORE_INCOMPATIBLE', next: 'stop' },
  } satisfies Record<string, { code: ErrorCode; next: AssayError['next'] }>),
)('%s', (_sentence, { code, next }) => expect(new AssayError(code, 'x').next).toBe(next));

test('an error keeps its code, its cause and its message', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new AssayError('SOURCE_UNREACHABLE', 'no answer', { cause });
  expect(error).toBeInstanceOf(Error);
  expect({ name: error.name, code: error.code, message: error.message, cause: error.cause }).toEqual({
    name: 'AssayError',
    code: 'SOURCE_UNREACHABLE',
    message: 'no answer',
    cause,
  });
});

test.each(
  Object.entries({
    'of an error its message': { thrown: new Error('broken'), want: 'broken' },
    'of a string the string': { thrown: 'broken', want: 'broken' },
    'of nothing at all a word': { thrown: undefined, want: 'undefined' },
  }),
)('the message of what was thrown is, %s', (_sentence, { thrown, want }) => expect(messageOf(thrown)).toBe(want));
