import { type Failure, failure } from '../prometheus/failure.ts';

/** The failure that a status of 400 or more stands for, in our words: the server's own quote the query. */
export function failureOfStatus(status: number, body: string): Failure {
  if (status === 401 || status === 403) return failure('SOURCE_UNAUTHORIZED', `the source refuses the credentials (${status})`);
  const error = errorIn(body);
  if (status === 404 && error.type === 'index_not_found_exception') {
    return failure('SOURCE_ERROR', 'no index matches the index of the source (404)', { reason: 'EmptyResult' });
  }
  if (status === 400) return failureOf400(body, error);
  if ([429, 502, 503, 504].includes(status)) {
    return failure('SOURCE_ERROR', `the source is unavailable (${status})`, { reason: 'SourceUnreachable' });
  }
  if (status >= 500) return failure('SOURCE_ERROR', `the source answers with an error of its own (${status})`);
  return failure('SOURCE_BAD_ANSWER', `the source does not answer as OpenSearch does (${status})`);
}

function failureOf400(body: string, { type, reasons }: ErrorBody): Failure {
  if (type === 'index_closed_exception') return failure('SOURCE_ERROR', 'the index is closed (400)');
  // An error that names many indices is longer than what is read of an error page.
  if (type === undefined && body !== '')
    return failure('SOURCE_BAD_ANSWER', 'the source does not answer as OpenSearch does (400)');
  const known = SENTENCES.find(([pattern]) => reasons.some((reason) => pattern.test(reason)));
  return failure('QUERY_INVALID', known?.[1](reasons) ?? 'the source refuses the query (400)');
}

const POSITION = /at line (\d{1,6}), column (\d{1,6})/;

/** What the reasons of the server mean for whoever wrote the query. */
const SENTENCES: readonly (readonly [RegExp, (reasons: readonly string[]) => string])[] = [
  [POSITION, (reasons) => `the query string can not be parsed (${positionIn(reasons)})`],
  [/not allowed as first character/, () => 'a word of the query string begins with * or ?, which no index can look up'],
  [/^(Failed to parse query|Cannot parse)/, () => 'the query string can not be parsed'],
  [
    /fielddata|Text fields are not optimised/i,
    () => 'groupBy names a text field; it takes a field of type keyword, often the same name with .keyword at the end',
  ],
  [
    /^failed to (create query|parse date field)|^For input string/,
    () =>
      'the query string asks a field for a value that it can not hold; a word without a field is asked of every field: write message:word',
  ],
  [/too many|maxClauseCount/i, () => 'the query string matches too many words or fields'],
];

function positionIn(reasons: readonly string[]): string {
  const [, line = '', column = ''] = reasons.map((reason) => POSITION.exec(reason)).find((match) => match !== null) ?? [];
  return `line ${line}, column ${column}`;
}

interface ErrorBody {
  readonly type?: string;
  /** Of the error, and of what caused it. */
  readonly reasons: readonly string[];
}

const MAX_CAUSES = 10;

function errorIn(body: string): ErrorBody {
  const error = fieldIn(parsed(body), 'error');
  const type = fieldIn(error, 'type');
  // Servers differ in where they say the cause.
  const shards = listIn(error, 'failed_shards').map((shard) => fieldIn(shard, 'reason'));
  return {
    ...(typeof type === 'string' && { type }),
    reasons: [error, ...listIn(error, 'root_cause'), ...shards].flatMap(reasonsOf),
  };
}

function reasonsOf(error: unknown): string[] {
  const reasons: string[] = [];
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && cause !== undefined; depth += 1) {
    const reason = fieldIn(cause, 'reason');
    if (typeof reason === 'string') reasons.push(reason);
    cause = fieldIn(cause, 'caused_by');
  }
  return reasons;
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = fieldIn(value, name);
  return Array.isArray(list) ? list.slice(0, MAX_CAUSES) : [];
}

function fieldIn(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
