import { nearest } from './validate-names.ts';

const FIELDS = ['title', 'interval', 'holdFor', 'recoverFor', 'unknownFor', 'maxAge', 'mode'];

test.each(
  Object.entries({
    'a letter left out': { name: 'titl', want: 'title' },
    'two letters swapped': { name: 'intervla', want: 'interval' },
    'another case': { name: 'holdfor', want: 'holdFor' },
    'another separator': { name: 'max_age', want: 'maxAge' },
    'the nearer of two': { name: 'recoversFor', want: 'recoverFor' },
    'nothing like it': { name: 'colour', want: undefined },
    'an empty name': { name: '', want: undefined },
  }),
)('%s', (_sentence, { name, want }) => expect(nearest(name, FIELDS)).toBe(want));

test('nothing is near where nothing is known', () => expect(nearest('title', [])).toBeUndefined());
