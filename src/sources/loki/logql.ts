/** Strings of LogQL, in both ways to write them. */
const STRINGS = /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/g;
const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * What is wrong with a text as one log query, in a sentence; undefined when nothing is that the server would not notice. It makes
 * sure that the text stays one selector with its pipeline when it is wrapped (readme.md says why).
 */
export function problemIn(query: string): string | undefined {
  const outside = query.replace(STRINGS, '');
  if (/["`]/.test(outside)) return 'a string of the query does not end';
  if (/[[\]]/.test(outside))
    return 'the query holds a range in [ ]: the window is not part of it, and a metric query is none of logs';
  if (/[#/'\0]/.test(outside)) return "the query holds #, / or ' outside of a string: it takes no comments";
  if (!/^\s*\{/.test(outside)) return 'the query is not a log query: such a one begins with a selector in { }';
  if (!/^\s*\{[^{}]*\}[^{}]*$/.test(outside)) return 'the query does not hold exactly one selector in { }';
  return balanced(outside) ? undefined : 'the parentheses of the query do not match';
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** What is wrong with a name by which lines are counted apart; undefined when nothing is. */
export function labelProblem(groupBy: string | undefined): string | undefined {
  if (groupBy === undefined || LABEL.test(groupBy)) return undefined;
  return 'groupBy is not the name of a label: Loki knows letters, digits and _ in it, and no digit in front';
}

/** The metric query that counts the lines of a log query without problems, in the window before the time at which it is asked. */
export function countQuery(query: string, windowMs: number, groupBy: string | undefined): string {
  const by = groupBy === undefined ? '' : ` by (${groupBy}) `;
  return `sum${by}(count_over_time((\n${query}\n)[${windowMs}ms]))`;
}

/** Lines in front of the query's own, by which the server counts positions. */
export const LINES_BEFORE = 1;
