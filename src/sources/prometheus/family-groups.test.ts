import { familiesAmong, type Kin } from './family-groups.ts';

const kin = (name: string, ...templates: readonly string[]): Kin & { readonly name: string } => ({
  name,
  kinships: templates.map((template) => ({ template, label: 'a', value: name, hidden: false })),
});
const named = (questions: readonly (Kin & { readonly name: string })[]): string[] =>
  familiesAmong(questions).map(
    ({ template, members }) => `${template}: ${members.map(({ question }) => question.name).join(' ')}`,
  );

test.each(
  Object.entries({
    'no questions': [[], []],
    'one of each': [
      [kin('1', 'A'), kin('2', 'B')],
      ['A: 1', 'B: 2'],
    ],
    'those of one template': [
      [kin('1', 'A'), kin('2', 'B'), kin('3', 'A')],
      ['A: 1 3', 'B: 2'],
    ],
    'each in the larger of its families': [
      [kin('1', 'A', 'B'), kin('2', 'A'), kin('3', 'B'), kin('4', 'B', 'A'), kin('5', 'A')],
      ['A: 1 2 4 5', 'B: 3'],
    ],
    'of families of one size in the first': [
      [kin('11', 'b1', 'a1'), kin('12', 'b2', 'a1'), kin('21', 'b1', 'a2'), kin('22', 'b2', 'a2')],
      ['b1: 11 21', 'b2: 12 22'],
    ],
    'one without kin is left out': [[kin('1')], []],
  }),
)('%s', (_sentence, [questions, want]) => expect(named(questions as ReturnType<typeof kin>[])).toEqual(want));

test('a large family is asked in parts', () => {
  const many = Array.from({ length: 230 }, (_, index) => kin(`${index}`, 'A'));
  const families = familiesAmong(many);
  expect(families.map(({ members }) => members.length)).toEqual([100, 100, 30]);
  expect(families.flatMap(({ members }) => members.map(({ question }) => question))).toEqual(many);
});
