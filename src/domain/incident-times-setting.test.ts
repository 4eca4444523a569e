import { AssayError } from '../platform/errors.ts';
import { DEFAULT_TIMES } from './incident-times.ts';
import { incidentTimesOf } from './incident-times-setting.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('without a setting the defaults count', () => {
  expect(incidentTimesOf([])).toEqual(DEFAULT_TIMES);
});

test('what is set counts, and nothing else changes', () => {
  expect(incidentTimesOf(['critical=react:10m,level2:30m,level3:2h,recover:4h', 'low=recover:60d'])).toEqual({
    ...DEFAULT_TIMES,
    critical: { reactMs: 10 * MINUTE, level2Ms: 30 * MINUTE, level3Ms: 2 * HOUR, recoverMs: 4 * HOUR },
    low: { ...DEFAULT_TIMES.low, recoverMs: 60 * 24 * HOUR },
  });
});

test('times may be equal', () => {
  expect(incidentTimesOf(['high=react:5s,level2:5s,level3:5s,recover:5s']).high.recoverMs).toBe(5_000);
});

test.each(
  Object.entries({
    'no severity': ['react:15m', '"react:15m" does not begin with one of critical=, high=, medium=, low='],
    'nothing at all': ['', 'does not begin with'],
    'another severity': ['grave=react:15m', '"grave=react:15m" does not begin with'],
    'a name that every object has': ['constructor=react:15m', 'does not begin with'],
    'no time': ['high=', 'high: "" is none of react, level2, level3, recover'],
    'another time': ['high=level4:1d', 'high: "level4" is none of'],
    'a time without its length': ['high=react', 'high: react is "", no time like 30s'],
    'a length without its unit': ['high=react:15', 'react is "15", no time'],
    'a length of nothing': ['high=react:0s', 'react is "0s", no time'],
    'a length beyond all dates': ['high=recover:999999d', 'recover is "999999d", no time'],
    'spaces between': ['high=react:15m, level2:1h', '" level2" is none of'],
    'a time given twice': ['high=react:15m,react:20m', 'high: react is given twice'],
    'times in another order': [
      'high=react:2h,level2:1h',
      'high: level2 (1h) is shorter than react (2h); it is written like critical=react:15m',
    ],
    'a time that is too long beside a default': ['critical=react:2h', 'critical: level2 (1h) is shorter than react (2h)'],
  } as Record<string, [string, string]>),
)('%s is refused', (_sentence, [setting, message]) => {
  const refused = (): unknown => incidentTimesOf([setting]);
  expect(refused).toThrow(AssayError);
  expect(refused).toThrow(message);
});

test('a severity given twice is refused', () => {
  expect(() => incidentTimesOf(['low=recover:60d', 'low=react:2d'])).toThrow('low is given twice');
});
