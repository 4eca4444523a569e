import type { CertificationCriterion, CertificationCriterionSpec } from '../../api/criterion.ts';
import { applyTo, eventsOf } from '../../domain/fold.ts';
import { slotOffsetMs } from '../../domain/slots.ts';
import { changeRecord, changesOf, isSuspended, subjectOf } from './changes.ts';
import { type KnownCriterion, derivedFrom, specDigestOf } from './known.ts';

const AT = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const time = (ms: number): string => new Date(ms).toISOString();

const spec: CertificationCriterionSpec = {
  title: 'The shop answers',
  service: 'shop',
  controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }],
  interval: '30s',
  evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
  rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
};
const suspend = { reason: 'moving house', until: time(AT + MINUTE) };

function criterion(more: Partial<CertificationCriterionSpec> = {}, uid = 'one'): CertificationCriterion {
  return {
    apiVersion: 'assay.dev/v1alpha1',
    kind: 'CertificationCriterion',
    metadata: { name: 'up', namespace: 'shop', uid },
    spec: { ...spec, ...more },
  };
}

/** What the log knows after these states of the object, ten minutes ago; undefined stands for its deletion. */
function known(...objects: (CertificationCriterion | undefined)[]): KnownCriterion | undefined {
  let current: KnownCriterion | undefined;
  for (const [index, object] of objects.entries()) {
    const now = AT - 10 * MINUTE + index;
    for (const { change, at } of changesOf(object, current, now)) {
      const subject = change === 'Deleted' ? current : object && subjectOf(object);
      if (!subject) throw new Error(`nothing is known of what was ${change}`);
      const record = changeRecord(subject, change, at);
      const [named] = eventsOf(record);
      const applied = named && applyTo(change === 'Created' ? undefined : current?.state, 'shop/up', named.event);
      if (!applied) throw new Error(`${change} means nothing`);
      const { namespace, service, name, uid } = subject;
      const described = {
        namespace,
        service,
        name,
        uid,
        spec: subject.spec,
        changedAt: at,
        ...derivedFrom(subject, subject.spec),
      };
      current = { ...described, sources: {}, state: applied.state };
    }
  }
  return current;
}

const cases: Record<string, { before: (CertificationCriterion | undefined)[]; now?: CertificationCriterion; want: string[] }> = {
  'an object that the log has never seen is created': { before: [], now: criterion(), want: ['Created'] },
  'an object as it is known is no change': { before: [criterion()], now: criterion(), want: [] },
  'nothing of which nothing is known is no change': { before: [], want: [] },
  'another demand is a change': { before: [criterion()], now: criterion({ holdFor: '1h' }), want: ['Changed'] },
  'an object that is gone was deleted': { before: [criterion()], want: ['Deleted'] },
  'it is deleted once': { before: [criterion(), undefined], want: [] },
  'a name that returns is created again': { before: [criterion(), undefined], now: criterion({}, 'two'), want: ['Recreated'] },
  'another object of the same name was deleted and created while nobody looked': {
    before: [criterion()],
    now: criterion({}, 'two'),
    want: ['Deleted', 'Recreated'],
  },
  'it is created suspended': { before: [], now: criterion({ suspend }), want: ['Created', 'Suspended'] },
  'it is suspended': { before: [criterion()], now: criterion({ suspend }), want: ['Suspended'] },
  'a suspension goes on': { before: [criterion({ suspend })], now: criterion({ suspend }), want: [] },
  'a suspension is lifted': { before: [criterion({ suspend })], now: criterion(), want: ['Resumed'] },
  'changed while it is suspended': {
    before: [criterion({ suspend })],
    now: criterion({ suspend, holdFor: '1h' }),
    want: ['Changed'],
  },
  'changed and suspended at once: the change first': {
    before: [criterion()],
    now: criterion({ suspend, holdFor: '1h' }),
    want: ['Changed', 'Suspended'],
  },
  'changed and resumed at once: the change first': {
    before: [criterion({ suspend })],
    now: criterion({ holdFor: '1h' }),
    want: ['Changed', 'Resumed'],
  },
  'a suspension that is prolonged is put on record': {
    before: [criterion({ suspend })],
    now: criterion({ suspend: { ...suspend, until: time(AT + 60 * MINUTE) } }),
    want: ['Suspended'],
  },
  'a suspension with another reason is put on record': {
    before: [criterion({ suspend })],
    now: criterion({ suspend: { ...suspend, reason: 'no reason at all' } }),
    want: ['Suspended'],
  },
  'a suspended one of which another object of the same name is suspended too': {
    before: [criterion({ suspend })],
    now: criterion({ suspend }, 'two'),
    want: ['Deleted', 'Recreated', 'Suspended'],
  },
  'a suspended one that is gone was deleted': { before: [criterion({ suspend })], want: ['Deleted'] },
  'under the name of one of another service, a new one is created': {
    before: [criterion()],
    now: criterion({ service: 'bank' }, 'two'),
    want: ['Deleted', 'Created'],
  },
  'the same after a deletion that is on record': {
    before: [criterion(), undefined],
    now: criterion({ service: 'bank' }, 'two'),
    want: ['Created'],
  },
};

