import { type Failure, failure } from '../prometheus/failure.ts';
import { LINES_BEFORE } from './logql.ts';

/** The failure that a status of 400 or more stands for, in our words: Loki answers with plain text that quotes query and labels. */
export function failureOfStatus(status: number, body: string): Failure {
  const known = KNOWN.find(({ of, says }) => of === status && says.test(body))?.means;
  if (known !== undefined) return known;
  if (status === 401 || status === 403) return failure('SOURCE_UNAUTHORIZED', `the source refuses the credentials (${status})`);
  if (status === 400) return failureOf400(body);
  if ([429, 502, 503, 504].includes(status)) {
    return failure('SOURCE_ERROR', `the source is unavailable (${status})`, { reason: 'SourceUnreachable' });
  }
  if (status >= 500) return failure('SOURCE_ERROR', `the source answers with an error of its own (${status})`);
  return failure('SOURCE_BAD_ANSWER', `the source does not answer as Loki does (${status})`);
}

/** What says more than its status does. */
const KNOWN: readonly { readonly of: number; readonly says: RegExp; readonly means: Failure }[] = [
  {
    ...{ of: 401, says: /no org id/ },
    means: failure('SOURCE_UNAUTHORIZED', 'the source demands a tenant, which the EvidenceSource does not name (401)'),
  },
  {
    ...{ of: 400, says: /^tenant ID .* contains unsupported character/ },
    means: failure(
      'SOURCE_UNAUTHORIZED',
      'the tenant of the EvidenceSource holds a character that the source does not take (400)',
    ),
  },
  {
    ...{ of: 500, says: /multiple org IDs/ },
    means: failure(
      'SOURCE_UNAUTHORIZED',
      'the source does not take several tenants at once: multi_tenant_queries_enabled is off (500)',
    ),
  },
  {
    ...{ of: 504, says: /request timed out/ },
    means: failure('SOURCE_ERROR', 'the query took too long for the source (504)', { reason: 'SourceUnreachable' }),
  },
  {
    ...{ of: 400, says: /^maximum (number )?of series/ },
    means: failure('SOURCE_ERROR', 'the lines have more groups than the source counts', { reason: 'TooManySeries' }),
  },
];

const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/queries require at least one/, 'the query selects every stream: a label must be named that is not empty, as in {app="shop"}'],
  [/input size too long/, 'the query is longer than the source takes'],
  [/invalid aggregation count_over_time with unwrap/, 'the query holds unwrap: lines are counted, not the values in them'],
  [/parse error/, 'the query can not be parsed'],
  [/pipeline error/, 'a stage of the query fails on some lines: leave them out with | __error__=""'],
  [/time range exceeds|\[interval\] value exceeds/, 'the window is longer than the source allows'],
  [/past now - max_query_lookback/, 'the window lies further back than the source lets look (max_query_lookback)'],
  [/would read too many bytes/, 'the query reads more than the source allows: select fewer streams, or a shorter window'],
  [/query blocked by policy/, 'the source blocks the query (blocked_queries)'],
];

function failureOf400(body: string): Failure {
  const [, line, column] = /parse error at line (\d{1,6}), col (\d{1,6})/.exec(body) ?? [];
  if (Number(line) > LINES_BEFORE && column !== undefined) {
    const position = `line ${Number(line) - LINES_BEFORE}, column ${column}`;
    return failure('QUERY_INVALID', `the query can not be parsed (${position})`);
  }
  const refusal = REFUSALS.find(([pattern]) => pattern.test(body))?.[1];
  if (refusal !== undefined) return failure('QUERY_INVALID', refusal);
  return failure('SOURCE_ERROR', 'the source refuses the question (400)');
}
