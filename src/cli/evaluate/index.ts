/**
 * `assay evaluate`: judges criteria of files against live sources, without a cluster, with the code that the operator judges
 * with: once, from now on, or over a range of the past.
 */
export { runEvaluate } from './evaluate.ts';
export { type EvaluateIo, type EvaluateOptions, OUTPUT_FORMATS, type OutputFormat, sourcesOf } from './options.ts';
export type { Result } from './result.ts';
