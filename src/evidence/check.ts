import { Ajv } from 'ajv';
import type { TSchema } from 'typebox';

/**
 * Checks a value against a schema of `api/`; what is checked comes from Assay itself, so a mistake is one of the program.
 * @throws TypeError that says where `what` breaks its schema, without the value
 */
export type Check = (schema: TSchema, value: unknown, what: string) => void;

/** A check that compiles each schema once, at its first use. */
export function newCheck(): Check {
  // The schemas carry words of Kubernetes (formats int32, x-kubernetes-…) that are not ajv's business.
  const ajv = new Ajv({ strict: false, validateFormats: false });
  return (schema, value, what) => {
    const validate = ajv.compile(schema); // kept by ajv itself, by identity of the schema
    if (validate(value)) return;
    const [first] = validate.errors ?? [];
    throw new TypeError(`${what} breaks its schema: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  };
}
