import type { Structural } from './generate/structural.ts';
import { nearest, suggestion } from './validate-names.ts';
import { type FieldPath, isJsonObject, type JsonObject, type Problem, problemAt } from './validate-paths.ts';

/** An object as the API server would see it after decoding, and what it was called where somebody wrote it. */
export interface Tidied {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Translates a path within `value` into the path that was written. */
  readonly written: (at: FieldPath) => FieldPath;
}

interface Place {
  readonly at: FieldPath;
  readonly written: FieldPath;
}

/**
 * Copies an object without unknown fields (each is a problem) and without nulls, which the API server drops, too. A misspelt
 * field is taken for the one that it most likely stands for, so that it is one mistake and hides no other.
 */
export function tidy(object: unknown, schema: Structural): Tidied {
  const problems: Problem[] = [];
  const renamed = new Map<string, string>();
  const tidier = new Tidier(problems, renamed);
  const value = tidier.tidy(object, schema, { at: [], written: [] });
  const written = (at: FieldPath): FieldPath => at.map((part, i) => renamed.get(JSON.stringify(at.slice(0, i + 1))) ?? part);
  return { value, problems, written };
}

class Tidier {
  readonly #problems: Problem[];
  readonly #renamed: Map<string, string>;

  constructor(problems: Problem[], renamed: Map<string, string>) {
    this.#problems = problems;
    this.#renamed = renamed;
  }

  tidy(value: unknown, schema: Structural, place: Place): unknown {
    if (Array.isArray(value)) {
      const { items } = schema;
      return items ? value.map((item, index) => this.tidy(item, items, inside(place, index))) : value;
    }
    if (!isJsonObject(value)) return value;
    if (schema.properties) return this.#fields(value, schema.properties, place);
    return schema.additionalProperties ? this.#entries(value, schema.additionalProperties, place) : value;
  }

  #entries(value: JsonObject, schema: Structural, place: Place): JsonObject {
    const present = Object.entries(value).filter(([, item]) => item !== null);
    return Object.fromEntries(present.map(([key, item]) => [key, this.tidy(item, schema, inside(place, key))]));
  }

  #fields(value: JsonObject, known: Readonly<Record<string, Structural>>, place: Place): JsonObject {
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const name = Object.hasOwn(known, key) ? key : this.#unknown(key, value, known, place);
      const schema = name === undefined ? undefined : known[name];
      if (name === undefined || schema === undefined || item === null) continue;
      result[name] = this.tidy(item, schema, { at: [...place.at, name], written: [...place.written, key] });
    }
    return result;
  }

  // The known field that is meant, if it isn't there itself.
  #unknown(key: string, value: JsonObject, known: Readonly<Record<string, Structural>>, place: Place): string | undefined {
    const names = Object.keys(known);
    this.#problems.push(problemAt([...place.written, key], `unknown field; ${suggestion(key, names)}`));
    const near = nearest(key, names);
    if (near === undefined || Object.hasOwn(value, near) || this.#isTaken(near, place)) return undefined;
    this.#renamed.set(JSON.stringify([...place.at, near]), key);
    return near;
  }

  #isTaken(name: string, place: Place): boolean {
    return this.#renamed.has(JSON.stringify([...place.at, name]));
  }
}

const inside = (place: Place, part: string | number): Place => ({
  at: [...place.at, part],
  written: [...place.written, part],
});
