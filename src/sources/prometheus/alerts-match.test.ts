import type { Matcher } from '../alertmanager/matchers.ts';
import { trialOf } from './alerts-match.ts';

const trial = (op: Matcher['op'], value: string) => trialOf({ label: 'a', op, value });

test.each<[Matcher['op'], string, string[], string[]]>([
  ['=', 'Disk.*', ['Disk.*'], ['DiskFull', '']],
  ['!=', 'DiskFull', ['', 'Disk'], ['DiskFull']],
  ['=~', 'Disk.*|Slow', ['DiskFull', 'Disk', 'Slow'], ['aDisk', 'Slower', '']],
  ['!~', 'Disk.*', ['aDisk', ''], ['DiskFull']],
  ['=~', '', [''], ['a']],
  ['=~', '.*', ['', 'a\nb'], []],
  ['=~', '(?i)disk[[:alpha:]]+', ['DISKfull'], ['disk1']],
  ['=~', '\\p{Lu}\\w+', ['Arger'], ['arger']],
  ['=~', 'a|b', ['a', 'b'], ['ab']],
])('%s "%s" is held by %j and not by %j', (op, value, held, not) => {
  const made = trial(op, value);
  if (typeof made === 'string') throw new Error(made);
  expect([held.filter(made.holds), not.filter(made.holds)]).toEqual([held, []]);
});

test.each([
  ['an open group', '(', 'has a regular expression that RE2 does not know'],
  ['what only backtracking can do', '(a)\\1', 'has a regular expression that RE2 does not know'],
  ['a look ahead', '(?=a)', 'has a regular expression that RE2 does not know'],
  ['repeats of repeats', '((a{1000}){1000})', 'has a regular expression that RE2 does not know'],
  ['many repeats', '(\\pL?){1000}'.repeat(80), 'has a regular expression that is too large'],
  ['a long one, repeated', `(${'ab'.repeat(300)}){100}`, 'has a regular expression that is too large'],
])('refuses %s', (_, value, message) => expect(trial('=~', value)).toBe(message));

test('takes no longer for a value that an expression with backtracking would never end with', () => {
  const made = trial('=~', '(a|aa)+(a*)*b');
  if (typeof made === 'string') throw new Error(made);
  expect(made.holds('a'.repeat(5_000))).toBe(false);
});
