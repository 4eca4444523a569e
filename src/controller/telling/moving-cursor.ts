import type { EvidenceStore, ServiceName } from '../../evidence/index.ts';
import { serviceKey } from '../service-key.ts';

/** Where whoever follows the logs begins to read after the next start. */
export interface MovingCursor {
  /** The record from which on the log is to be read; 0 for its first. */
  from(service: ServiceName): Promise<number>;
  /** Moves it on to a record. Throws AssayError STORE_FAILED. */
  moveTo(service: ServiceName, seq: number): Promise<void>;
}

/** A start reads at most about so many records that it need not: the store is not written for each of them. */
const STEP = 500;

/** Makes it. @param name under which it is kept */
export function newMovingCursor(store: Pick<EvidenceStore, 'cursor' | 'setCursor'>, name: string): MovingCursor {
  const kept = new Map<string, number>();
  return {
    from: (service) => store.cursor(name, service),
    moveTo: async (service, seq) => {
      const key = serviceKey(service);
      if (seq < (kept.get(key) ?? 0) + STEP) return;
      await store.setCursor(name, service, seq);
      kept.set(key, seq);
    },
  };
}
