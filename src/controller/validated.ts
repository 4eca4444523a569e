import { validate } from '../api/validate.ts';
import type { KubeObject } from '../api/common.ts';

/** Validates objects as the API server should have, each version of each object once. */
export class Validated {
  readonly #known = new WeakMap<KubeObject, { readonly problem: string | undefined }>();

  /** What is wrong with an object, in one sentence that names the field; undefined when nothing is. */
  problemOf(object: KubeObject): string | undefined {
    const before = this.#known.get(object);
    if (before) return before.problem;
    const found = validate({
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: metadataOf(object),
      spec: specOf(object),
    });
    const problem =
      found.kind === 'Valid' ? undefined : found.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
    this.#known.set(object, { problem });
    return problem;
  }
}

const metadataOf = ({ metadata: { name, namespace } }: KubeObject): object => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
const specOf = (object: KubeObject & { readonly spec?: unknown }): unknown => object.spec;
