/**
 * `assay demo`: the main job as a story in a terminal, on real parts of its own. Each step waits until what it tells of is
 * seen; exits 0 only if all of it was, and leaves nothing running.
 */
export type { DemoIo, DemoOptions } from './options.ts';
export { runDemo } from './run.ts';
