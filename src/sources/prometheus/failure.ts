import type { UnknownReason } from '../../api/conditions.ts';
import type { Reading } from '../../domain/sample.ts';
import { AssayError, type ErrorCode, messageOf } from '../../platform/errors.ts';
import type { Reachability } from '../source.ts';

/** What came instead of an answer. `tryLess`: the same question for fewer slots may well be answered. */
export interface Failure {
  readonly kind: 'Failure';
  readonly code: ErrorCode;
  readonly reason: UnknownReason;
  readonly message: string;
  readonly tryLess: boolean;
}

const SILENT: readonly ErrorCode[] = ['SOURCE_UNREACHABLE', 'SOURCE_UNAUTHORIZED', 'SOURCE_REDIRECTED', 'SPEC_INVALID'];
const TRY_LESS: readonly ErrorCode[] = ['SOURCE_ANSWER_TOO_LARGE'];

/** A failure of this code; reason and `tryLess` follow from the code unless they are given. */
export function failure(code: ErrorCode, message: string, known: Partial<Pick<Failure, 'reason' | 'tryLess'>> = {}): Failure {
  return {
    kind: 'Failure',
    code,
    reason: SILENT.includes(code) ? 'SourceUnreachable' : 'QueryFailed',
    message,
    tryLess: TRY_LESS.includes(code),
    ...known,
  };
}

/** The failure that was thrown; anything but an `AssayError` is a mistake of ours and goes on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AssayError) return failure(error.code, messageOf(error));
  throw error;
}

export const unavailable = ({ reason, message }: Failure): Reading => ({ kind: 'Unavailable', reason, message });

/** What a failed probe says of the source. */
export function notAnswering({ code, message }: Failure): Reachability {
  return { kind: 'NotAnswering', reason: reachableReason(code), message };
}

function reachableReason(code: ErrorCode): 'Unreachable' | 'Unauthorized' | 'BadAnswer' | 'ServerError' {
  if (code === 'SOURCE_UNREACHABLE' || code === 'SPEC_INVALID') return 'Unreachable';
  if (code === 'SOURCE_UNAUTHORIZED') return 'Unauthorized';
  return code === 'SOURCE_ERROR' ? 'ServerError' : 'BadAnswer';
}

const MAX_SENTENCE = 300;

/**
 * The failure that a status of 400 or more stands for. Of the body only the sentence of a `bad_data` error is passed on, which
 * speaks of the query, and never with one of `secrets` in it; all else may be of a proxy and hold anything.
 */
export function failureOfStatus(status: number, body: string, secrets: readonly string[]): Failure {
  if (status === 401 || status === 403) {
    return failure('SOURCE_UNAUTHORIZED', `the source refuses the credentials (${status})`);
  }
  const { errorType, sentence } = errorIn(body);
  if (status === 400 && errorType === 'bad_data') return failure('QUERY_INVALID', clean(sentence, secrets));
  if (status === 422) return failure('SOURCE_ERROR', 'the source can not execute the query (422)', { tryLess: true });
  if (status === 503 && errorType === 'timeout') {
    return failure('SOURCE_ERROR', 'the query took too long for the source (503)', {
      reason: 'SourceUnreachable',
      tryLess: true,
    });
  }
  if ([429, 502, 503, 504].includes(status)) {
    return failure('SOURCE_ERROR', `the source is unavailable (${status})`, { reason: 'SourceUnreachable' });
  }
  if (status >= 500) return failure('SOURCE_ERROR', `the source answers with an error of its own (${status})`);
  return failure('SOURCE_BAD_ANSWER', `the source does not answer as a Prometheus server does (${status})`);
}

function errorIn(body: string): { errorType: string; sentence: string } {
  try {
    const parsed = JSON.parse(body) as { errorType?: unknown; error?: unknown } | null;
    const { errorType, error } = parsed ?? {};
    return { errorType: typeof errorType === 'string' ? errorType : '', sentence: typeof error === 'string' ? error : '' };
  } catch {
    return { errorType: '', sentence: '' };
  }
}

function clean(sentence: string, secrets: readonly string[]): string {
  if (sentence === '' || secrets.some((secret) => sentence.includes(secret))) return 'the source refuses the query (400)';
  // Control and format characters: line breaks, terminal sequences, text that runs backwards.
  const plain = sentence.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return plain.length <= MAX_SENTENCE ? plain : `${plain.slice(0, MAX_SENTENCE - 1).toWellFormed()}…`;
}
