/**
 * Reads manifests from files, as `lint` and `evaluate` share it: YAML and JSON to validated objects with their defaults, and
 * every mistake with the line on which it stands.
 */
export { type Finding, type FindingSeverity, printFindings, sortFindings } from './finding.ts';
export { loadManifests, type Loaded, type Located } from './load.ts';
export { type Manifest, type Manifests, readManifests } from './read.ts';
export type { Place } from './document.ts';
