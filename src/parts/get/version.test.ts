import { boundsText, fits, versionIn } from './version.ts';

test.each(
  Object.entries({
    'etcd names itself first': { text: 'etcd Version: 3.6.8\nGo Version: go1.26.8', want: '3.6.8' },
    'kube-apiserver puts a v before it': { text: 'Kubernetes v1.36.3', want: '1.36.3' },
    'a distribution adds a suffix': { text: 'prometheus, version 2.42.0+ds (branch: debian/sid)', want: '2.42.0' },
    'two numbers are a version': { text: 'thing 1.5', want: '1.5' },
    'one number is none': { text: 'thing 15', want: undefined },
  }),
)('%s', (_sentence, { text, want }) => expect(versionIn(text)).toBe(want));

test.each(
  Object.entries({
    'no bounds take anything': { version: '0.1', bounds: {}, want: true },
    'the lowest version fits': { version: '3.5.0', bounds: { atLeast: '3.5' }, want: true },
    'one below the lowest does not': { version: '3.4.23', bounds: { atLeast: '3.5' }, want: false },
    'ten is more than nine': { version: '1.31.10', bounds: { atLeast: '1.31.9' }, want: true },
    'the upper bound is outside': { version: '3.0.0', bounds: { atLeast: '2.40', below: '3' }, want: false },
    'just under the upper bound is inside': { version: '2.55.1', bounds: { atLeast: '2.40', below: '3' }, want: true },
  }),
)('%s', (_sentence, { version, bounds, want }) => expect(fits(version, bounds)).toBe(want));

test('bounds are said in words', () => {
  expect(boundsText({ atLeast: '2.40', below: '3' })).toBe('at least 2.40 and below 3');
  expect(boundsText({})).toBe('any version');
});
