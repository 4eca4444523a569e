import type { NewRecord } from '../../api/records.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { accessTo } from '../../sources/evidence.ts';
import type { Basis } from '../../sources/source.ts';
import { criterionKey, type KnownCriterion } from './known.ts';
import { frameOf } from './records-of.ts';
import type { SourcePool } from '../sources/source-pool.ts';

/** What bases are looked at with. */
export interface BasisParts {
  readonly pool: Pick<SourcePool, 'reader'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 300_000;
const LOOK_TIMEOUT_MS = 15_000;
// What takes longer goes on record with the next slot.
const WAIT_MS = 2_000;

/** What is remembered of the looks at one criterion. */
interface Looks {
  /** Digest of the spec that they are about. */
  readonly specDigest: string;
  nextAt: number;
  /** What the latest look found and nobody has taken yet. */
  found?: ReadonlyMap<string, Basis>;
  /** Digests of items that were seen to rest on nothing, which is put on record only once it changes. */
  readonly nothing: Map<string, string>;
}

/**
 * Looks now and then at what the evidence of criteria rests on: a changed recording rule behind a query, or a changed rule that raises
 * its alerts, is a changed criterion.
 */
export class BasisChanges {
  readonly #parts: BasisParts;
  readonly #startedAt: number;
  readonly #looks = new Map<string, Looks>();

  constructor(parts: BasisParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
  }

  /**
   * The records of bases that differ from those on record; the first sight of one is its baseline. Looks at most once in five minutes,
   * or after an edit, and waits two seconds for that at most.
   */
  async changes(known: KnownCriterion, signal: AbortSignal): Promise<NewRecord[]> {
    const { clock } = this.#parts;
    const looks = this.#looksOf(known);
    const untilMs = looks.nextAt - clock.now();
    // A clock that was set back is not waited for.
    if (untilMs <= 0 || untilMs > LOOK_EVERY_MS) await this.#look(known, looks, signal);
    const { found } = looks;
    if (found === undefined) return [];
    delete looks.found;
    return recordsOf(known, { found, nothing: looks.nothing, at: clock.now() });
  }

  forget(key: string): void {
    this.#looks.delete(key);
  }

  #looksOf(known: KnownCriterion): Looks {
    const key = criterionKey(known);
    const before = this.#looks.get(key);
    if (before?.specDigest === known.specDigest) return before;
    const { last } = known.state.track;
    const isOld = before === undefined && last !== undefined && last.slot < this.#startedAt;
    const nextAt = this.#parts.clock.now() + (isOld ? spreadMs(known.specDigest) : 0);
    const looks: Looks = { specDigest: known.specDigest, nextAt, nothing: new Map() };
    this.#looks.set(key, looks);
    return looks;
  }

  async #look(known: KnownCriterion, looks: Looks, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    looks.nextAt = clock.now() + LOOK_EVERY_MS;
    const over = new AbortController();
    void this.#basesOf(known)
      .then((found) => void (looks.found = found))
      .catch((error: unknown) => {
        log.warn('it could not be found out what queries rest on', { criterion: known.state.id, error: messageOf(error) });
      })
      .finally(() => over.abort());
    await sleep(clock, WAIT_MS, AbortSignal.any([signal, over.signal]));
  }

  async #basesOf({ spec, state }: KnownCriterion): Promise<ReadonlyMap<string, Basis>> {
    const { pool, log } = this.#parts;
    const limit = AbortSignal.timeout(LOOK_TIMEOUT_MS);
    const found = new Map<string, Basis>();
    for (const item of spec.evidence) {
      const { name } = item;
      const basis = await accessTo(item).basis?.(item, pool, limit);
      if (basis?.kind === 'Basis') found.set(name, basis);
      else if (basis)
        log.debug('what a query rests on is not known', { criterion: state.id, evidence: name, why: basis.message });
    }
    return found;
  }
}

/** After a start, not all that were judged before look at once. */
const spreadMs = (specDigest: string): number => Number.parseInt(specDigest.slice('sha256:'.length, 15), 16) % LOOK_EVERY_MS;

interface Seen {
  readonly found: ReadonlyMap<string, Basis>;
  readonly nothing: Map<string, string>;
  readonly at: number;
}

function recordsOf(known: KnownCriterion, { found, nothing, at }: Seen): NewRecord[] {
  return [...found].flatMap(([evidence, { digest, rules, weak }]): NewRecord[] => {
    const before = known.bases?.[evidence] ?? nothing.get(evidence);
    if (before === digest) return [];
    if (before === undefined && rules.length === 0 && weak.length === 0) {
      nothing.set(evidence, digest);
      return [];
    }
    const body = { criterion: known.name, evidence, at, digest, ...(before === undefined ? {} : { before }), rules, weak };
    return [{ ...frameOf(known, at), kind: 'BasisChanged', body: { ...body, rules: [...rules], weak: [...weak] } }];
  });
}
