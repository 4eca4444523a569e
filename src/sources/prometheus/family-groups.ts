import type { Kinship } from './family-proof.ts';

/** A question with the ways in which it can be one of a family. */
export interface Kin {
  readonly kinships: readonly Kinship[];
}

/** Questions of one template. */
export interface Family<T> {
  readonly template: string;
  readonly members: readonly { readonly question: T; readonly kinship: Kinship }[];
}

// Up to 256 alternatives Prometheus takes a pattern for a list of values; and a family that fails costs as many questions.
const MAX_MEMBERS = 100;

/** Puts each question into one family, that of its templates which most of them share; a family may have a single member. */
export function familiesAmong<T extends Kin>(questions: readonly T[]): readonly Family<T>[] {
  const sizes = new Map<string, number>();
  for (const { kinships } of questions) for (const { template } of kinships) sizes.set(template, (sizes.get(template) ?? 0) + 1);
  const families = new Map<string, { question: T; kinship: Kinship }[]>();
  for (const question of questions) {
    const kinship = largest(question.kinships, sizes);
    if (kinship === undefined) continue;
    const members = families.get(kinship.template) ?? [];
    families.set(kinship.template, members);
    members.push({ question, kinship });
  }
  return [...families].flatMap(([template, members]) => chunks(members).map((some) => ({ template, members: some })));
}

/** Of equals the first. */
function largest(kinships: readonly Kinship[], sizes: ReadonlyMap<string, number>): Kinship | undefined {
  const sizeOf = ({ template }: Kinship): number => sizes.get(template) ?? 0;
  return kinships.reduce<Kinship | undefined>(
    (best, kinship) => (best !== undefined && sizeOf(best) >= sizeOf(kinship) ? best : kinship),
    undefined,
  );
}

function chunks<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / MAX_MEMBERS) }, (_, index) =>
    all.slice(index * MAX_MEMBERS, (index + 1) * MAX_MEMBERS),
  );
}
