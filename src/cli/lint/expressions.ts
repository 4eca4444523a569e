import { valueAt } from '../../api/validate-paths.ts';
import { expressionProblem } from '../../domain/expression.ts';
import type { Finding, Manifest } from '../manifests/index.ts';

/** What is wrong with the expression of a criterion's rule. */
export function expressionFindings(manifest: Manifest): Finding[] {
  const at = ['spec', 'rule', 'expression'];
  const expression = valueAt(manifest.object, at);
  const items = valueAt(manifest.object, ['spec', 'evidence']);
  if (typeof expression !== 'string' || !Array.isArray(items)) return [];
  const names = items.map((item: unknown) => valueAt(item, ['name'])).filter((name) => typeof name === 'string');
  const problem = expressionProblem(expression, names);
  return problem === undefined ? [] : [manifest.finding('error', at, problem)];
}
