import { newJoinTimes, withTimes } from './sample-times.ts';

const value = (labels: object, number: number) => ({ labels: { __name__: 'up', ...labels }, value: number });
const time = (labels: object, seconds: number) => ({ labels: { ...labels, __assay_sample_at__: '1' }, value: seconds });

test('the query marks the times by a label', () => {
  expect(withTimes('up{a="1"}')).toBe('up{a="1"} or label_replace(timestamp(up{a="1"}), "__assay_sample_at__", "1", "", "")');
});

test('each sample gets its time, whatever the order of series and labels', () => {
  const marked = [
    time({ b: '2', a: '1' }, 1_700_000_000.25),
    value({ a: '2' }, 0),
    value({ a: '1', b: '2' }, 1),
    time({ a: '2' }, 7),
  ];
  expect(newJoinTimes()(marked)).toEqual([
    { ...value({ a: '2' }, 0), sampleAt: 7_000 },
    { ...value({ a: '1', b: '2' }, 1), sampleAt: 1_700_000_000_250 },
  ]);
});

test('nothing joins to nothing', () => expect(newJoinTimes()([])).toEqual([]));

test.each([
  ['a sample without a time', [value({}, 1)]],
  ['a time without a sample', [time({}, 1)]],
  ['times of other series', [value({ a: '1' }, 1), time({ a: '2' }, 1)]],
  ['a time twice', [value({ a: '1' }, 1), value({ a: '2' }, 1), time({ a: '1' }, 1), time({ a: '1' }, 1)]],
  ['two times for one sample', [value({ a: '1' }, 1), time({ a: '1' }, 1), time({ a: '1' }, 2)]],
  ['a time that is none', [value({}, 1), time({}, NaN)]],
])('%s is refused', (_, marked) => expect(() => newJoinTimes()(marked)).toThrow(/do not match their times/));
