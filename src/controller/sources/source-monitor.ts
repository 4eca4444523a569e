import type { Clock } from '../../platform/clock.ts';
import type { EvidenceReader, Reachability } from '../../sources/source.ts';

export interface MonitorOptions {
  readonly reader: EvidenceReader;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called after each probe. */
  readonly onProbe: (found: Reachability) => void;
}

const WHEN_ANSWERING_MS = 30_000;
const WHEN_NOT_MS = 5_000;

/** Looks after the reachability of one source: one fact for all who ask, probed on schedule and whenever a read fails. */
export class SourceMonitor {
  readonly #options: MonitorOptions;
  readonly #stopped = new AbortController();
  #latest: { readonly found: Reachability; readonly startedAt: number; readonly endedAt: number } | undefined;
  #running: { readonly startedAt: number; readonly done: Promise<Reachability> } | undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** The latest finding; undefined before the first. */
  get latest(): Reachability | undefined {
    return this.#latest?.found;
  }

  /** When the latest finding was made, in milliseconds. */
  get at(): number | undefined {
    return this.#latest?.endedAt;
  }

  /** What a probe finds that began at `notBefore` or later; probes are shared. */
  async since(notBefore: number): Promise<Reachability> {
    if (this.#latest && this.#latest.startedAt >= notBefore) return this.#latest.found;
    if (this.#running && this.#running.startedAt < notBefore) await this.#running.done;
    return this.probe();
  }

  /** Probes now, or joins the probe that is under way. */
  probe(): Promise<Reachability> {
    if (this.#running) return this.#running.done;
    const startedAt = this.#options.clock.now();
    const done = this.#probe(startedAt);
    this.#running = { startedAt, done };
    return done;
  }

  stop(): void {
    this.#stopped.abort();
    this.#cancelTimer();
  }

  async #probe(startedAt: number): Promise<Reachability> {
    const { reader, clock, timeoutMs, onProbe } = this.#options;
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(timeoutMs)]);
    const found = await reader
      .probe(signal)
      .catch((): Reachability => ({ kind: 'NotAnswering', reason: 'Unreachable', message: 'the probe was ended' }));
    this.#running = undefined;
    if (this.#stopped.signal.aborted) return found;
    this.#latest = { found, startedAt, endedAt: clock.now() };
    this.#cancelTimer();
    this.#cancelTimer = clock.after(found.kind === 'Answering' ? WHEN_ANSWERING_MS : WHEN_NOT_MS, () => void this.probe());
    onProbe(found);
    return found;
  }
}