test.each(Object.entries(cases))('%s', (_sentence, { before, now, want }) => {
  expect(changesOf(now, known(...before), AT).map(({ change }) => change)).toEqual(want);
});

describe('when it was', () => {
  const only = (object: CertificationCriterion | undefined, before: KnownCriterion | undefined): unknown =>
    changesOf(object, before, AT).map(({ change, at }) => [change, at]);

  test('a change is dated when it is seen', () => {
    expect(only(criterion({ holdFor: '1h' }), known(criterion()))).toEqual([['Changed', AT]]);
  });

  test('a suspension ended when it said it would, though nobody was there', () => {
    const until = AT - 3 * MINUTE;
    const ended = criterion({ suspend: { reason: 'x', until: time(until) } });
    expect(only(ended, known(ended))).toEqual([['Resumed', until]]);
  });

  test('a suspension without an end that is lifted ends when that is seen', () => {
    expect(only(criterion(), known(criterion({ suspend: { reason: 'x' } })))).toEqual([['Resumed', AT]]);
  });

  test('no edit lets a suspension end before it began', () => {
    const long = criterion({ suspend: { reason: 'x', until: time(AT + MINUTE) } });
    const cut = criterion({ suspend: { reason: 'x', until: time(AT - 60 * MINUTE) } });
    expect(only(cut, known(long))).toEqual([['Resumed', known(long)?.state.suspendedAt]]);
  });
});

describe('suspended is', () => {
  const until = time(AT);
  test.each(
    Object.entries({
      'not what says nothing of it': { object: criterion(), at: AT, want: false },
      'what names no end': { object: criterion({ suspend: { reason: 'x' } }), at: AT + 1e12, want: true },
      'what has not reached its end': { object: criterion({ suspend: { reason: 'x', until } }), at: AT - 1, want: true },
      'not what has reached its end': { object: criterion({ suspend: { reason: 'x', until } }), at: AT, want: false },
    }),
  )('%s', (_sentence, { object, at, want }) => expect(isSuspended(object, at)).toBe(want));
});

test('the record holds the whole spec, its digest without the suspension, and where the slots lie', () => {
  const object = criterion({ suspend });
  const record = changeRecord(subjectOf(object), 'Suspended', AT);
  expect(record).toEqual({
    kind: 'CriterionChanged',
    namespace: 'shop',
    service: 'shop',
    specDigest: specDigestOf(spec),
    offset: slotOffsetMs('shop', 'shop', 30_000),
    body: { criterion: 'up', change: 'Suspended', at: AT, uid: 'one', spec: object.spec },
  });
});
