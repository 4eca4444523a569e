import { type Failure, failure } from '../prometheus/failure.ts';
import { LINES_BEFORE } from './logql.ts';

/** The failure that a status of 400 or more stands for, in our words: Loki answers with plain text that quotes query and labels. */
export function failureOfStatus(status: number, body: string): Failure {
  if (status === 401 && /no org id/.test(body)) {
    return failure('SOURCE_UNAUTHORIZED', 'the source demands a tenant, which the EvidenceSource does not name (401)');
  }
  if (status === 401 || status === 403) return failure('SOURCE_UNAUTHORIZED', `the source refuses the credentials (${status})`);
  if (status === 400) return failureOf400(body);
  if ([429, 502, 503, 504].includes(status)) {
    return failure('SOURCE_ERROR', `the source is unavailable (${status})`, { reason: 'SourceUnreachable' });
  }
  if (status >= 500) return failure('SOURCE_ERROR', `the source answers with an error of its own (${status})`);
  return failure('SOURCE_BAD_ANSWER', `the source does not answer as Loki does (${status})`);
}

const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/queries require at least one/, 'the query selects every stream: a label must be named that is not empty, as in {app="shop"}'],
  [/input size too long/, 'the query is longer than the source takes'],
  [/parse error/, 'the query can not be parsed'],
  [/pipeline error/, 'a stage of the query fails on some lines: leave them out with | __error__=""'],
  [/time range exceeds|\[interval\] value exceeds/, 'the window is longer than the source allows'],
];

function failureOf400(body: string): Failure {
  const [, line, column] = /parse error at line (\d{1,6}), col (\d{1,6})/.exec(body) ?? [];
  if (Number(line) > LINES_BEFORE && column !== undefined) {
    const position = `line ${Number(line) - LINES_BEFORE}, column ${column}`;
    return failure('QUERY_INVALID', `the query can not be parsed (${position})`);
  }
  if (/maximum (number )?of series/.test(body)) {
    return failure('SOURCE_ERROR', 'the lines have more groups than the source counts', { reason: 'TooManySeries' });
  }
  const refusal = REFUSALS.find(([pattern]) => pattern.test(body))?.[1];
  if (refusal !== undefined) return failure('QUERY_INVALID', refusal);
  return failure('SOURCE_ERROR', 'the source refuses the question (400)');
}
