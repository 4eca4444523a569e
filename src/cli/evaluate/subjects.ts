import { qualified } from '../../api/common.ts';
import type { CertificationCriterion, CertificationCriterionSpec } from '../../api/criterion.ts';
import type { EvidenceSource } from '../../api/source.ts';
import { type JudgingRules, rulesOf } from '../../domain/rules.ts';
import { slotOffsetMs, type SlotGrid } from '../../domain/slots.ts';
import { AssayError } from '../../platform/errors.ts';
import { sourcesOf } from '../../sources/evidence.ts';
import { printFindings } from '../manifests/index.ts';
import { loadManifests } from '../manifests/index.ts';
import type { EvaluateIo, OffsetChoice } from './options.ts';

/** A criterion as it is judged here. */
export interface Subject {
  /** `namespace/name`. */
  readonly id: string;
  readonly namespace: string;
  readonly service: string;
  readonly spec: CertificationCriterionSpec;
  readonly rules: JudgingRules;
  readonly grid: SlotGrid;
  /** Names of the sources that it asks. */
  readonly sources: readonly string[];
}

/** What the files hold. */
export interface Loaded {
  readonly subjects: readonly Subject[];
  readonly manifests: ReadonlyMap<string, EvidenceSource>;
}

/** Reads the manifests, in the order of their criteria's names. @throws AssayError MANIFEST_INVALID, after telling each mistake */
export async function loadSubjects(paths: readonly string[], offset: OffsetChoice, io: EvaluateIo): Promise<Loaded> {
  if (paths.length === 0) throw new AssayError('USAGE', 'no manifests are named: add -f FILE');
  const loaded = await loadManifests(paths);
  if (loaded.kind === 'Invalid') {
    printFindings(loaded.findings, io.warn);
    throw new AssayError('MANIFEST_INVALID', 'nothing was judged: the manifests hold mistakes');
  }
  printFindings(loaded.warnings, io.warn);
  if (loaded.criteria.length === 0) {
    throw new AssayError('MANIFEST_INVALID', `there is nothing to judge: no CertificationCriterion in ${paths.join(', ')}`);
  }
  return {
    subjects: loaded.criteria.map(({ object }) => subjectOf(object, offset)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    manifests: new Map(loaded.sources.map(({ object }) => [object.metadata.name, object])),
  };
}

function subjectOf({ metadata: { namespace = 'default', name }, spec }: CertificationCriterion, offset: OffsetChoice): Subject {
  const rules = rulesOf(spec);
  const { intervalMs } = rules;
  const offsetMs = offset === 'service' ? slotOffsetMs(namespace, spec.service, intervalMs) : offset % intervalMs;
  return {
    id: qualified(namespace, name),
    namespace,
    service: spec.service,
    spec,
    rules,
    grid: { intervalMs, offsetMs },
    sources: sourcesOf(spec.evidence),
  };
}

/** Until when nothing is judged; undefined when `at` is judged. A suspension in a file began before anything that is judged. */
export function suspendedUntil({ suspend }: CertificationCriterionSpec, at: number): number | undefined {
  if (suspend === undefined) return undefined;
  const until = suspend.until === undefined ? Infinity : Date.parse(suspend.until);
  return until > at ? until : undefined;
}
