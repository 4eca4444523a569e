import { Programs } from '../../domain/expression-program.ts';
import { AssayError } from '../../platform/errors.ts';
import { accessTo, type Sources, type Unavailable } from '../../sources/evidence.ts';
import { maxAgeOf } from '../../sources/observe.ts';
import { READERS } from '../../sources/registry.ts';
import type { EvidenceReader } from '../../sources/source.ts';
import { placeOf } from './connections.ts';
import { inParallel } from './in-parallel.ts';
import type { EvaluateIo, EvaluateOptions } from './options.ts';
import { believedPast } from './past.ts';
import type { Loaded, Subject } from './subjects.ts';

/** The sources of the criteria, reached from here. */
export interface CliSources extends Sources {
  /** How long after a slot the slowest source of a criterion is asked. */
  delayMs(subject: Subject): number;
  /** Remembers which sources do not answer, so that each is waited for once and named once. */
  findSilent(): Promise<void>;
  close(): Promise<void>;
}

interface Known {
  readonly reader: EvidenceReader;
  readonly delayMs: number;
  silent?: Unavailable;
}

/** Makes a reader for every source that a criterion names; nothing is asked yet. @throws AssayError when one can't be reached */
export function newCliSources({ subjects, manifests }: Loaded, options: EvaluateOptions, io: EvaluateIo): CliSources {
  const names = new Set(subjects.flatMap(({ sources }) => sources));
  for (const name of Object.keys(options.sources)) {
    if (!names.has(name)) io.warn(`no criterion asks a source named ${name}`);
  }
  const places = [...names].map(
    (name) => [name, placeOf(name, options.sources[name], manifests.get(name), options.timeoutMs)] as const,
  );
  const known = new Map<string, Known>(
    places.map(([name, { kind, spec, connection, delayMs }]) => [
      name,
      { reader: believedPast(READERS[kind](connection, spec, io)), delayMs },
    ]),
  );
  const get = (name: string): Known => {
    const found = known.get(name);
    if (!found) throw new RangeError(`no criterion names the source ${name}`);
    return found;
  };
  return {
    now: () => io.clock.now(),
    programs: new Programs(),
    reader: (name) => get(name).silent ?? get(name).reader,
    reachability: (name, _slot, signal) => get(name).reader.probe(signal),
    delayMs: ({ sources }) => Math.max(0, ...sources.map((name) => get(name).delayMs)),
    findSilent: async () => {
      await Promise.all([...known].map(([name, source]) => findSilent(name, source, io)));
    },
    close: async () => {
      await Promise.all([...known.values()].map(({ reader }) => reader.close()));
    },
  };
}

async function findSilent(name: string, source: Known, { signal, warn }: EvaluateIo): Promise<void> {
  const found = await source.reader.probe(signal);
  if (found.kind === 'Answering' || (found.reason !== 'Unreachable' && found.reason !== 'Unauthorized')) return;
  source.silent = { kind: 'Unavailable', reason: 'SourceUnreachable', message: found.message };
  warn(`the source ${name} does not answer: ${found.message}`);
}

const CHECKS_AT_ONCE = 16;

/** Asks each source whether it takes the queries of the criteria. @throws AssayError QUERY_INVALID with a sentence a query */
export async function checkQueries(subjects: readonly Subject[], sources: Sources, signal: AbortSignal): Promise<void> {
  const sentences = await inParallel(subjects, CHECKS_AT_ONCE, (subject) => refusals(subject, sources, signal));
  if (sentences.flat().length > 0) throw new AssayError('QUERY_INVALID', sentences.flat().join('\n'));
}

async function refusals(subject: Subject, sources: Sources, signal: AbortSignal): Promise<string[]> {
  const { id, spec } = subject;
  const maxAgeMs = maxAgeOf(spec);
  const found: string[] = [];
  for (const item of spec.evidence) {
    const access = accessTo(item);
    const refusal = await access.check(item, maxAgeMs, { sources, asker: subject, signal });
    if (!refusal) continue;
    const source = access.source(item);
    const whom = source === undefined ? 'it' : `the source ${source}`;
    found.push(`${id}: evidence ${item.name}: ${whom} can not be asked (${refusal.reason}): ${refusal.message}`);
  }
  return found;
}
