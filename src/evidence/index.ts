// Keeps the evidence log: what is appended is durable before anything is told, comes back in order, and every change of it is noticed.
// It neither judges nor tells; records come in and go out through the port EvidenceStore.
export { canonical, digest, sha256 } from './canonical.ts';
export { type EvidenceLook, openSqliteLook } from './sqlite/look.ts';
export { openSqliteStore, type SqliteOptions } from './sqlite/store.ts';
export type { CriterionSnapshot, EvidenceStore, Position, RecordQuery, ServiceName, Snapshot } from './store.ts';
