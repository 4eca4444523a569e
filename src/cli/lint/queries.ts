import type { Finding, Manifest } from '../manifests/index.ts';
import { evidenceTexts } from './evidence-items.ts';
import { checkQuery } from './promql.ts';

/** What is wrong with, or weak in, the PromQL queries of a criterion, each at its place within the query. */
export function queryFindings(manifest: Manifest): Finding[] {
  return evidenceTexts(manifest, 'query', ['prometheus']).flatMap(({ at, text }) =>
    checkQuery(text).map(({ offset, message, severity }) => manifest.finding(severity, at, message, offset)),
  );
}
