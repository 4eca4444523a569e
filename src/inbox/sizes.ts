import type { Database } from './database.ts';

interface Size {
  alerts: number;
  bytes: number;
}

/** How much the inbox holds of each source, without asking the file each time. Changes count once they are committed. */
export class Sizes {
  readonly #max: { readonly maxAlerts: number; readonly maxBytes: number };
  readonly #held = new Map<string, Size>();
  #changes = new Map<string, Size>();
  #bytes = 0;

  constructor(db: Database, max: { readonly maxAlerts: number; readonly maxBytes: number }) {
    this.#max = max;
    const of = (table: string, text: string): string =>
      `SELECT source, COUNT(*) AS alerts, SUM(octet_length(${text})) AS bytes FROM ${table} GROUP BY source`;
    const both = `${of('alert', 'body')} UNION ALL ${of('episode', 'labels')}`;
    const rows = db.prepare(`SELECT source, SUM(alerts) AS alerts, SUM(bytes) AS bytes FROM (${both}) GROUP BY source`).all();
    for (const { source, alerts, bytes } of rows as unknown as (Size & { source: string })[]) {
      this.#held.set(source, { alerts, bytes });
      this.#bytes += bytes;
    }
  }

  /** The sources of which something is held. */
  sources(): string[] {
    return [...this.#held.keys()];
  }

  hasRoomFor(source: string, alerts: number, bytes: number): boolean {
    const held = (this.#held.get(source)?.alerts ?? 0) + (this.#changes.get(source)?.alerts ?? 0);
    const changed = [...this.#changes.values()].reduce((sum, change) => sum + change.bytes, 0);
    return held + alerts <= this.#max.maxAlerts && this.#bytes + changed + bytes <= this.#max.maxBytes;
  }

  add(source: string, alerts: number, bytes: number): void {
    addTo(this.#changes, source, { alerts, bytes });
  }

  commit(): void {
    for (const [source, change] of this.#changes) {
      addTo(this.#held, source, change);
      this.#bytes += change.bytes;
    }
    this.#changes = new Map();
  }

  rollBack(): void {
    this.#changes = new Map();
  }
}

function addTo(sizes: Map<string, Size>, source: string, { alerts, bytes }: Size): void {
  const size = sizes.get(source) ?? { alerts: 0, bytes: 0 };
  sizes.set(source, { alerts: size.alerts + alerts, bytes: size.bytes + bytes });
}
