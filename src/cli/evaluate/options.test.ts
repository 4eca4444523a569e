import { type EvaluateOptions, modeOf, offsetOf, refuseTimeout, sourcesOf } from './options.ts';

const NOW = 1_000_000_000;
const mode = (flags: Partial<EvaluateOptions>) => modeOf({ paths: [], sources: {}, output: 'table', ...flags }, NOW);

test.each(
  Object.entries({
    'without a time it judges once': { flags: {}, want: { kind: 'Once' } },
    'at a time it judges once': { flags: { at: '-15m' }, want: { kind: 'Once', at: NOW - 900_000 } },
    'it watches': { flags: { watch: true }, want: { kind: 'Watch' } },
    'it replays up to now': { flags: { from: '-1h' }, want: { kind: 'Replay', period: { from: NOW - 3_600_000, to: NOW } } },
    'it replays up to a time': {
      flags: { from: '-2h', to: '-1h' },
      want: { kind: 'Replay', period: { from: NOW - 7_200_000, to: NOW - 3_600_000 } },
    },
    'it replays into the future, as far as it has come': {
      flags: { from: '-1h', to: '+1h' },
      want: { kind: 'Replay', period: { from: NOW - 3_600_000, to: NOW + 3_600_000 } },
    },
  } satisfies Record<string, { flags: Partial<EvaluateOptions>; want: object }>),
)('%s', (_sentence, { flags, want }) => {
  expect(mode(flags)).toEqual(want);
});

test.each(
  Object.entries({
    '--at with --watch': { flags: { at: 'now', watch: true }, want: 'these do not go together: --at, --watch' },
    '--at with --from': { flags: { at: 'now', from: '-1h' }, want: 'these do not go together: --at, --from and --to' },
    '--watch with --to': { flags: { watch: true, to: 'now' }, want: 'these do not go together: --watch, --from and --to' },
    '--to alone': { flags: { to: 'now' }, want: '--to needs --from' },
    'a range that runs backwards': { flags: { from: '-1h', to: '-2h' }, want: 'is not before --to' },
    'an empty range': { flags: { from: '-1h', to: '-1h' }, want: 'is not before --to' },
    'a look into the future': { flags: { at: '+1m' }, want: '--at lies in the future' },
    'a start in the future': { flags: { from: '+1m', to: '+2m' }, want: '--from lies in the future' },
    '--watch as junit': { flags: { watch: true, output: 'junit' }, want: 'junit' },
  } satisfies Record<string, { flags: Partial<EvaluateOptions>; want: string }>),
)('%s is refused', (_sentence, { flags, want }) => {
  expect(() => mode(flags)).toThrow(want);
});

test('sources are read by name; an address may hold an equals sign', () => {
  expect(sourcesOf(['prometheus=http://a:9090', 'mimir=http://b/x=y'])).toEqual({
    prometheus: 'http://a:9090',
    mimir: 'http://b/x=y',
  });
});

test.each(['http://a:9090', '=http://a', 'Prometheus=http://a', ''])('%p names no source', (flag) => {
  expect(() => sourcesOf([flag])).toThrow('--source');
});

test('a source is named once, and what is refused is not repeated', () => {
  expect(() => sourcesOf(['a=http://x', 'a=http://y'])).toThrow('--source names a twice');
  expect(() => sourcesOf(['http://user:secret@host'])).not.toThrow('secret');
});

test('slots lie at the full interval unless said otherwise', () => {
  expect([offsetOf(undefined), offsetOf('12s'), offsetOf('service')]).toEqual([0, 12_000, 'service']);
  expect(() => offsetOf('12')).toThrow('--offset');
});

test.each([NaN, 0, -1, Infinity])('a time-out of %d ms is refused', (timeoutMs) => {
  expect(() => refuseTimeout({ paths: [], sources: {}, output: 'table', timeoutMs })).toThrow('--timeout');
});
