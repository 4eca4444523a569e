import { type Finding, type Manifest, printFindings, readManifests, sortFindings } from '../manifests/index.ts';
import { expressionFindings } from './expressions.ts';
import { heartbeatFindings } from './heartbeats.ts';
import { queryFindings } from './queries.ts';
import { referenceFindings } from './references.ts';
import { timingFindings } from './timings.ts';

/** What `assay lint` saw, and every mistake in it, in the order of files and lines. */
export interface LintReport {
  readonly files: number;
  readonly objects: number;
  readonly findings: readonly Finding[];
}

/** Every mistake in the manifests of the named files and folders. */
export async function lintFiles(paths: readonly string[]): Promise<readonly Finding[]> {
  return (await lint(paths)).findings;
}

async function lint(paths: readonly string[]): Promise<LintReport> {
  const { files, manifests, findings } = await readManifests(paths);
  const all = [...findings, ...manifests.flatMap(findingsOf), ...referenceFindings(manifests), ...heartbeatFindings(manifests)];
  return { files, objects: manifests.length, findings: sortFindings(all) };
}

const findingsOf = (manifest: Manifest): Finding[] => [
  ...queryFindings(manifest),
  ...expressionFindings(manifest),
  ...timingFindings(manifest),
];

/** The command: lints, writes text or one JSON document, and answers the exit code: 0 without errors, 3 with some. */
export async function runLint(options: {
  readonly paths: readonly string[];
  readonly output: 'text' | 'json';
  readonly write: (line: string) => void;
}): Promise<0 | 3> {
  const report = await lint(options.paths);
  const errors = report.findings.filter(({ severity }) => severity === 'error').length;
  if (options.output === 'json') options.write(JSON.stringify({ ...report, errors }, undefined, 2));
  else printReport(report, errors, options.write);
  return errors > 0 ? 3 : 0;
}

function printReport({ files, objects, findings }: LintReport, errors: number, write: (line: string) => void): void {
  printFindings(findings, write);
  const warnings = findings.length - errors;
  write(
    `${count(files, 'file')}, ${count(objects, 'object')} of assay.dev: ${count(errors, 'error')}, ${count(warnings, 'warning')}`,
  );
}

const count = (many: number, noun: string): string => `${many} ${noun}${many === 1 ? '' : 's'}`;
