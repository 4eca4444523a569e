import { isDeepStrictEqual } from 'node:util';

import { validate } from '../api/validate.ts';
import type { KubeObject } from '../api/common.ts';
import { keyOf } from '../kube/index.ts';

/** Validates objects as the API server should have, each spec of each object once. */
export class Validated {
  readonly #known = new Map<string, { readonly version: string; readonly spec: unknown; readonly problem: string | undefined }>();

  /** What is wrong with an object, in one sentence that names the field; undefined when nothing is. */
  problemOf(object: KubeObject): string | undefined {
    const { uid, generation } = object.metadata;
    const version = `${uid ?? ''} ${generation ?? ''}`;
    const before = this.#known.get(keyOf(object));
    const spec = specOf(object);
    // What the API server has not numbered may have changed; so may what it shows of one generation, when the schema in its CRD does.
    if (generation !== undefined && before?.version === version && isDeepStrictEqual(before.spec, spec)) {
      return before.problem;
    }
    const found = validate({
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: metadataOf(object),
      spec,
    });
    const problem =
      found.kind === 'Valid' ? undefined : found.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
    this.#known.set(keyOf(object), { version, spec, problem });
    return problem;
  }

  /** Of an object that is gone. */
  forget(key: string): void {
    this.#known.delete(key);
  }
}

const metadataOf = ({ metadata: { name, namespace } }: KubeObject): object => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
const specOf = (object: KubeObject & { readonly spec?: unknown }): unknown => object.spec;
