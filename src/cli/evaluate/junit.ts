import type { Result } from './result.ts';

/**
 * The results as a JUnit file: a test case a criterion; Fail is a failure, Inconclusive an error, Suspended is skipped.
 */
export function junitOf(results: readonly Result[]): string {
  const count = (verdict: Result['verdict']): number => results.filter((result) => result.verdict === verdict).length;
  const counts = `tests="${results.length}" failures="${count('Fail')}" errors="${count('Inconclusive')}" skipped="${count('Suspended')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="assay evaluate" ${counts}>`,
    ...results.map(testCase),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

const ELEMENTS = { Pass: undefined, Fail: 'failure', Inconclusive: 'error', Suspended: 'skipped' } as const;

function testCase({ criterion, verdict, reason, message }: Result): string {
  const [namespace = '', name = ''] = criterion.split('/');
  const head = `    <testcase classname="${escaped(namespace)}" name="${escaped(name)}"`;
  const element = ELEMENTS[verdict];
  if (element === undefined) return `${head}/>`;
  const type = element === 'skipped' ? '' : ` type="${escaped(reason)}"`;
  return `${head}>\n      <${element} message="${escaped(message)}"${type}/>\n    </testcase>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text for an XML attribute; characters that XML can't hold become question marks. */
function escaped(text: string): string {
  return text.replace(/[\p{C}\uFFFE\uFFFF]/gu, '?').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
