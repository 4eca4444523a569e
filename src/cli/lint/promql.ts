import type { SyntaxNode, Tree } from '@lezer/common';
import { AbsentOverTime, Identifier, parser, Year } from '@prometheus-io/lezer-promql';

import { nearest } from '../../api/validate-names.ts';
import type { FindingSeverity } from '../manifests/index.ts';
import { typeMistakes, typeOf } from './promql-types.ts';
import { weaknesses } from './promql-weak.ts';

/** What is wrong with a query; `offset` is the place of the character within it. */
export interface QueryFinding {
  readonly offset: number;
  readonly message: string;
  readonly severity: FindingSeverity;
}

/**
 * Checks a PromQL query without a server: its syntax, whether ranges stand where ranges belong, whether it can give a number,
 * and whether it is weak evidence.
 */
export function checkQuery(query: string): readonly QueryFinding[] {
  if (query.trim() === '') return [{ offset: 0, message: 'the query is empty: write a PromQL expression', severity: 'error' }];
  const tree = parser.parse(query);
  const broken = firstError(tree);
  if (broken) return [{ offset: broken.from, message: syntaxSentence(query, broken), severity: 'error' }];
  const top = tree.topNode.firstChild;
  if (!top) return [{ offset: 0, message: 'the query holds only a comment: write a PromQL expression', severity: 'error' }];
  return [...resultMistakes(top), ...typeMistakes(tree, query), ...weaknesses(tree, query)];
}

// One mistake makes the parser stumble several times; only the first place tells something.
function firstError(tree: Tree): SyntaxNode | undefined {
  let found: SyntaxNode | undefined;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) found ??= node.node;
      return found === undefined;
    },
  });
  return found;
}

function syntaxSentence(query: string, broken: SyntaxNode): string {
  const rest = query.slice(broken.from);
  if (rest.trim() === '') return 'this is not PromQL: it ends too early; close what is open, or remove the last operator';
  const called = /[a-zA-Z_]\w*\s*$/.exec(query.slice(0, broken.from))?.[0].trim();
  if (rest.startsWith('(') && called !== undefined) return `${called} is no function of PromQL; ${functionHint(called)}`;
  return `this is not PromQL: ${JSON.stringify(/^\S{1,20}/.exec(rest.trimStart())?.[0] ?? '')} is not expected here`;
}

function functionHint(name: string): string {
  const near = nearest(name, functionNames());
  return near === undefined ? 'check its name' : `did you mean ${near}?`;
}

// The grammar numbers its functions in one row and names them in CamelCase: MaxOverTime is max_over_time.
const functionNames = (): string[] =>
  parser.nodeSet.types
    .filter(({ id }) => id >= AbsentOverTime && id <= Year && id !== Identifier)
    .map(({ name }) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase());

function resultMistakes(top: SyntaxNode): QueryFinding[] {
  const type = typeOf(top);
  const offset = top.from;
  if (type === 'matrix') {
    const message = 'gives a range of samples instead of one number a series: wrap it, for example in last_over_time(...)';
    return [{ offset, message, severity: 'error' }];
  }
  if (type === 'string')
    return [{ offset, message: 'gives a string, which no bound can judge: ask for a number', severity: 'error' }];
  return [];
}
