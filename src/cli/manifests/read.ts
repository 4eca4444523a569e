import { API_VERSION, GROUP } from '../../api/common.ts';
import { KINDS } from '../../api/kinds.ts';
import { nearest } from '../../api/validate-names.ts';
import { formatPath, isJsonObject } from '../../api/validate-paths.ts';
import { type FieldPath, validate, type Validated } from '../../api/validate.ts';
import { type FileDocument, parseFile, type Place } from './document.ts';
import { readFiles } from './files.ts';
import type { Finding, FindingSeverity } from './finding.ts';
import { identityFindings } from './identity.ts';

/** One object of `assay.dev` in a file. */
export interface Manifest {
  readonly file: string;
  readonly line: number;
  readonly validated: Validated;
  /** The object with its defaults; where it is not valid, as far as it goes. */
  readonly object: unknown;
  /** A finding at a field of this object; with `offset`, at that character of its text. */
  readonly finding: (severity: FindingSeverity, at: FieldPath, message: string, offset?: number) => Finding;
}

/** All objects of `assay.dev` in some files, and every mistake that makes one of them unusable. */
export interface Manifests {
  readonly files: number;
  readonly manifests: readonly Manifest[];
  readonly findings: readonly Finding[];
}

/** Reads every manifest of the named files and folders; files that hold no object of `assay.dev` are passed over. */
export async function readManifests(paths: readonly string[]): Promise<Manifests> {
  const files = await readFiles(paths);
  const parsed = files.map((file) =>
    file.kind === 'Text' ? parseFile(file.file, file.text) : { documents: [], findings: [file.finding] },
  );
  const documents = parsed.flatMap((file) => file.documents).map((document) => ({ document, manifests: manifestsOf(document) }));
  const manifests = documents.flatMap((one) => one.manifests);
  const findings = [
    ...parsed.flatMap((file) => file.findings),
    ...documents.filter((one) => one.manifests.length > 0).flatMap(({ document }) => booleanKeyFindings(document)),
    ...manifests.flatMap(problemFindings),
    ...identityFindings(manifests),
  ];
  return { files: files.length, manifests, findings };
}

function manifestsOf(document: FileDocument): Manifest[] {
  const { value } = document;
  if (!isList(value)) return isOurs(value) ? [newManifest(document, value, [])] : [];
  return value.items.flatMap((item, index) => (isOurs(item) ? [newManifest(document, item, ['items', index])] : []));
}

const isList = (value: unknown): value is { items: readonly unknown[] } =>
  isJsonObject(value) && typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items);

// Also what was plainly meant to be ours: a misspelt group or kind must not pass for somebody else's object.
function isOurs(value: unknown): boolean {
  const { apiVersion, kind } = isJsonObject(value) ? value : {};
  if (typeof apiVersion !== 'string') return apiVersion === undefined && isKind(kind);
  const group = apiVersion.split('/')[0] ?? '';
  return group === GROUP || (isKind(kind) && nearest(group, [GROUP, API_VERSION]) !== undefined);
}

const isKind = (kind: unknown): boolean =>
  typeof kind === 'string' &&
  nearest(
    kind,
    KINDS.map((known) => known.kind),
  ) !== undefined;

function newManifest(document: FileDocument, value: unknown, prefix: FieldPath): Manifest {
  const { file } = document;
  const validated = validate(value);
  const place = (at: FieldPath, offset?: number): Place => document.place([...prefix, ...at], offset);
  return {
    file,
    line: place([]).line,
    validated,
    object: validated.kind === 'Valid' ? validated.object : validated.draft,
    finding: (severity, at, message, offset) => {
      const path = formatPath([...prefix, ...at]);
      return { file, ...place(at, offset), path, message, severity };
    },
  };
}

const problemFindings = (manifest: Manifest): Finding[] =>
  manifest.validated.kind === 'Valid'
    ? []
    : manifest.validated.problems.map(({ at, message }) => manifest.finding('error', at, message));

const booleanKeyFindings = ({ file, place, booleanKeys }: FileDocument): Finding[] =>
  booleanKeys.map((at) => {
    const key = String(at.at(-1));
    const message = `kubectl reads the bare word ${key} as a boolean, not as a name: write "${key}" in quotes`;
    return { file, ...place(at), path: formatPath(at), message, severity: 'error' };
  });
