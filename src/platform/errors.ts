/**
 * Every error of Assay carries a code of this table; the code says what happens next. A retired code is not reused.
 * `docs/errors.md` is tested against it in both directions.
 */
export const ERRORS = {
  SOURCE_UNREACHABLE: { next: 'retry', text: 'The source gave no answer: refused, reset, timed out, or the name is unknown.' },
  SOURCE_UNAUTHORIZED: { next: 'retry', text: 'The source refuses the credentials.' },
  SOURCE_ERROR: { next: 'retry', text: 'The source answered with an error of its own.' },
  SOURCE_BAD_ANSWER: { next: 'retry', text: 'The source answered with something that is not its documented format.' },
  SOURCE_ANSWER_TOO_LARGE: { next: 'retry', text: 'The answer is larger than Assay reads.' },
  SOURCE_REDIRECTED: { next: 'retry', text: 'The source redirects elsewhere; redirects are not followed.' },
  QUERY_INVALID: { next: 'wait', text: 'The source refuses the query.' },
  SECRET_MISSING: { next: 'wait', text: 'A Secret, or a key of it, is missing.' },
  SPEC_INVALID: { next: 'wait', text: 'A spec can not be used.' },
  MANIFEST_INVALID: { next: 'stop', text: 'A manifest holds mistakes.' },
  STORE_FAILED: { next: 'retry', text: 'The evidence store can not be written.' },
  STORE_INCOMPATIBLE: { next: 'stop', text: 'The evidence store is of a version that this program can not read.' },
  STORE_FENCED: { next: 'stop', text: 'Another operator has taken over the evidence store.' },
  LEASE_LOST: { next: 'stop', text: 'The operator could not renew its lease, or another one has it.' },
  KUBE_REQUEST_FAILED: { next: 'retry', text: 'The Kubernetes API server refused a request or gave no answer.' },
  KUBE_CONFIG_INVALID: { next: 'stop', text: 'No usable Kubernetes configuration was found.' },
  USAGE: { next: 'stop', text: 'The command line can not be understood.' },
  PART_MISSING: { next: 'stop', text: 'A component that the demo or the tests need can not be had on this machine.' },
} as const satisfies Record<string, { next: 'retry' | 'wait' | 'stop'; text: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code that says what happens next. Its message never holds a token, a query string or upstream text. */
export class AssayError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AssayError';
    this.code = code;
  }

  /** `retry`: may work later by itself; `wait`: only after somebody changed something; `stop`: the program ends. */
  get next(): 'retry' | 'wait' | 'stop' {
    return ERRORS[this.code].next;
  }
}

/** The message of anything thrown, without its stack. An error may come from another realm (a worker, a vm context). */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
