import { CHANNEL, CRITERION, SOURCE } from '../../api/kinds.ts';
import type { NotificationChannel } from '../../api/channel.ts';
import type { CertificationCriterion } from '../../api/criterion.ts';
import type { EvidenceSource } from '../../api/source.ts';
import { type Finding, sortFindings } from './finding.ts';
import { type Manifest, readManifests } from './read.ts';

/** A valid object with its defaults, and where it came from. */
export interface Located<T> {
  readonly file: string;
  readonly line: number;
  readonly object: T;
}

/** What manifests hold, or all that is wrong with them. */
export type Loaded =
  | {
      readonly kind: 'Loaded';
      readonly criteria: readonly Located<CertificationCriterion>[];
      readonly sources: readonly Located<EvidenceSource>[];
      readonly channels: readonly Located<NotificationChannel>[];
      readonly warnings: readonly Finding[];
    }
  | { readonly kind: 'Invalid'; readonly findings: readonly Finding[] };

/** Reads the criteria, sources and channels of some files and folders, validated and with their defaults; one mistake refuses all. */
export async function loadManifests(paths: readonly string[]): Promise<Loaded> {
  const { manifests, findings } = await readManifests(paths);
  if (findings.some(({ severity }) => severity === 'error')) return { kind: 'Invalid', findings: sortFindings(findings) };
  return {
    kind: 'Loaded',
    criteria: ofKind<CertificationCriterion>(manifests, CRITERION.kind),
    sources: ofKind<EvidenceSource>(manifests, SOURCE.kind),
    channels: ofKind<NotificationChannel>(manifests, CHANNEL.kind),
    warnings: sortFindings(findings),
  };
}

function ofKind<T>(manifests: readonly Manifest[], kind: string): Located<T>[] {
  return manifests.flatMap(({ file, line, validated }) =>
    validated.kind === 'Valid' && validated.object.kind === kind ? [{ file, line, object: validated.object as T }] : [],
  );
}
