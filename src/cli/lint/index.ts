/**
 * `assay lint`: finds every mistake in manifests in one run, without a cluster. Exits 0 when there is none (warnings allowed),
 * 3 when there is.
 */
export { lintFiles, type LintReport, runLint } from './lint.ts';
