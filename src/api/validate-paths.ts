/** Where something stands in an object: names of fields and indices of lists, from the outside in. */
export type FieldPath = readonly (string | number)[];

/** One mistake in an object. */
export interface Problem {
  /** The field as kubectl writes it: `spec.evidence[0].prometheus.query`. */
  readonly path: string;
  readonly at: FieldPath;
  /** What is wrong, and what to write instead. */
  readonly message: string;
}

export const problemAt = (at: FieldPath, message: string): Problem => ({ path: formatPath(at), at, message });

/** Writes a path as kubectl does: `spec.evidence[0].name`. */
export function formatPath(at: FieldPath): string {
  return at.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** Reads a relative path of the API server, such as the `fieldPath` of a rule: `.rule.threshold.evidence`. */
export const parseRelativePath = (text: string): FieldPath => text.split('.').filter((part) => part !== '');

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands at a path, or undefined where the path leads nowhere. */
export function valueAt(root: unknown, at: FieldPath): unknown {
  return at.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return typeof part === 'number' ? (value as unknown[])[part] : undefined;
    return isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }, root);
}
